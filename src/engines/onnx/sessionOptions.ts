import type { InferenceSession } from 'onnxruntime-node';

/**
 * How a step's session runs, on the CPU. The first session of a process decides for all of its threads what becomes of
 * denormals, so that every session here must be opened with these.
 */
export function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: {
      // An addition and a layer norm as one operator take four times as long as the two.
      optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' },
      session: {
        // Adam's moments of dead units decay into denormals, which are many times slower than zeros.
        set_denormal_as_zero: '1',
        // Threads that wait for work sleep. Spinning ones fight with whatever else runs: on two busy cores, a step on two
        // threads took three times as long as without.
        intra_op: { allow_spinning: '0' },
      },
    },
  };
}
