import { NasDistillError } from '../core/errors.js';
import { engine } from './tf.js';

/** What a kernel call is part of: a layer of the model or another part of a step, and which way it goes. */
export interface Origin {
  /** The layer's name; parts of a step that are no layers stand in brackets, such as `(loss)`. */
  readonly layer: string;
  readonly pass: 'forward' | 'backward';
}

type TapeNode = ReturnType<typeof engine>['state']['activeTape'][number];

let current: Origin | undefined;
const thrownIn = new WeakMap<object, Origin>();

/**
 * Runs `f` as that layer: the kernels that it calls are the layer's forward pass, and those that its gradients call later are
 * its backward pass. What is thrown on the way is known as that layer's.
 */
export function inLayer<T>(layer: string, f: () => T): T {
  // Without gradients there is no tape.
  const tapeOf = () => engine().state.activeTape as TapeNode[] | null | undefined;
  const from = tapeOf()?.length ?? 0;
  const result = within({ layer, pass: 'forward' }, f);
  for (const node of tapeOf()?.slice(from) ?? []) node.gradient &&= asBackward(layer, node.gradient);
  return result;
}

/** tfjs asks for all of a call's gradients and computes each one when it comes to it. */
function asBackward(layer: string, gradient: NonNullable<TapeNode['gradient']>): typeof gradient {
  const origin: Origin = { layer, pass: 'backward' };
  return (dys) => {
    const all = within(origin, () => gradient(dys));
    return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, () => within(origin, one)]));
  };
}

/** Where kernels are called from just now. */
export function currentOrigin(): Origin | undefined {
  return current;
}

/** The error, its message naming what it was thrown in (or `origin`), if it says that an operator is not supported. */
export function namingLayer(error: unknown, origin?: Origin): unknown {
  if (!(error instanceof NasDistillError) || error.code !== 'ENGINE_UNSUPPORTED') return error;
  const where = origin ?? originOf(error) ?? originOf(error.cause);
  if (where === undefined) return error;
  const part = /^\((.*)\)$/.exec(where.layer)?.[1];
  const layer = part === undefined ? `layer ${where.layer}` : `the ${part}`;
  const message = `${error.message}, in ${where.pass === 'backward' ? `the gradient of ${layer}` : layer}`;
  return new NasDistillError(error.code, message, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

function originOf(error: unknown): Origin | undefined {
  return typeof error === 'object' && error !== null ? thrownIn.get(error) : undefined;
}

function within<T>(origin: Origin, f: () => T): T {
  const outer = current;
  current = origin;
  try {
    return f();
  } catch (error) {
    // The innermost one counts.
    if (typeof error === 'object' && error !== null && !thrownIn.has(error)) thrownIn.set(error, origin);
    throw error;
  } finally {
    current = outer;
  }
}
