import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { NasDistillError } from '../../core/errors.js';
import type { HostTensors, StepFunction } from '../Engine.js';
import { findBlock } from './blocked/findBlock.js';
import { layerTimes, NamedOrigins, type LayerTime } from './layerTimes.js';
import { encodeModel } from './lowering/encodeModel.js';
import { lowerStep } from './lowerStep.js';
import { OnnxState } from './OnnxState.js';
import { OnnxStep } from './OnnxStep.js';
import { openSession } from './openSession.js';
import { sessionOptions } from './sessionOptions.js';

/** What runs of one kind of operator cost together, in one step. */
export interface OperatorTime {
  /** The runtime's name, such as `Conv`; fused operators have names of their own. */
  readonly operator: string;
  /** Shapes of the operands and results, such as `64x3x32x32 32x3x3x3 -> 64x32x32x32`. */
  readonly shapes?: string;
  readonly count: number;
  /** Bytes of all operands and results, in 10^6: what goes over memory where nothing is near. Reshapes move none. */
  readonly mb: number;
  readonly ms: number;
  /** Of all operators' time, 0 to 1. */
  readonly share: number;
}

export interface StepProfile {
  /** Sum over the operators of one step; a step costs a little more. */
  readonly operators_ms: number;
  /** The mean over the steps of all operators' time, whatever interrupted them. */
  readonly mean_ms: number;
  readonly nodes: number;
  /** By operator, dearest first. */
  readonly operators: readonly OperatorTime[];
  /** By operator and shapes, dearest first. */
  readonly shapes: readonly OperatorTime[];
  /** By layer, dearest first. */
  readonly layers: readonly LayerTime[];
}

const shapeList = z.array(z.record(z.string(), z.array(z.number()))).optional();
const event = z.object({
  cat: z.string(),
  name: z.string(),
  dur: z.number(),
  args: z.looseObject({ op_name: z.string().optional(), input_type_shape: shapeList, output_type_shape: shapeList }),
});
type Event = z.output<typeof event>;

/** What else runs while a step is profiled. */
export interface Beside {
  /** Called when the step has warmed up; the profile begins when it returns. */
  ready(): void;
  /** Called when the profile is taken: while it is true, the step is run on, so that others have company to their end. */
  othersRun(): boolean;
}
const alone: Beside = { ready: () => undefined, othersRun: () => false };

/**
 * Runs a step `steps` times on onnxruntime's CPU provider with its profiler on. Each operator's time is a quantile over the steps: the
 * lower quartile, so that what else the machine does falls out; the median, where that is what is asked about.
 * @throws NasDistillError ENGINE_FAILED if onnxruntime wrote no profile that can be read
 */
export async function profileStep(
  step: StepFunction,
  state: HostTensors,
  feeds: HostTensors,
  {
    threads,
    steps = 10,
    beside = alone,
    quantile = 0.25,
  }: { threads: number; steps?: number; beside?: Beside; quantile?: number },
): Promise<StepProfile> {
  const { onnx, names } = lowerStep(step, state, feeds, await findBlock());
  const origins = new NamedOrigins(onnx);
  const folder = await mkdtemp(join(tmpdir(), 'nas-distill-profile-'));
  try {
    const session = await openSession(
      encodeModel(onnx, {}, (node) => origins.nameOf(node)),
      {
        ...sessionOptions(threads),
        enableProfiling: true,
        profileFilePrefix: join(folder, 'step'),
      },
    );
    const compiled = new OnnxStep(session, () => undefined, names, feeds);
    const held = new OnnxState(state);
    for (let i = 0; i < warmUp; i++) await compiled.run(held, feeds);
    beside.ready();
    for (let i = 0; i < steps; i++) await compiled.run(held, feeds);
    while (beside.othersRun()) await compiled.run(held, feeds);
    session.endProfiling();
    await session.release();
    const [file] = await readdir(folder);
    if (file === undefined) throw new NasDistillError('ENGINE_FAILED', 'onnxruntime wrote no profile of the step');
    return summary(readEvents(await readFile(join(folder, file), 'utf8')), { steps, origins, quantile });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const warmUp = 2;

function readEvents(text: string): Event[] {
  const parsed = z.array(z.unknown()).safeParse(parseJson(text));
  if (!parsed.success) throw new NasDistillError('ENGINE_FAILED', "onnxruntime's profile of the step is no JSON list");
  return parsed.data.flatMap((entry) => {
    const known = event.safeParse(entry);
    return known.success && known.data.cat === 'Node' && known.data.name.endsWith('_kernel_time') ? [known.data] : [];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function summary(
  events: readonly Event[],
  { steps, origins, quantile }: { steps: number; origins: NamedOrigins; quantile: number },
): StepProfile {
  const byNode = new Map<string, Event[]>();
  for (const e of events) byNode.set(e.name, [...(byNode.get(e.name) ?? []), e]);
  const nodes = [...byNode].map(([name, runs]) => {
    const [{ args }] = runs;
    const times = runs
      .slice(warmUp, warmUp + steps)
      .map((run) => run.dur / 1000)
      .sort((a, b) => a - b);
    const shapes = `${shapesOf(args.input_type_shape)} -> ${shapesOf(args.output_type_shape)}`;
    const origin = origins.originOf(name);
    const operator = args.op_name ?? 'unknown';
    const mb = operator === 'Reshape' ? 0 : (bytesOf(args.input_type_shape) + bytesOf(args.output_type_shape)) / 1e6;
    return { operator, shapes, origin, mb, ms: times[Math.floor(times.length * quantile)] };
  });
  const total = nodes.reduce((sum, { ms }) => sum + ms, 0);
  const counted = [...byNode.values()].flatMap((runs) => runs.slice(warmUp, warmUp + steps));
  const grouped = (keyOf: (node: (typeof nodes)[number]) => string, withShapes: boolean): OperatorTime[] => {
    const groups = new Map<string, OperatorTime>();
    for (const node of nodes) {
      const { count, ms, mb } = groups.get(keyOf(node)) ?? { count: 0, ms: 0, mb: 0 };
      groups.set(keyOf(node), {
        operator: node.operator,
        ...(withShapes ? { shapes: node.shapes } : {}),
        count: count + 1,
        mb: mb + node.mb,
        ms: ms + node.ms,
        share: (ms + node.ms) / total,
      });
    }
    return [...groups.values()].sort((a, b) => b.ms - a.ms);
  };
  return {
    operators_ms: total,
    mean_ms: counted.reduce((sum, { dur }) => sum + dur, 0) / 1000 / steps,
    nodes: nodes.length,
    operators: grouped((node) => node.operator, false),
    shapes: grouped((node) => `${node.operator} ${node.shapes}`, true),
    layers: layerTimes(nodes),
  };
}

const bytesOfType: Readonly<Record<string, number>> = { float: 4, int32: 4, int64: 8, double: 8, bool: 1, uint8: 1 };

function bytesOf(list: z.output<typeof shapeList>): number {
  const typed = (list ?? []).flatMap((one) => Object.entries(one));
  return typed.reduce((sum, [type, shape]) => sum + (bytesOfType[type] ?? 4) * shape.reduce((a, b) => a * b, 1), 0);
}

function shapesOf(list: z.output<typeof shapeList>): string {
  const shapes = (list ?? []).map((typed) => Object.values(typed)[0]?.join('x') || 'scalar');
  return shapes.length > 4 ? `${shapes.slice(0, 4).join(' ')} ... (${shapes.length})` : shapes.join(' ');
}
