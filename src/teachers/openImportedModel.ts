import { NasDistillError, messageOf } from '../core/errors.js';
import { loadGraphModel } from '../engines/converter.js';
import type { StepFunction, Tensors } from '../engines/Engine.js';
import { openEngine } from '../engines/registry.js';
import { io, setBackend, type Tensor } from '../engines/tf.js';
import { loadLayersModel, model as createModel, type LayersModel, type SymbolicTensor } from '../engines/layers.js';
import '../models/customLayers.js';
import { readModelFiles, type TfjsModelFiles } from './modelFiles.js';
import { logitsOfProbabilities } from './probabilities.js';
import { teacherDigest, type TeacherRecord } from './TeacherRecord.js';
import type { TeacherModel } from './TeacherModel.js';

/** What a TF.js model looks like from outside, without the batch. */
export interface ImportedModel {
  readonly input: readonly number[];
  readonly output: readonly number[];
  /** Intermediate outputs that can be tapped (LayersModel: by layer name). */
  readonly taps: Readonly<Record<string, readonly number[]>>;
  readonly family: string;
  predict(image: Tensor, taps: readonly string[]): { output: Tensor; taps: Tensors };
  dispose(): void;
}

/**
 * Loads a TF.js model onto the wasm backend, where imported models run: they are data (known layers and ops only), and
 * they only answer, so that the portable engine is fast enough.
 * @throws NasDistillError TEACHER if it cannot be loaded, naming the layer or op that is unknown.
 */
export async function loadImportedModel(
  dir: string,
  files: TfjsModelFiles = readModelFiles(dir),
): Promise<ImportedModel> {
  await openEngine('wasm', { threads: 1 });
  await setBackend('wasm');
  try {
    return files.kind === 'layers-model' ? await layersModel(files) : await graphModel(files);
  } catch (error) {
    if (error instanceof NasDistillError) throw error;
    throw new NasDistillError('TEACHER', `${dir}: cannot be loaded: ${messageOf(error).split('\n')[0]}`, {
      hint: "Models are data: only TF.js's own layers and those of nas-distill/layers are known.",
      cause: error,
    });
  }
}

async function layersModel(files: TfjsModelFiles): Promise<ImportedModel> {
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
    input: known(loaded.inputs[0].shape, 'input'),
    output: known(loaded.outputs[0].shape, 'output'),
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

async function graphModel(files: TfjsModelFiles): Promise<ImportedModel> {
  const loaded = await loadGraphModel(io.fromMemory(files.artifacts));
  if (loaded.inputs.length !== 1 || loaded.outputs.length !== 1) {
    throw new NasDistillError(
      'TEACHER',
      `the model has ${loaded.inputs.length} inputs and ${loaded.outputs.length} outputs, one of each is needed`,
    );
  }
  return {
    input: known(loaded.inputs[0].shape, 'input'),
    output: known(loaded.outputs[0].shape, 'output'),
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

/** Opens an imported teacher as it was stored. */
export async function openImportedModel(dir: string, record: TeacherRecord): Promise<TeacherModel> {
  const files = readModelFiles(dir);
  if (files.digest !== record.weightsDigest) {
    throw new NasDistillError('TEACHER', `${dir}: the model's files have changed since it was imported`, {
      hint: 'Import it again.',
    });
  }
  const imported = await loadImportedModel(dir, files);
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
    state: {},
    forward,
    engine: 'wasm',
    dispose: () => imported.dispose(),
  };
}
