import type { InferenceSession } from 'onnxruntime-node';

/**
 * How a step's session runs; openSession adds what all sessions have in common. `optimise`: onnxruntime's optimiser looks at the
 * graph; final graphs (see lowerStep) leave it nothing to do.
 */
export function sessionOptions(threads: number, optimise = false): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: optimise ? 'all' : 'disabled',
    logSeverityLevel: 3,
    extra: {
      // An addition and a layer norm as one operator take four times as long as the two.
      optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' },
      session: {
        // Threads that wait for work sleep. Spinning ones fight with whatever else runs: on two busy cores, a step on two
        // threads took three times as long as without.
        intra_op: { allow_spinning: '0' },
      },
    },
  };
}
