/** Taps of a model with two heads: the logits that labels teach, and those that the teacher does. */
export const headTaps = { labels: 'class_head', teacher: 'distillation_head' } as const;
