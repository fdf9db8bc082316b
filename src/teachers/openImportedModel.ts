import { NasDistillError, messageOf } from '../core/errors.js';
import { loadGraphModel } from '../engines/converter.js';
import type { DType, StepFunction, Tensors } from '../engines/Engine.js';
import { openEngine } from '../engines/registry.js';
import { createRng } from '../core/rng.js';
import { io, setBackend, tensor, tidy, type Tensor } from '../engines/tf.js';
import { loadLayersModel, model as createModel, type LayersModel, type SymbolicTensor } from '../engines/layers.js';
import '../models/customLayers.js';
import { readModelFiles, type TfjsModelFiles } from './modelFiles.js';
import { logitsOfProbabilities } from './probabilities.js';
import { teacherDigest, type TeacherRecord } from './TeacherRecord.js';
import { compiledTeacher, type SingleTeacher } from './TeacherModel.js';

/** What a TF.js model looks like from outside, without the batch. */
export interface ImportedModel {
  readonly input: readonly number[];
  /** int32: it reads ids of tokens, [tokens]. */
  readonly inputType: DType;
  readonly output: readonly number[];
  /** Its outputs for two images of noise (two texts of one word), row by row. */
  readonly answers: Float32Array;
  /** Intermediate outputs that can be tapped (LayersModel: by layer name). */
  readonly taps: Readonly<Record<string, readonly number[]>>;
  readonly family: string;
  predict(image: Tensor, taps: readonly string[]): { output: Tensor; taps: Tensors };
  dispose(): void;
}

type LoadedModel = Omit<ImportedModel, 'output' | 'answers'>;

/**
 * Loads a TF.js model onto the wasm backend, where imported models run: they are data (known layers and ops only), and
 * they only answer, so that the portable engine is fast enough. It answers once here: a GraphModel does not say what
 * shape its output has, and what cannot run is found now.
 * @throws NasDistillError TEACHER if it cannot be loaded, naming the layer or op that is unknown.
 */
export async function loadImportedModel(
  dir: string,
  files: TfjsModelFiles = readModelFiles(dir),
): Promise<ImportedModel> {
  await openEngine('wasm', { threads: 1 });
  await setBackend('wasm');
  let loaded: LoadedModel | undefined;
  try {
    loaded = files.kind === 'layers-model' ? await layersModel(files) : await graphModel(files);
    return { ...loaded, ...answer(loaded) };
  } catch (error) {
    loaded?.dispose();
    if (error instanceof NasDistillError) throw new NasDistillError(error.code, `${dir}: ${error.message}`, error);
    throw new NasDistillError('TEACHER', `${dir}: cannot be loaded: ${messageOf(error).split('\n')[0]}`, {
      hint: "Models are data: only TF.js's own layers and ops and the layers of nas-distill/layers are known.",
      cause: error,
    });
  }
}

/** What the model says to two images of noise. */
function answer(model: LoadedModel): Pick<ImportedModel, 'output' | 'answers'> {
  const rng = createRng('probe');
  const shape = [2, ...model.input];
  const size = shape.reduce((a, b) => a * b, 1);
  const noise =
    model.inputType === 'int32'
      ? Int32Array.from({ length: size }, (_, i) => (i < size / 2 ? 1 : 2))
      : Float32Array.from({ length: size }, () => rng.normal());
  return tidy(() => {
    const { output } = model.predict(tensor(noise, shape, model.inputType), []);
    if (output.dtype !== 'float32') throw new NasDistillError('TEACHER', `its output is ${output.dtype}, not float32`);
    if (output.shape[0] !== 2) {
      throw new NasDistillError('TEACHER', `it answers two images with an output of [${output.shape.join(', ')}]`);
    }
    return { output: output.shape.slice(1), answers: Float32Array.from(output.dataSync()) };
  });
}

async function layersModel(files: TfjsModelFiles): Promise<LoadedModel> {
  const loaded: LayersModel = await loadLayersModel(io.fromMemory(files.artifacts));
  if (loaded.inputs.length !== 1 || loaded.outputs.length !== 1) {
    throw new NasDistillError(
      'TEACHER',
      `the model has ${loaded.inputs.length} inputs and ${loaded.outputs.length} outputs, one of each is needed`,
    );
  }
  const tapTensors = new Map<string, SymbolicTensor>();
  for (const layer of loaded.layers) {
    const output = layer.output;
    if (!Array.isArray(output) && output.shape.slice(1).every((size) => size !== null))
      tapTensors.set(layer.name, output);
  }
  const taps = Object.fromEntries([...tapTensors].map(([name, tensor]) => [name, known(tensor.shape, name)]));
  return {
    ...inputOf(loaded.inputs[0]),
    taps,
    family: loaded.name,
    predict: (image, wanted) => {
      const outputs = [loaded.outputs[0], ...wanted.map((tap) => tapTensors.get(tap) ?? missing(tap))];
      const tapped = createModel({ inputs: loaded.inputs, outputs });
      const results = [tapped.predict(image)].flat();
      return { output: results[0], taps: Object.fromEntries(wanted.map((tap, i) => [tap, results[i + 1]])) };
    },
    dispose: () => void loaded.dispose(),
  };
}

async function graphModel(files: TfjsModelFiles): Promise<LoadedModel> {
  const loaded = await loadGraphModel(io.fromMemory(files.artifacts));
  if (loaded.inputs.length !== 1 || loaded.outputs.length !== 1) {
    throw new NasDistillError(
      'TEACHER',
      `the model has ${loaded.inputs.length} inputs and ${loaded.outputs.length} outputs, one of each is needed`,
    );
  }
  return {
    ...inputOf(loaded.inputs[0]),
    taps: {},
    family: 'graph model',
    predict: (image, wanted) => {
      const results = [loaded.execute(image, [loaded.outputs[0].name, ...wanted])].flat();
      return { output: results[0], taps: Object.fromEntries(wanted.map((tap, i) => [tap, results[i + 1]])) };
    },
    dispose: () => loaded.dispose(),
  };
}

function missing(tap: string): never {
  throw new NasDistillError('TEACHER', `the model has no layer "${tap}" to tap`);
}

function known(shape: readonly (number | null)[] | undefined, name: string): number[] {
  const sizes = (shape ?? []).slice(1);
  return sizes.map((size) => {
    if (size === null || size < 0)
      throw new NasDistillError('TEACHER', `${name} of the model has an open size: [${(shape ?? []).join(', ')}]`);
    return size;
  });
}

/** Shape and type of one sample, an image or the ids of a text; -1 and null stand for open sizes. */
function inputOf(input: { shape?: readonly (number | null)[]; dtype?: string }): { input: number[]; inputType: DType } {
  const [batch, ...rest] = input.shape ?? [];
  const sizes = known([batch, ...rest], 'input');
  const ofTokens = sizes.length === 1 && input.dtype === 'int32';
  if (sizes.length !== 3 && !ofTokens) {
    throw new NasDistillError(
      'TEACHER',
      `its input is [${sizes.join(', ')}], an image [height, width, channels] (or ids of tokens, int32 [tokens]) is needed`,
    );
  }
  if (batch !== null && batch !== undefined && batch >= 0) {
    throw new NasDistillError('TEACHER', `it takes exactly ${batch} images at a time`, {
      hint: 'Export it with an open first size: [null, height, width, channels].',
    });
  }
  if (!ofTokens && input.dtype !== undefined && input.dtype !== 'float32') {
    throw new NasDistillError('TEACHER', `its input is ${input.dtype}, float32 is needed`, {
      hint: 'Export a model that takes normalised float32 images; --mean and --std say how they are normalised.',
    });
  }
  return { input: sizes, inputType: ofTokens ? 'int32' : 'float32' };
}

/** Opens an imported teacher as it was stored. */
export async function openImportedModel(dir: string, record: TeacherRecord): Promise<SingleTeacher> {
  const files = readModelFiles(dir);
  if (files.digest !== record.weightsDigest) {
    throw new NasDistillError('TEACHER', `${dir}: the model's files have changed since it was imported`, {
      hint: 'Import it again.',
    });
  }
  return asTeacher(await loadImportedModel(dir, files), record);
}

/** A loaded model as the teacher that `record` describes. */
export function asTeacher(imported: ImportedModel, record: TeacherRecord): SingleTeacher {
  const forward =
    (wanted: readonly string[]): StepFunction =>
    (_state, feeds) => {
      const { output, taps } = imported.predict(feeds.image, wanted);
      const logits = record.probabilities ? logitsOfProbabilities(output) : output;
      return { outputs: { logits, ...Object.fromEntries(Object.entries(taps).map(([tap, t]) => [`tap/${tap}`, t])) } };
    };
  return {
    record,
    digest: teacherDigest(record),
    taps: imported.taps,
    answers: (engine, wanted, image) => compiledTeacher(engine, {}, forward(wanted), image),
    engine: 'wasm',
    dispose: () => imported.dispose(),
  };
}
