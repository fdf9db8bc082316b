import { messageOf } from '../../core/errors.js';
import { createOnnxEngine } from '../onnx/createOnnxEngine.js';
import { add, mul } from '../tf.js';
import type { ProviderAnswer } from './probeProvider.js';
import { providers } from './providers.js';

// A process of its own: computes 2x + 1 on one execution provider and prints whether that went well.
const provider = providers.find(({ execution }) => execution === process.argv[2]);
const x = { shape: [3], dtype: 'float32', data: Float32Array.of(1, 2, 3) } as const;

async function attempt(): Promise<ProviderAnswer> {
  if (provider === undefined) return { ok: false, reason: `unknown provider ${process.argv[2]}` };
  const engine = await createOnnxEngine({ threads: 1 }, provider);
  const state = engine.createState({});
  const step = await engine.compile((_, feeds) => ({ outputs: { y: add(mul(feeds.x, 2), 1) } }), {}, { x });
  const { y } = await step.run(state, { x });
  const right = [...y.data].join() === '3,5,7';
  return right ? { ok: true } : { ok: false, reason: `it computes ${[...y.data].join(', ')} instead of 3, 5, 7` };
}

/** onnxruntime's message without the place in its source; the adapter's own words are at its end. */
function shorten(message: string): string {
  const first = message
    .split('\n')[0]
    .replace(/^onnxruntime refused the compiled graph: /, '')
    .trim();
  return first
    .replace(/^\S*onnxruntime_src\S+ .* was false\. /, '')
    .replace(/^.*\[ONNXRuntimeError\] : \d+ : \w+ : /, '');
}

const answer = await attempt().catch((error: unknown): ProviderAnswer => ({
  ok: false,
  reason: shorten(messageOf(error)),
}));
process.stdout.write(`${JSON.stringify(answer)}\n`);
