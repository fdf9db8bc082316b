import { digestOf } from '../core/digest.js';
import { NasDistillError } from '../core/errors.js';
import type { TapOutputs, TeacherOutputs } from '../data/TeacherOutputs.js';
import type { Engine } from '../engines/Engine.js';
import { openEngine } from '../engines/registry.js';
import type { SingleTeacher, TeacherTeam } from './TeacherModel.js';
import { teacherDigest, type TeacherRecord } from './TeacherRecord.js';

/**
 * Opens several teachers as one. Taps are named NAME/TAP; those of the first one by their own names too.
 * @throws NasDistillError TEACHER if one of them cannot be opened; the others are closed again
 */
export async function openTeam(
  record: TeacherRecord,
  open: (member: string) => Promise<SingleTeacher>,
): Promise<TeacherTeam> {
  const { team } = record;
  if (team === undefined) throw new NasDistillError('TEACHER', `teachers ${record.name}: its members are missing`);
  const members: { teacher: SingleTeacher; weight: number }[] = [];
  const dispose = () => members.forEach(({ teacher }) => teacher.dispose());
  try {
    for (const { name, weight } of team.members) members.push({ teacher: await open(name), weight });
  } catch (error) {
    dispose();
    throw error;
  }
  const prefixed = members.flatMap(({ teacher }) =>
    Object.entries(teacher.taps).map(([tap, shape]) => [`${teacher.record.name}/${tap}`, shape] as const),
  );
  return {
    record,
    digest: teacherDigest(record),
    taps: { ...Object.fromEntries(prefixed), ...members[0].teacher.taps },
    members,
    weighting: team.weighting,
    dispose,
  };
}

/** The engine that a teacher answers on: the given one, or its own, which `close` closes again. */
export function ownEngine(teacher: SingleTeacher, given: () => Promise<Engine>) {
  let opened: Engine | undefined;
  return {
    open: async (): Promise<Engine> => {
      const engine = await given();
      if (teacher.engine === undefined || teacher.engine === engine.info.name) return engine;
      return (opened ??= await openEngine(teacher.engine, { threads: engine.info.threads }));
    },
    close: () => opened?.close(),
  };
}

/**
 * One answer of several: the weighted mean of their logits, which is the geometric mean of their softened outputs at every
 * temperature (arXiv:1503.02531, section 2). By confidence, a teacher's weight on a sample is multiplied by
 * 1 - entropy / log C; without labels, unlike CA-MKD (arXiv:2201.00007), as mixed images have two.
 * @param answers of each teacher, [samples, classes] row after row
 */
export function combineLogits(
  answers: readonly Float32Array[],
  { members, weighting }: Pick<TeacherTeam, 'members' | 'weighting'>,
  classes: number,
  into: Float32Array = new Float32Array(answers[0].length),
): Float32Array {
  for (let start = 0; start < into.length; start += classes) {
    const rows = answers.map((logits) => logits.subarray(start, start + classes));
    const asked = members.map(({ weight }, k) => (weighting === 'fixed' ? weight : weight * sureness(rows[k])));
    const sum = asked.reduce((a, b) => a + b, 0);
    // Where nobody is sure of anything, their own weights are left.
    const weights = sum > 0 ? asked : members.map(({ weight }) => weight);
    const total = weights.reduce((a, b) => a + b, 0);
    for (let c = 0; c < classes; c++) {
      into[start + c] = rows.reduce((value, row, k) => value + (weights[k] / total) * row[c], 0);
    }
  }
  return into;
}

/** 1 for an answer that is certain, 0 for one that is uniform. */
function sureness(row: Float32Array): number {
  const top = row.reduce((a, b) => Math.max(a, b));
  const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
  const spread = row.reduce((total, value) => total + (Math.exp(value - top) / sum) * (value - top), 0);
  return Math.max(0, 1 - (Math.log(sum) - spread) / Math.log(row.length));
}

/** The outputs of a team: each member's from its own cache, put together. */
export async function teamOutputs(
  team: TeacherTeam,
  taps: readonly string[],
  outputsOf: (member: SingleTeacher, taps: string[]) => Promise<{ outputs: TeacherOutputs; cached: boolean }>,
): Promise<{ outputs: TeacherOutputs; cached: boolean }> {
  const found: { outputs: TeacherOutputs; cached: boolean }[] = [];
  const named: Record<string, TapOutputs> = {};
  for (const [index, { teacher }] of team.members.entries()) {
    const own = new Map<string, string>();
    for (const tap of taps) {
      const name = `${teacher.record.name}/`;
      if (tap.startsWith(name)) own.set(tap, tap.slice(name.length));
      else if (index === 0 && Object.hasOwn(teacher.taps, tap)) own.set(tap, tap);
    }
    const answered = await outputsOf(teacher, [...new Set(own.values())].sort());
    for (const [tap, inner] of own) named[tap] = answered.outputs.taps[inner];
    found.push(answered);
  }
  const [{ outputs: first }] = found;
  const logits = new Float32Array(new SharedArrayBuffer(first.logits.byteLength));
  combineLogits(
    found.map(({ outputs }) => outputs.logits),
    team,
    first.classes,
    logits,
  );
  const digest = digestOf({ team: team.digest, outputs: found.map(({ outputs }) => outputs.digest) });
  return { outputs: { ...first, digest, logits, taps: named }, cached: found.every(({ cached }) => cached) };
}
