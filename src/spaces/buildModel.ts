import { NasDistillError } from '../core/errors.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import type { ChoiceValue, ModelContext } from './SearchSpace.js';
import { GraphBuilder } from './GraphBuilder.js';
import type { Value } from './GraphBuilder.js';
import type { BlockEntry } from './blocks/BlockEntry.js';
import { blocks } from './blocks/registry.js';
import type { Field, SpaceDefinition, StageDefinition } from './language/definition.js';
import { transformerLayer } from './blocks/transformerLayer.js';
import { headTaps } from './headTaps.js';
import { headSchema, resolutionSchema } from './language/headFields.js';

type Choices = Readonly<Record<string, ChoiceValue>>;
type Fields = Readonly<Record<string, ChoiceValue>>;

/** The value of a field under given choices; undefined where its choice is inactive and nothing replaces it. */
export function resolve(field: Field, choices: Choices): ChoiceValue | undefined {
  if (field.kind === 'literal') return field.value;
  return Object.hasOwn(choices, field.name) ? choices[field.name] : field.otherwise;
}

/**
 * The model that the choices describe. Taps: `stage1`.. are the outputs of the stages (a stage left out repeats the one
 * before), `embedding` is the pooled vector before the logits.
 * @param multiplier factor on every width, rounded to channels that are multiples of 8 (of 4 below 32).
 */
export function buildModel(space: SpaceDefinition, choices: Choices, context: ModelContext, multiplier = 1): ModelSpec {
  requireInput(space.name, samplesRead(space, choices), context);
  const builder = new GraphBuilder(context.input);
  const resolution = resolutionSchema.parse(resolve(space.resolution, choices));
  let x = builder.input;
  if (resolution !== 'input' && (resolution !== context.input[0] || resolution !== context.input[1])) {
    builder.enter('input', `resize to ${resolution}`);
    x = builder.resize(x, resolution);
  }
  let raw = false;
  for (const stage of [space.stem, ...space.stages]) {
    const repeats = Number(resolve(stage.repeats, choices) ?? 1);
    if (repeats > 0) {
      const block = blockOf(stage, choices);
      const fields = fieldsOf(stage.fields, choices, multiplier, block.fields);
      const count = block.repeatable ? repeats : 1;
      const later = count > 1 ? { ...fields, stride: 1 } : fields;
      for (let i = 1; i <= count; i++) {
        const prefix = stage === space.stem ? 'stem' : `${stage.name}.block${i}`;
        builder.enter(prefix, `${prefix} (${labelOf(block, fields, i)})`);
        x = block.build(builder, x, i === 1 ? fields : later, context);
      }
      if (block !== blocks.identity) raw = block.unnormalised;
    }
    if (stage !== space.stem) builder.tap(stage.name, x);
  }
  return finish(builder, x, raw, headSchema.parse(fieldsOf(space.head, choices, multiplier)), context.classes);
}

function finish(
  builder: GraphBuilder,
  input: Value,
  unnormalised: boolean,
  head: ReturnType<typeof headSchema.parse>,
  classes: number,
): ModelSpec {
  builder.enter('head', head.width > 0 ? `head (${head.width})` : 'head');
  let x = unnormalised ? builder.layerNorm(input) : input;
  if (x.shape.length === 3) {
    if (head.width > 0) x = builder.convNormAct(x, head.width, 1, 1, head.activation);
    x = builder.globalPool(x);
  } else {
    x = pooled(builder, x, head.pool);
    if (head.width > 0) x = builder.act(builder.dense(x, head.width), head.activation);
  }
  builder.tap('embedding', x);
  const answer = builder.dense(builder.dropout(x, head.dropout), classes);
  if (!head.distillation_token) return builder.finish(answer);
  builder.enter('token', 'distillation token');
  const taught = distillationHead(builder, input, classes);
  builder.tap(headTaps.labels, answer);
  builder.tap(headTaps.teacher, taught);
  return builder.finish(builder.meanOf([answer, taught]));
}

/**
 * Touvron et al.: DeiT, arXiv:2012.12877, section 4: a token that learns from the teacher, with a head of its own. Departs from
 * it in where the token enters: behind the last stage, in one transformer layer of its own (as the class token of CaiT,
 * arXiv:2103.17239), so that any blocks may stand before it; and in averaging the heads' logits, not their softmaxes.
 */
function distillationHead(builder: GraphBuilder, input: Value, classes: number): Value {
  const tokens = builder.withToken(builder.toTokens(input));
  const layer = { heads: 4, expansion: 1, activation: 'gelu', drop_path: 0 } as const;
  const token = builder.takeToken(transformerLayer(builder, tokens, layer), 0);
  return builder.dense(token, classes);
}

function pooled(builder: GraphBuilder, x: Value, how: 'mean' | 'max' | 'both'): Value {
  if (how === 'mean') return builder.globalPool(x);
  if (how === 'max') return builder.globalMax(x);
  return builder.concat([builder.globalPool(x), builder.globalMax(x)]);
}

/** What the models of a space read. */
export function samplesRead(space: SpaceDefinition, choices: Choices): 'images' | 'texts' {
  return blockOf(space.stem, choices).input === 'text' ? 'texts' : 'images';
}

/** @throws NasDistillError SPACE for data of the other kind */
function requireInput(name: string, made: 'images' | 'texts', { vocabulary }: ModelContext): void {
  const given = vocabulary === undefined ? 'images' : 'texts';
  if (made === given) return;
  throw new NasDistillError('SPACE', `space ${name} is for ${made}, the data holds ${given}`, {
    hint: `Choose another with --space; shipped for ${given}: ${given === 'texts' ? 'text-student, text-bilstm, text-cnn' : 'mobile-cnn, tiny-vit, resnet-convnext, attention-fusion'}.`,
  });
}

function blockOf(stage: StageDefinition, choices: Choices): BlockEntry {
  const name = String(resolve(stage.block, choices));
  const known: Readonly<Record<string, BlockEntry>> = blocks;
  return known[name];
}

/** The set fields (those that `applies` names), widths multiplied; what is left out takes the block's default. */
function fieldsOf(
  fields: Readonly<Record<string, Field>>,
  choices: Choices,
  multiplier: number,
  applies?: Readonly<Record<string, unknown>>,
): Fields {
  const out: Record<string, ChoiceValue> = {};
  for (const [key, field] of Object.entries(fields)) {
    if (applies !== undefined && !Object.hasOwn(applies, key)) continue;
    const value = resolve(field, choices);
    if (value === undefined) continue;
    out[key] = key === 'width' && typeof value === 'number' ? scaleWidth(value, multiplier) : value;
  }
  return out;
}

/** width * multiplier, rounded to a multiple of 8 (of 4 below 32), at least 4; 0 stays 0. */
export function scaleWidth(width: number, multiplier: number): number {
  if (multiplier === 1 || width === 0) return width;
  const scaled = width * multiplier;
  const step = scaled < 32 ? 4 : 8;
  return Math.max(4, Math.round(scaled / step) * step);
}

/** Fields that a label names, and by what. */
const shortNames = [
  ['width', 'w'],
  ['patch', 'p'],
  ['kernel', 'k'],
  ['kernels', 'k'],
  ['expansion', 'e'],
  ['heads', 'h'],
  ['reduction', 'r'],
  ['group_width', 'g'],
  ['se', 'se'],
  ['vocabulary', 'v'],
  ['inner', 'i'],
] as const;

/** Such as `inverted residual w24 k5 e4 s2`. */
function labelOf(block: BlockEntry, fields: Fields, index: number): string {
  let label = block.title;
  for (const [key, letter] of shortNames) {
    const value = fields[key];
    if (value !== undefined && value !== 0) label += ` ${letter}${value}`;
  }
  if (typeof fields.dilation === 'number' && fields.dilation > 1) label += ` d${fields.dilation}`;
  if (index === 1 && typeof fields.stride === 'number' && fields.stride > 1) label += ` s${fields.stride}`;
  return label;
}
