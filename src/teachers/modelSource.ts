import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';

/** The formats of other tools that are read as they are. */
export type ModelSource = 'tfjs' | 'onnx';

/**
 * What lies at a path, told by its content: a directory with model.json, or an ONNX file.
 * @throws NasDistillError TEACHER for formats that must be converted first, with the command that does
 */
export function modelSource(path: string): ModelSource {
  if (!existsSync(path)) throw new NasDistillError('TEACHER', `${path}: missing`, { hint: known });
  if (statSync(path).isDirectory()) {
    const isSaved = ['saved_model.pb', 'saved_model.pbtxt'].some((name) => existsSync(join(path, name)));
    if (isSaved && !existsSync(join(path, 'model.json'))) {
      throw converted(path, 'a TensorFlow SavedModel', `--input_format=tf_saved_model ${path} ./converted`);
    }
    return 'tfjs';
  }
  const head = Buffer.alloc(8);
  const file = openSync(path, 'r');
  readSync(file, head, 0, 8, 0);
  closeSync(file);
  if (head.subarray(1, 4).toString('latin1') === 'HDF') {
    throw converted(path, 'a Keras file (HDF5)', `--input_format=keras ${path} ./converted`);
  }
  if (head.subarray(0, 2).toString('latin1') === 'PK') {
    const what = path.endsWith('.keras') ? 'a Keras file (.keras)' : 'a ZIP archive, such as .keras or .pt files are';
    throw new NasDistillError('TEACHER', `${path}: ${what}, which is not read as it is`, {
      hint: 'Keras: model.export("saved"), then tensorflowjs_converter --input_format=tf_saved_model ./saved ./converted; PyTorch: torch.onnx.export(model, (image,), "model.onnx").',
    });
  }
  if (path.endsWith('model.json')) {
    throw new NasDistillError('TEACHER', `${path}: give the directory of a TF.js model, not a file in it`);
  }
  return 'onnx';
}

const known = 'Give the directory of a TF.js model (with model.json) or an .onnx file.';

function converted(path: string, what: string, flags: string): NasDistillError {
  return new NasDistillError('TEACHER', `${path}: ${what}, which is not read as it is`, {
    hint: `Convert it (pip install tensorflowjs): tensorflowjs_converter ${flags}; then import ./converted.`,
  });
}
