import type { Dataset } from '../data/Dataset.js';
import type { ModelContext } from '../models/ModelContext.js';

/** What a model of this data must fit. */
export function modelContext({ shape, classes, text }: Dataset): ModelContext {
  const context = { input: shape, classes: classes.length };
  return text === undefined ? context : { ...context, vocabulary: { size: text.vocabulary, unknown: text.unknown } };
}
