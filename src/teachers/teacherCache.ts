import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { atomicWrite } from '../core/atomicWrite.js';
import { digestOf, sha256 } from '../core/digest.js';
import { NasDistillError, messageOf } from '../core/errors.js';
import { silent, type Progress } from '../core/progress.js';
import { StoredFloats } from '../core/StoredFloats.js';
import type { AugmentationPolicy, Dataset } from '../data/Dataset.js';
import { mixingSchema } from '../data/mixing.js';
import type { Engine } from '../engines/Engine.js';
import { classOrder } from './classOrder.js';
import { runTeacher } from './runTeacher.js';
import { ownEngine, teamOutputs } from './openTeam.js';
import type { SingleTeacher, TeacherModel } from './TeacherModel.js';
import type { HandedOutputs, TapOutputs, TeacherOutputs } from '../data/TeacherOutputs.js';

const metaSchema = z.object({
  format: z.literal(1),
  teacher: z.string(),
  dataset: z.string(),
  rows: z.string(),
  policy: z.object({
    shift: z.number(),
    flip: z.boolean(),
    views: z.number(),
    seed: z.number(),
    wordDropout: z.number().optional(),
    mixing: mixingSchema.optional(),
    mixings: z.array(mixingSchema.nullable()).optional(),
  }),
  taps: z.record(z.string(), z.array(z.number().int().positive())),
});
type Meta = z.infer<typeof metaSchema>;

export interface CacheRequest {
  readonly teacher: TeacherModel;
  readonly dataset: Dataset;
  /** Training rows, in the order of the outputs. */
  readonly rows: Int32Array;
  readonly policy: AugmentationPolicy;
  /** Taps that the study's losses ask for. */
  readonly taps: readonly string[];
}

/**
 * The teacher's outputs on the training rows under every view: from the cache in `cacheDir`, or computed once and
 * stored there under the digest of all that decides them. `cached` says which it was.
 * @throws NasDistillError CACHE if the stored files are not what their digest says: they are refused, never used.
 */
export async function teacherOutputs(
  cacheDir: string,
  request: CacheRequest,
  engine: () => Promise<Engine>,
  progress: Progress = silent,
): Promise<{ outputs: TeacherOutputs; cached: boolean }> {
  const { teacher, ...common } = request;
  requireTaps(request);
  if ('members' in teacher) {
    return teamOutputs(teacher, request.taps, async (member, taps) => {
      const own = ownEngine(member, engine);
      try {
        return await singleOutputs(cacheDir, { ...common, teacher: member, taps }, own.open, progress);
      } finally {
        own.close();
      }
    });
  }
  return singleOutputs(cacheDir, { ...common, teacher }, engine, progress);
}

/**
 * The same for a process that hands the outputs on: they stay in the files of the cache, which were verified. A team's, which
 * are means over its members, lie in no file: they come as arrays.
 * @throws NasDistillError as `teacherOutputs`
 */
export async function handedOutputs(
  cacheDir: string,
  request: CacheRequest,
  engine: () => Promise<Engine>,
  progress: Progress = silent,
): Promise<{ outputs: HandedOutputs; cached: boolean }> {
  const { teacher, ...common } = request;
  if ('members' in teacher) return teacherOutputs(cacheDir, request, engine, progress);
  requireTaps(request);
  const single = { ...common, teacher };
  const place = placeOf(cacheDir, single);
  const cached = existsSync(join(place.dir, 'meta.json'));
  if (!cached) await singleOutputs(cacheDir, single, engine, progress);
  const { files, ...outputs } = storedOutputs(place, single);
  if (cached) for (const file of files) file.verify();
  return { outputs, cached };
}

type SingleRequest = CacheRequest & { readonly teacher: SingleTeacher };

async function singleOutputs(
  cacheDir: string,
  request: SingleRequest,
  engine: () => Promise<Engine>,
  progress: Progress,
): Promise<{ outputs: TeacherOutputs; cached: boolean }> {
  const place = placeOf(cacheDir, request);
  const { meta, digest, dir } = place;
  if (existsSync(join(dir, 'meta.json'))) return { outputs: readCache(place, request), cached: true };
  const outputs = await compute(request, digest, await engine(), progress);
  const files = filesOf(outputs);
  for (const [name, data] of files) atomicWrite(join(dir, name), bytesOf(data));
  const sums = Object.fromEntries(files.map(([name, data]) => [name, sha256(bytesOf(data))]));
  atomicWrite(join(dir, 'meta.json'), `${JSON.stringify({ meta, sums })}\n`);
  return { outputs, cached: false };
}

interface CachePlace {
  readonly meta: Meta;
  readonly digest: string;
  readonly dir: string;
}

function placeOf(cacheDir: string, request: SingleRequest): CachePlace {
  const meta = metaOf(request);
  const digest = digestOf(meta);
  return { meta, digest, dir: join(cacheDir, digest.slice(0, 32)) };
}

function requireTaps({ teacher, taps }: CacheRequest): void {
  for (const tap of taps) {
    if (!(tap in teacher.taps)) {
      throw new NasDistillError('TEACHER', `teacher ${teacher.record.name} has no tap "${tap}"`, {
        hint: `It has: ${Object.keys(teacher.taps).join(', ') || 'none'}.`,
      });
    }
  }
}

function metaOf({ teacher, dataset, rows, policy, taps }: CacheRequest): Meta {
  return {
    format: 1,
    teacher: teacher.digest,
    dataset: dataset.digest,
    rows: sha256(bytesOf(rows)),
    policy: {
      shift: policy.shift,
      flip: policy.flip,
      views: policy.views,
      seed: policy.seed,
      ...(policy.wordDropout === undefined ? {} : { wordDropout: policy.wordDropout }),
      ...(policy.mixing === undefined ? {} : { mixing: policy.mixing }),
      ...(policy.mixings === undefined ? {} : { mixings: [...policy.mixings] }),
    },
    taps: Object.fromEntries([...taps].sort().map((tap) => [tap, [...teacher.taps[tap]]])),
  };
}

function bytesOf(data: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function shared(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

function tapFile(tap: string): string {
  return `tap-${sha256(tap).slice(0, 16)}.bin`;
}

function filesOf(outputs: TeacherOutputs): [string, Float32Array][] {
  return [
    ['logits.bin', outputs.logits],
    ...Object.entries(outputs.taps).map(([tap, { data }]): [string, Float32Array] => [tapFile(tap), data]),
  ];
}

async function compute(
  request: SingleRequest,
  digest: string,
  engine: Engine,
  progress: Progress,
): Promise<TeacherOutputs> {
  const { teacher, dataset, rows, policy, taps } = request;
  const order = classOrder(teacher.record, dataset);
  const classes = order.length;
  const outputs = allocate(request, digest, classes);
  const task = progress.start('Teacher outputs', policy.views * rows.length);
  for (let view = 0; view < policy.views; view++) {
    await runTeacher({
      teacher,
      engine,
      dataset,
      indices: rows,
      taps,
      views: { policy, view },
      onBatch: (start, count, arrays) => {
        const first = view * rows.length + start;
        for (let r = 0; r < count; r++) {
          for (let c = 0; c < classes; c++) {
            outputs.logits[(first + r) * classes + c] = arrays.logits[r * classes + order[c]];
          }
        }
        for (const tap of taps) {
          const size = sizeOf(teacher.taps[tap]);
          outputs.taps[tap].data.set(arrays[`tap/${tap}`].subarray(0, count * size), first * size);
        }
        task.update(first + count);
      },
    });
  }
  task.end();
  return outputs;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function allocate({ teacher, rows, policy, taps }: CacheRequest, digest: string, classes: number): TeacherOutputs {
  const samples = policy.views * rows.length;
  const tapOutputs: Record<string, TapOutputs> = {};
  for (const tap of taps) {
    const shape = teacher.taps[tap];
    tapOutputs[tap] = { shape, data: shared(samples * sizeOf(shape)) };
  }
  return {
    digest,
    classes,
    views: policy.views,
    rows: rows.length,
    logits: shared(samples * classes),
    taps: tapOutputs,
  };
}

const storedSchema = z.object({ meta: metaSchema, sums: z.record(z.string(), z.string()) });

/** What the files of a cache hold, and the files. @throws NasDistillError CACHE if its head is damaged or another's */
function storedOutputs(
  { dir, meta, digest }: CachePlace,
  { dataset, policy, rows }: CacheRequest,
): HandedOutputs & { readonly files: readonly StoredFloats[] } {
  const refuse = (what: string, cause?: unknown) =>
    new NasDistillError('CACHE', `teacher cache ${dir}: ${what}`, {
      hint: 'Delete that directory: it will be computed again.',
      ...(cause === undefined ? {} : { cause }),
    });
  let stored: z.infer<typeof storedSchema>;
  try {
    stored = storedSchema.parse(JSON.parse(readFileSync(join(dir, 'meta.json'), 'utf8')));
  } catch (error) {
    throw refuse(`meta.json is damaged (${messageOf(error).split('\n')[0]})`, error);
  }
  if (digestOf(stored.meta) !== digestOf(meta)) throw refuse('belongs to another teacher, data set or augmentation');
  const classes = dataset.classes.length;
  const samples = policy.views * rows.length;
  const floats = (name: string, size: number) =>
    new StoredFloats(join(dir, name), samples * size, stored.sums[name] ?? 'unknown');
  const logits = floats('logits.bin', classes);
  const taps = Object.entries(meta.taps).map(
    ([tap, shape]) => [tap, { shape, data: floats(tapFile(tap), sizeOf(shape)) }] as const,
  );
  return {
    ...{ digest, classes, views: policy.views, rows: rows.length, logits, taps: Object.fromEntries(taps) },
    files: [logits, ...taps.map(([, { data }]) => data)],
  };
}

function readCache(place: CachePlace, request: SingleRequest): TeacherOutputs {
  const outputs = allocate(request, place.digest, request.dataset.classes.length);
  const { files } = storedOutputs(place, request);
  filesOf(outputs).forEach(([name, target]) => {
    const found = files.find(({ file }) => file === join(place.dir, name));
    if (found === undefined) throw new NasDistillError('INTERNAL', `the cache has no file ${name}`);
    found.read(target);
  });
  return outputs;
}
