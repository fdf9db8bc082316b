import { NasDistillError } from '../core/errors.js';
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

/** Which of the wanted taps are a member's: the team's name of each -> its own. */
export function memberTaps({ members }: TeacherTeam, index: number, wanted: readonly string[]): Map<string, string> {
  const { teacher } = members[index];
  const prefix = `${teacher.record.name}/`;
  const own = new Map<string, string>();
  for (const tap of wanted) {
    if (tap.startsWith(prefix)) own.set(tap, tap.slice(prefix.length));
    else if (index === 0 && Object.hasOwn(teacher.taps, tap)) own.set(tap, tap);
  }
  return own;
}
