import { z } from 'zod';
import { weightFormats } from '../costs/CostModel.js';
import { activations } from '../models/ModelSpec.js';
import { layers } from '../models/layers/registry.js';

/** Version of the profiles that are written here. Raise it when what a profile says changes its meaning. */
export const profileFormat = 1;

const positive = z.number().positive();
const layerName = z.string().refine((name) => Object.hasOwn(layers, name), 'is no kind of layer');

const common = {
  format: z.literal(profileFormat),
  title: z.string().min(1),
  /** Threads that compute one inference. */
  threads: z.number().int().positive().default(1),
  /** Images of one inference. */
  batch: z.number().int().positive().default(1),
};

/** The machine and the runtime that a profile was measured on. */
export const machineSchema = z.strictObject({
  cpu: z.string(),
  platform: z.string(),
  arch: z.string(),
  runtime: z.string(),
});
export type Machine = z.infer<typeof machineSchema>;

/** What `device measure` writes: a time for each feature of a model, fitted to models that were timed. */
export const measuredSchema = z.strictObject({
  ...common,
  kind: z.literal('measured'),
  class: z.literal('cpu'),
  features: z.number().int(),
  machine: machineSchema,
  /** Milliseconds since 1970. */
  measuredAt: z.number(),
  /** Milliseconds of the reference model on the idle machine: slower later means that it is busy. */
  referenceMs: positive,
  /** Milliseconds for one unit of each feature. */
  times: z.record(z.string(), z.number().nonnegative()),
  error: z.strictObject({
    models: z.number().int(),
    within10: z.number(),
    median: z.number(),
    p80: z.number(),
    tau: z.number(),
  }),
  /** Models that were timed again because of other work on the machine, and those that stayed disturbed. */
  load: z.strictObject({ repeated: z.number().int(), disturbed: z.number().int() }),
});
export type MeasuredProfile = z.infer<typeof measuredSchema>;

/** A machine that is not at hand, by its public figures. */
export const rooflineSchema = z.strictObject({
  ...common,
  kind: z.literal('roofline'),
  class: z.enum(['cpu', 'gpu', 'npu', 'mcu']),
  aliases: z.array(z.string()).default([]),
  /** Peak of each precision that it computes in, 10^9 multiply-accumulates a second. */
  gmacs: z.partialRecord(z.enum(weightFormats), positive),
  /** 10^9 bytes a second between memory and the compute units. */
  bandwidth: positive,
  /** Microseconds to dispatch one kernel, and once for each inference. */
  launch: z.number().nonnegative(),
  overhead: z.number().nonnegative(),
  /** Share of the peak that kernels reach: dense products and convolutions, and depthwise convolutions. */
  efficiency: z.strictObject({ dense: positive.max(1), depthwise: positive.max(1) }),
  /** What its runtime has no kernel for. */
  unsupported: z
    .strictObject({ layers: z.array(layerName).default([]), activations: z.array(z.enum(activations)).default([]) })
    .prefault({}),
  /** Where the figures come from. */
  sources: z.array(z.string()).min(1),
});
export type RooflineProfile = z.infer<typeof rooflineSchema>;

export const profileSchema = z.discriminatedUnion('kind', [measuredSchema, rooflineSchema]);
export type DeviceProfile = z.infer<typeof profileSchema>;
