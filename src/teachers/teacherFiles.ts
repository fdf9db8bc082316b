import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { atomicWrite } from '../core/atomicWrite.js';
import { sha256 } from '../core/digest.js';
import { describeInvalid } from '../core/describeInvalid.js';
import { NasDistillError } from '../core/errors.js';
import type { CompanionFile } from '../data/samples.js';
import type { HostTensor, HostTensors } from '../engines/Engine.js';
import { parseTeam, teamRecord } from './team.js';
import { teacherRecordSchema, type TeacherRecord } from './TeacherRecord.js';

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** @throws NasDistillError USAGE unless `name` can be a directory's name. */
export function checkTeacherName(name: string): void {
  if (!namePattern.test(name)) {
    throw new NasDistillError('USAGE', `"${name}" cannot be a teacher's name`, {
      hint: 'Use letters, digits, dots, dashes and underscores, 64 at most, the first a letter or digit.',
    });
  }
}

/** Weights as one byte array, in the order of their names, with the table that finds them again. */
export function packWeights(weights: HostTensors): { table: { name: string; shape: number[] }[]; bytes: Uint8Array } {
  const names = Object.keys(weights).sort();
  const total = names.reduce((sum, name) => sum + weights[name].data.length, 0);
  const values = new Float32Array(total);
  let offset = 0;
  for (const name of names) {
    values.set(weights[name].data, offset);
    offset += weights[name].data.length;
  }
  return {
    table: names.map((name) => ({ name, shape: [...weights[name].shape] })),
    bytes: new Uint8Array(values.buffer),
  };
}

/** The inverse of packWeights; sizes are checked before anything is allocated. `where` names the file in errors. */
export function unpackWeights(
  table: readonly { name: string; shape: readonly number[] }[],
  bytes: Uint8Array,
  where: string,
): Record<string, HostTensor> {
  const sizes = table.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const expected = 4 * sizes.reduce((a, b) => a + b, 0);
  if (bytes.byteLength !== expected) {
    throw new NasDistillError(
      'TEACHER',
      `${where}: ${bytes.byteLength} bytes, expected ${expected}: the file was cut short or belongs to another model`,
      {
        hint: 'Train or import it again.',
      },
    );
  }
  // A Buffer's own slice() would share memory, with whatever else lies in its pool.
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  const out: Record<string, HostTensor> = {};
  let offset = 0;
  table.forEach(({ name, shape }, i) => {
    out[name] = { shape, dtype: 'float32', data: values.slice(offset, offset + sizes[i]) };
    offset += sizes[i];
  });
  return out;
}

/** Stores a teacher of ours below `teachersDir`; weights first, so that a half-written one is never listed. */
export function saveSpecTeacher(
  teachersDir: string,
  record: Omit<TeacherRecord, 'weights' | 'weightsDigest'>,
  weights: HostTensors,
  companions: readonly CompanionFile[] = [],
): TeacherRecord {
  checkTeacherName(record.name);
  const { table, bytes } = packWeights(weights);
  const full: TeacherRecord = { ...record, weights: table, weightsDigest: sha256(bytes) };
  const dir = join(teachersDir, record.name);
  atomicWrite(join(dir, 'weights.bin'), bytes);
  for (const { name, content } of companions) atomicWrite(join(dir, name), content);
  writeRecord(teachersDir, full);
  return full;
}

/** Writes teacher.json. */
export function writeRecord(teachersDir: string, record: TeacherRecord): void {
  atomicWrite(join(teachersDir, record.name, 'teacher.json'), `${JSON.stringify(record, null, 1)}\n`);
}

/**
 * A stored teacher, or several that answer together: see parseTeam.
 * @throws NasDistillError NOT_FOUND, or TEACHER if its files are damaged.
 */
export function readRecord(teachersDir: string, name: string): TeacherRecord {
  const team = parseTeam(name);
  if (team !== undefined) return teamRecord(name, team, (member) => readRecord(teachersDir, member));
  checkTeacherName(name);
  const file = join(teachersDir, name, 'teacher.json');
  if (!existsSync(file)) {
    const known = listTeachers(teachersDir).map((t) => t.name);
    throw new NasDistillError('NOT_FOUND', `no teacher "${name}" in ${teachersDir}`, {
      hint: known.length > 0 ? `There are: ${known.join(', ')}.` : 'Train one with: nas-distill teacher train vit',
    });
  }
  try {
    return teacherRecordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new NasDistillError('TEACHER', `${file}: not a valid teacher: ${describeInvalid(error)}`, {
      hint: 'Train or import it again.',
      cause: error,
    });
  }
}

/** The weights of a teacher of kind `spec`, checked against their digest. */
export function readSpecWeights(teachersDir: string, record: TeacherRecord): Record<string, HostTensor> {
  const file = join(teachersDir, record.name, 'weights.bin');
  if (!existsSync(file))
    throw new NasDistillError('TEACHER', `${file}: missing`, { hint: 'Train or import it again.' });
  const bytes = readFileSync(file);
  const weights = unpackWeights(record.weights ?? [], bytes, file);
  if (sha256(bytes) !== record.weightsDigest) {
    throw new NasDistillError('TEACHER', `${file}: its content has changed since it was stored (digest differs)`, {
      hint: 'Train or import it again.',
    });
  }
  return weights;
}

/** All teachers, newest first; a damaged one is an error, not left out. */
export function listTeachers(teachersDir: string): TeacherRecord[] {
  if (!existsSync(teachersDir)) return [];
  return readdirSync(teachersDir)
    .filter((name) => namePattern.test(name) && statSync(join(teachersDir, name)).isDirectory())
    .filter((name) => existsSync(join(teachersDir, name, 'teacher.json')))
    .map((name) => readRecord(teachersDir, name))
    .sort((a, b) => b.createdAt - a.createdAt);
}
