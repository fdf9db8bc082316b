import { readdirSync, readFileSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../core/digest.js';
import { NasDistillError, messageOf } from '../../../core/errors.js';
import { digestOfFile } from '../../../core/fileSlices.js';
import type { ForeignGraph, ForeignPort } from '../../foreign/ForeignGraph.js';
import { checkOperators } from './checkOperators.js';
import { openSavedModel } from './openSavedModel.js';
import { decodeSavedModel, type MetaGraph, type TensorInfo } from './proto.js';

/** A SavedModel, checked. */
export interface SavedModelGraph extends ForeignGraph {
  /** What it consists of, relative to its directory. */
  readonly files: readonly string[];
}

const tag = 'serve';
const usual = 'serving_default';

/**
 * Reads a TensorFlow SavedModel as data: its files, the signature `serving_default` (or the only one), and every operator
 * that would run are checked before TensorFlow sees it.
 * @param dir holds saved_model.pb and variables/
 * @throws NasDistillError MODEL naming what is wrong with it
 */
export function readSavedModel(dir: string): SavedModelGraph {
  const files = filesOf(dir);
  const meta = servedGraph(dir, decode(dir));
  const [name, signature] = signatureOf(dir, meta);
  const outputs = Object.entries(signature.outputs);
  checkOperators(
    dir,
    meta,
    outputs.map(([, { name: tensor }]) => tensor),
  );
  const digests = files.map((file) => `${file} ${digestOfFile(join(dir, file))}\n`);
  const ports = { inputs: portsOf(signature.inputs), outputs: portsOf(signature.outputs) };
  return {
    where: dir,
    files,
    digest: sha256(digests.join('')),
    params: paramsOf(meta),
    producer: `TensorFlow ${meta.info?.version ?? ''}`.trim(),
    ...ports,
    values: outputs.map(([output]) => ({ name: output, op: '' })),
    open: ({ wanted }) =>
      openSavedModel({ dir, tag, signature: name, inputs: signature.inputs, outputs: signature.outputs, wanted }),
  };
}

/** Its graph, variables and assets; a link among them would lead elsewhere once it is copied. */
function filesOf(dir: string): string[] {
  const files: string[] = [];
  const list = (folder: string) => {
    for (const { name } of readdirSync(join(dir, folder), { withFileTypes: true })) {
      const file = folder === '' ? name : `${folder}/${name}`;
      const kind = lstatSync(join(dir, file));
      if (kind.isSymbolicLink()) {
        throw new NasDistillError('MODEL', `${dir}: ${file} is a link`, { hint: 'Copy the model with its files.' });
      }
      if (kind.isDirectory()) list(file);
      else if (file === 'saved_model.pb' || file.startsWith('variables/')) files.push(file);
    }
  };
  list('');
  if (!files.some((file) => file.endsWith('.index'))) {
    throw new NasDistillError('MODEL', `${dir}: variables/variables.index is missing`, {
      hint: 'Give the whole directory that tf.saved_model.save (Keras: model.export) wrote.',
    });
  }
  return files.sort();
}

function decode(dir: string): MetaGraph[] {
  const file = join(dir, 'saved_model.pb');
  try {
    return decodeSavedModel(readFileSync(file));
  } catch (error) {
    throw new NasDistillError('MODEL', `${file}: not a SavedModel, or cut short (${messageOf(error).split('\n')[0]})`, {
      hint: 'Export it again: tf.saved_model.save(model, "saved"), or with Keras model.export("saved").',
      cause: error,
    });
  }
}

function servedGraph(dir: string, graphs: readonly MetaGraph[]): MetaGraph {
  const found = graphs.find(({ info }) => info?.tags.length === 1 && info.tags[0] === tag);
  if (found !== undefined) return found;
  const tags = graphs.map(({ info }) => info?.tags.join('+') || 'none').join(', ');
  throw new NasDistillError('MODEL', `${dir}: it has no graph with the tag ${tag} alone (it has: ${tags})`, {
    hint: 'Export it for serving: tf.saved_model.save(model, "saved").',
  });
}

function signatureOf(dir: string, { signatures }: MetaGraph): [string, MetaGraph['signatures'][string]] {
  const own = Object.entries(signatures).filter(([name]) => !name.startsWith('__'));
  const found = own.find(([name]) => name === usual) ?? (own.length === 1 ? own[0] : undefined);
  if (found !== undefined) return found;
  throw new NasDistillError('MODEL', `${dir}: it has no signature ${usual} (it has: ${own.map(([name]) => name).join(', ') || 'none'})`, {
    hint: 'Save it with one: tf.saved_model.save(model, "saved", signatures={"serving_default": model.serve}).',
  }); // prettier-ignore
}

/** tensorflow/core/framework/types.proto, in ONNX's words. */
const types: Readonly<Record<number, string | undefined>> = { 1: 'FLOAT', 3: 'INT32', 4: 'UINT8', 7: 'STRING', 9: 'INT64', 19: 'FLOAT16' }; // prettier-ignore
const float32Type = 1;

function portsOf(infos: Readonly<Record<string, TensorInfo>>): ForeignPort[] {
  return Object.entries(infos).map(([name, { dtype, shape }]) => ({
    name,
    type: types[dtype] ?? `type ${dtype}`,
    dims: (shape?.dims ?? []).map(({ size }) => (size > 0 ? size : null)),
  }));
}

/** Values of its float32 variables, wherever they are made. */
function paramsOf({ graph }: MetaGraph): number {
  const shapes = graph.nodes
    .filter(({ op, attributes }) => /^Var(Handle|iable)/.test(op) && attributes.dtype?.type === float32Type)
    .map(({ attributes }) => attributes.shape?.shape?.dims ?? []);
  return shapes.reduce((sum, dims) => sum + dims.reduce((n, { size }) => n * size, 1), 0);
}
