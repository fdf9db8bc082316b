// Stored learning curves, fed to a pruner as one worker would.
/**
 * @param order trials with their rungs, in the order in which a sampler would have proposed them
 * @param objectivesOf (trial, rung) -> what the pruner is told
 * @param limit epochs after which nothing more is begun
 * @returns epochs that each trial trained, by its place in the order
 */
export function replay({ pruner, order, epochs, objectivesOf, limit = Infinity }) {
  const trained = new Map();
  let spent = 0;
  const train = (number, from) => {
    for (let epoch = from; epoch <= epochs; epoch++) {
      const report = { trial: number, epoch, objectives: objectivesOf(order[number], order[number].rungs[epoch - 1]) };
      const decision = epoch < epochs ? pruner.decide(report) : 'continue';
      pruner.record(report);
      spent++;
      trained.set(number, epoch);
      if (decision === 'pause') pruner.waiting.enter({ trial: number, epoch });
      if (decision !== 'continue') return;
    }
  };
  for (let next = 0; spent < limit;) {
    const waiting = pruner.waiting?.next(next >= order.length);
    if (waiting !== undefined) {
      pruner.waiting.leave(waiting);
      train(waiting.trial, waiting.epoch + 1);
    } else if (next < order.length) train(next++, 1);
    else break;
  }
  return trained;
}
