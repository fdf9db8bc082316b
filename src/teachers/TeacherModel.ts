import type { Engine, EngineName, HostTensor, HostTensors, StepFunction, TensorSpec } from '../engines/Engine.js';
import type { TeacherRecord } from './TeacherRecord.js';

/** A teacher that answers batches of one size. */
export interface AnsweringTeacher {
  /** Normalised images [B, H, W, C] (or ids of tokens) in; `logits` [B, classes] and `tap/NAME` out. */
  run(image: HostTensor): Promise<Readonly<Record<string, HostTensor>>>;
  dispose(): void;
}

interface OpenTeacher {
  readonly record: TeacherRecord;
  readonly digest: string;
  /** Tap name -> shape of one sample. */
  readonly taps: Readonly<Record<string, readonly number[]>>;
  /** Imported models hold their weights inside and run on this engine only. */
  readonly engine?: EngineName;
  dispose(): void;
}

/** One network that is ready to answer. */
export interface SingleTeacher extends OpenTeacher {
  /** Opens it for batches of that shape and for the taps that are asked for. */
  answers(engine: Engine, taps: readonly string[], image: TensorSpec): Promise<AnsweringTeacher>;
}

/** Several that answer together; each on its own engine, from its own cache. */
export interface TeacherTeam extends OpenTeacher {
  readonly members: readonly { readonly teacher: SingleTeacher; readonly weight: number }[];
  readonly weighting: TeamWeighting;
}

/** fixed: by their weights; confidence: on each sample, those that are sure of it count more. */
export type TeamWeighting = 'fixed' | 'confidence';

export type TeacherModel = SingleTeacher | TeacherTeam;

/** The teacher itself, or the first of several. */
export function firstOf(teacher: TeacherModel): SingleTeacher {
  return 'members' in teacher ? teacher.members[0].teacher : teacher;
}

/** What a recipe is checked against: the shapes of the teacher's answers on data of so many classes. */
export function teacherShapes({ taps }: Pick<OpenTeacher, 'taps'>, classes: number) {
  return { classes, taps: Object.fromEntries(Object.entries(taps).map(([name, shape]) => [name, { shape }])) };
}

/** A forward pass over `weights` on an engine: feeds `image`; outputs `logits` and `tap/NAME`. */
export async function compiledTeacher(
  engine: Engine,
  weights: HostTensors,
  forward: StepFunction,
  image: TensorSpec,
): Promise<AnsweringTeacher> {
  const state = engine.createState(weights);
  try {
    const step = await engine.compile(forward, state.specs, { image });
    return {
      run: (batch) => step.run(state, { image: batch }),
      dispose: () => {
        step.dispose();
        state.dispose();
      },
    };
  } catch (error) {
    state.dispose();
    throw error;
  }
}
