import { sha256 } from '../core/digest.js';
import { NasDistillError } from '../core/errors.js';
import { silent, type Progress } from '../core/progress.js';
import { readOutputs, type StoredOutputs, type TeacherOutputs } from '../data/TeacherOutputs.js';
import type { Engine } from '../engines/Engine.js';
import { CacheEntry } from './CacheEntry.js';
import { combineLogits } from './combineLogits.js';
import { computeOutputs, outputLengths, type OutputsRequest } from './computeOutputs.js';
import { memberTaps, ownEngine } from './openTeam.js';
import type { SingleTeacher, TeacherTeam } from './TeacherModel.js';

const logitsFile = 'logits.bin';

/**
 * The teacher's outputs on the training rows under every view: from the cache in `cacheDir`, or computed once and
 * stored there under the digest of all that decides them. `cached` says which it was.
 * @throws NasDistillError CACHE if the stored files are not what their digest says: they are refused, never used;
 *   TEACHER for a tap that there is not
 */
export async function teacherOutputs(
  ...asked: Parameters<typeof storedOutputs>
): Promise<{ outputs: TeacherOutputs; cached: boolean }> {
  const { outputs, cached } = await storedOutputs(...asked);
  return { outputs: readOutputs(outputs), cached };
}

/**
 * The same for a process that hands the outputs on: they stay in the files of the cache, and are verified where they are read.
 * Of several teachers each has its own outputs there, which every team of it finds; their mean lies beside them.
 * @throws NasDistillError CACHE if a file is missing or cut short, or the cache's head is damaged; TEACHER
 */
export async function storedOutputs(
  cacheDir: string,
  request: OutputsRequest,
  engine: () => Promise<Engine>,
  progress: Progress = silent,
): Promise<{ outputs: StoredOutputs; cached: boolean }> {
  const { teacher, ...common } = request;
  requireTaps(request);
  if (!('members' in teacher)) return outputsOfOne(cacheDir, { ...common, teacher }, engine, progress);
  return outputsOfTeam(cacheDir, teacher, common.taps, async (member, taps) => {
    const own = ownEngine(member, engine);
    try {
      return await outputsOfOne(cacheDir, { ...common, teacher: member, taps }, own.open, progress);
    } finally {
      own.close();
    }
  });
}

async function outputsOfOne(
  cacheDir: string,
  request: OutputsRequest<SingleTeacher>,
  engine: () => Promise<Engine>,
  progress: Progress,
): Promise<{ outputs: StoredOutputs; cached: boolean }> {
  const { teacher, dataset, rows, policy } = request;
  const taps = [...request.taps].sort();
  const entry = new CacheEntry(cacheDir, metaOf(request));
  const cached = entry.exists;
  if (!cached) {
    const computed = await computeOutputs(request, await engine(), progress);
    const tapped = taps.map((tap) => [tapFile(tap), computed.taps[tap]] as const);
    entry.write({ [logitsFile]: computed.logits, ...Object.fromEntries(tapped) });
  }
  const lengths = outputLengths(request);
  const tapLengths = taps.map((tap) => [tapFile(tap), lengths.taps[tap]] as const);
  const files = entry.files({ [logitsFile]: lengths.logits, ...Object.fromEntries(tapLengths) });
  const outputs = {
    digest: entry.digest,
    classes: dataset.classes.length,
    views: policy.views,
    rows: rows.length,
    logits: files[logitsFile],
    taps: Object.fromEntries(taps.map((tap) => [tap, { shape: teacher.taps[tap], data: files[tapFile(tap)] }])),
  };
  return { outputs, cached };
}

/** Each member's own outputs, and the mean of their logits in an entry of the team. */
async function outputsOfTeam(
  cacheDir: string,
  team: TeacherTeam,
  taps: readonly string[],
  outputsOf: (member: SingleTeacher, taps: string[]) => Promise<{ outputs: StoredOutputs; cached: boolean }>,
): Promise<{ outputs: StoredOutputs; cached: boolean }> {
  const found: { outputs: StoredOutputs; cached: boolean }[] = [];
  const named: Record<string, StoredOutputs['taps'][string]> = {};
  for (const [index, { teacher }] of team.members.entries()) {
    const own = memberTaps(team, index, taps);
    const answered = await outputsOf(teacher, [...new Set(own.values())].sort());
    for (const [tap, inner] of own) named[tap] = answered.outputs.taps[inner];
    found.push(answered);
  }
  const [{ outputs: first }] = found;
  const entry = new CacheEntry(cacheDir, { team: team.digest, outputs: found.map(({ outputs }) => outputs.digest) });
  if (!entry.exists) {
    const answers = found.map(({ outputs }) => outputs.logits.read());
    entry.write({ [logitsFile]: combineLogits(answers, team, first.classes) });
  }
  const logits = entry.files({ [logitsFile]: first.logits.length })[logitsFile];
  return {
    outputs: { ...first, digest: entry.digest, logits, taps: named },
    cached: found.every(({ cached }) => cached),
  };
}

function requireTaps({ teacher, taps }: OutputsRequest): void {
  for (const tap of taps) {
    if (!(tap in teacher.taps)) {
      throw new NasDistillError('TEACHER', `teacher ${teacher.record.name} has no tap "${tap}"`, {
        hint: `It has: ${Object.keys(teacher.taps).join(', ') || 'none'}.`,
      });
    }
  }
}

/** All that decides a teacher's outputs. */
function metaOf({ teacher, dataset, rows, policy, taps }: OutputsRequest<SingleTeacher>): object {
  return {
    format: 1,
    teacher: teacher.digest,
    dataset: dataset.digest,
    rows: sha256(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)),
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

function tapFile(tap: string): string {
  return `tap-${sha256(tap).slice(0, 16)}.bin`;
}
