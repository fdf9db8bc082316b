import type { DType, TensorSpec } from '../engines/Engine.js';
import type { ModelSpec } from './ModelSpec.js';

/** Element type of a model's input. */
export function inputType(spec: Pick<ModelSpec, 'inputKind'>): DType {
  return spec.inputKind === 'tokens' ? 'int32' : 'float32';
}

/** A batch of a model's inputs. */
export function inputSpec(spec: ModelSpec, batch: number): TensorSpec {
  return { shape: [batch, ...spec.input], dtype: inputType(spec) };
}

/** What the input of an exported model is called. */
export function inputName(spec: Pick<ModelSpec, 'inputKind'>): string {
  return spec.inputKind ?? 'image';
}
