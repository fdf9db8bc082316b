import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { NasDistillError } from '../core/errors.js';

/** The formats of other tools that are read as they are. */
export type ModelSource = 'tfjs' | 'onnx' | 'saved-model';

/**
 * What lies at a path, told by its content: a directory with model.json, a SavedModel's directory, or an ONNX file.
 * @throws NasDistillError TEACHER for formats that must be converted first, with the command that does
 */
export function modelSource(path: string): ModelSource {
  if (!existsSync(path)) throw new NasDistillError('TEACHER', `${path}: missing`, { hint: known });
  if (statSync(path).isDirectory()) {
    if (existsSync(join(path, 'model.json'))) return 'tfjs';
    if (existsSync(join(path, 'saved_model.pbtxt'))) {
      throw converted(path, 'a SavedModel in text form', `--input_format=tf_saved_model ${path} ./converted`);
    }
    return existsSync(join(path, 'saved_model.pb')) ? 'saved-model' : 'tfjs';
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

const known = 'Give the directory of a TF.js model (with model.json) or of a SavedModel, or an .onnx file.';

function converted(path: string, what: string, flags: string): NasDistillError {
  return new NasDistillError('TEACHER', `${path}: ${what}, which is not read as it is`, {
    hint: `Convert it (pip install tensorflowjs): tensorflowjs_converter ${flags}; then import ./converted.`,
  });
}
