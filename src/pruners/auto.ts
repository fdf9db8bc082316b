/** Epochs from which on a trial is long enough to decide on before its end more than once. */
const enough = 4;

/**
 * What the pruner `auto`, the default, stands for: MO-ASHA where a trial trains at least four epochs, so that decisions fall after
 * epochs 1 and 3 and what goes on was seen twice; in shorter trials none. Measured in docs/ablation.md. A study stores the
 * name that it stood for when it began.
 */
export function autoPruner(epochs: number): 'moasha' | 'none' {
  return epochs >= enough ? 'moasha' : 'none';
}
