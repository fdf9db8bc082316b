import { digestOf } from '../core/digest.js';
import { NasDistillError } from '../core/errors.js';
import type { TeamWeighting } from './TeacherModel.js';
import { teacherDigest, type TeacherRecord } from './TeacherRecord.js';

/** Several teachers as they are named: which, how much each counts, and by what. */
export interface Team {
  readonly weighting: TeamWeighting;
  readonly members: readonly { readonly name: string; readonly weight: number }[];
}

const prefix = 'confidence:';

/**
 * `a,b`: several teachers, all alike; `a=2,b=1`: by weights; `confidence:a,b`: those that are sure of a sample count more.
 * @returns undefined for the name of one teacher
 * @throws NasDistillError USAGE for a weight that is none, a name that is missing or given twice
 */
export function parseTeam(text: string): Team | undefined {
  const weighting = text.startsWith(prefix) ? 'confidence' : 'fixed';
  const list = weighting === 'confidence' ? text.slice(prefix.length) : text;
  if (!/[,=]/.test(list) && weighting === 'fixed') return undefined;
  const refuse = (what: string) =>
    new NasDistillError('USAGE', `teachers "${text}": ${what}`, {
      hint: 'Name them a,b; with weights a=2,b=1; weighed on each sample by their confidence: confidence:a,b.',
    });
  const members = list.split(',').map((part) => {
    const [name, given, ...more] = part.trim().split('=');
    const weight = given === undefined ? 1 : Number(given);
    if (name === '' || given === '' || more.length > 0) throw refuse(`"${part}" is no NAME or NAME=WEIGHT`);
    if (!Number.isFinite(weight) || weight <= 0) throw refuse(`the weight of ${name} is ${given}, above 0 is needed`);
    return { name, weight };
  });
  const twice = members.find(({ name }, i) => members.findIndex((other) => other.name === name) < i);
  if (twice !== undefined) throw refuse(`${twice.name} is named twice`);
  return { weighting, members };
}

/**
 * The teachers of a team as one.
 * @throws NasDistillError TEACHER if they do not read the same samples or know the same classes
 */
export function teamRecord(name: string, team: Team, read: (member: string) => TeacherRecord): TeacherRecord {
  const records = team.members.map((member) => read(member.name));
  const [first, ...others] = records;
  for (const other of others) {
    const where = `teachers ${first.name} and ${other.name} do not fit together`;
    const different = (what: string, a: string, b: string) =>
      new NasDistillError('TEACHER', `${where}: ${what} ${a} and ${b}`, { hint: 'See: nas-distill teacher show NAME' });
    if (first.input.join('x') !== other.input.join('x')) {
      throw different('they read', first.input.join('x'), other.input.join('x'));
    }
    if (first.encoding !== other.encoding) throw different('they read samples of', 'one encoding', 'another');
    const missing = first.classes.find((label) => !other.classes.includes(label));
    if (missing !== undefined || first.classes.length !== other.classes.length) {
      throw different('they know', `${first.classes.length} classes`, `${other.classes.length} others`);
    }
  }
  const digests = records.map((record, i) => ({ digest: teacherDigest(record), weight: team.members[i].weight }));
  const { format, classes, input, encoding, normalisation } = first;
  return {
    format,
    name,
    kind: 'team',
    family: records.map(({ family }) => family).join(' + '),
    classes,
    input,
    ...(encoding === undefined ? {} : { encoding }),
    normalisation,
    probabilities: false,
    team: { weighting: team.weighting, members: [...team.members] },
    weightsDigest: digestOf({ weighting: team.weighting, digests }),
    params: records.reduce((sum, { params }) => sum + params, 0),
    createdAt: Math.max(...records.map(({ createdAt }) => createdAt)),
  };
}
