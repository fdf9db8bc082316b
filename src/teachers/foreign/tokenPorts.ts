import { NasDistillError } from '../../core/errors.js';
import type { ForeignGraph, ForeignPort } from '../../engines/foreign/ForeignGraph.js';
import type { GraphParts, TokenPort } from '../TeacherRecord.js';
import { showDims } from './showDims.js';

/** What an input of a text model is for; the names that exporters give it. */
export const tokenInputs = {
  ids: /^(input_?ids|ids|tokens|token_?ids|input|input\.1)$/i,
  mask: /mask/i,
  types: /(token_?)?types?(_?ids)?$|segment/i,
  positions: /position/i,
} as const;
export type TokenInput = keyof typeof tokenInputs;

/** The token texts that a model will read. */
export interface TokenSample {
  /** Tokens of a text. */
  readonly length: number;
  /** The id that padding has in the model, if it is not 0. */
  readonly padding?: number;
}

const integerTypes: Readonly<Record<string, TokenPort['type'] | undefined>> = { INT64: 'int64', INT32: 'int32' };

/** Whether the inputs are those of a model that reads ids of tokens: all of them [batch, tokens], the ids integers. */
export function readsTokens({ inputs }: Pick<ForeignGraph, 'inputs'>): boolean {
  return inputs.some(({ type, dims }) => integerTypes[type] !== undefined && dims.length === 2);
}

/**
 * Tells apart the inputs of a text model: the ids of its tokens, the mask of what is not padding, segments and positions.
 * @param named inputs by what they are for, where their names do not tell
 * @throws NasDistillError TEACHER naming an input that is not understood, or a number of tokens that does not fit
 */
export function readTokenPorts(
  where: string,
  { inputs }: Pick<ForeignGraph, 'inputs'>,
  named: Readonly<Partial<Record<TokenInput, string>>>,
  sample: TokenSample,
): Pick<GraphParts, 'input' | 'batch'> & { tokens: NonNullable<GraphParts['tokens']> } {
  const ports: Partial<Record<TokenInput, ForeignPort>> = {};
  for (const [kind, name] of Object.entries(named) as [TokenInput, string][]) {
    ports[kind] = inputs.find((port) => port.name === name);
    if (ports[kind] === undefined) throw unknownInput(where, name, inputs);
  }
  const asked = new Set(Object.values(named));
  for (const port of inputs.filter(({ name }) => !asked.has(name))) {
    const kind = inputs.length === 1 ? 'ids' : kindOf(port.name);
    if (kind === undefined || ports[kind] !== undefined) throw unclear(where, port, inputs);
    ports[kind] = port;
  }
  const { ids, mask, types, positions } = ports;
  if (ids === undefined) throw unclear(where, inputs[0], inputs);
  const type = integerTypes[ids.type];
  if (type === undefined) throw wrongShape(where, ids);
  for (const port of inputs) checkPort(where, port, sample);
  const port = (of: ForeignPort | undefined) =>
    of && { name: of.name, type: integerTypes[of.type] ?? ('float32' as const) };
  return {
    input: ids.name,
    batch: inputs.map(({ dims }) => dims[0]).find((size) => size !== null) ?? null,
    tokens: {
      type,
      length: sample.length,
      ...(sample.padding === undefined ? {} : { padding: sample.padding }),
      ...defined({ mask: port(mask), types: port(types), positions: port(positions) }),
    },
  };
}

function kindOf(name: string): TokenInput | undefined {
  return (Object.keys(tokenInputs) as TokenInput[]).find((kind) => tokenInputs[kind].test(name));
}

function checkPort(where: string, port: ForeignPort, { length }: TokenSample): void {
  if (port.dims.length !== 2 || (integerTypes[port.type] === undefined && port.type !== 'FLOAT')) {
    throw wrongShape(where, port);
  }
  const fixed = port.dims[1];
  if (fixed === null || fixed === length) return;
  throw new NasDistillError(
    'TEACHER',
    `${where}: its input ${port.name} takes ${fixed} tokens, the data has ${length}`,
    {
      hint: `Open the data with --tokens ${fixed}, or export the model with an open length.`,
    },
  );
}

const listOf = (inputs: readonly ForeignPort[]) =>
  inputs.map((port) => `${port.name} ${port.type} [${showDims(port)}]`).join('; ');

function wrongShape(where: string, port: ForeignPort): NasDistillError {
  return new NasDistillError(
    'TEACHER',
    `${where}: its input ${port.name} is ${port.type} [${showDims(port)}], ids INT64 or INT32 [batch, tokens] are needed`,
    { hint: 'Export a classifier that reads input_ids and, if it must, attention_mask and token_type_ids.' },
  );
}

function unknownInput(where: string, name: string, inputs: readonly ForeignPort[]): NasDistillError {
  return new NasDistillError('TEACHER', `${where}: it has no input "${name}"`, {
    hint: `Its inputs: ${listOf(inputs)}.`,
  });
}

function unclear(where: string, port: ForeignPort, inputs: readonly ForeignPort[]): NasDistillError {
  return new NasDistillError('TEACHER', `${where}: what its input ${port.name} is for is not clear`, {
    hint: `Say it: --inputs ids=NAME,mask=NAME,types=NAME,positions=NAME. Its inputs: ${listOf(inputs)}.`,
  });
}

function defined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
