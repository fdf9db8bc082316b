// What the tables of bench:methods say, in sentences whose figures are taken from the runs.
import { methods } from './methodsList.mjs';
import { pairs } from './methodsPairs.mjs';

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const points = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
const name = (method) => methods[method].title;

/** @returns one paragraph each; none of what was not measured */
export function findings(data) {
  const { runs } = data;
  const of = (pair, method) => runs.filter((run) => run.pair === pair && run.method === method && !run.diverged);
  const has = (pair, ...list) => list.every((method) => of(pair, method).length > 0);
  const accuracy = (pair, method) => 100 * mean(of(pair, method).map((run) => run.accuracy));
  const percent = (pair, method) => `${accuracy(pair, method).toFixed(1)} %`;
  const gain = (pair, method, control = 'none') => {
    const base = new Map(of(pair, control).map((run) => [run.seed, run.accuracy]));
    const paired = of(pair, method).filter(({ seed }) => base.has(seed));
    return 100 * mean(paired.map((run) => run.accuracy - base.get(run.seed)));
  };
  return [everywhere(), temperature(), likeness(), stability(), layers(), mixing(), fusion(), sizes()].filter(
    (text) => text !== undefined,
  );

  /** Which methods gain, or lose, in all pairs. */
  function everywhere() {
    const measured = Object.keys(pairs).filter((pair) => has(pair, 'none'));
    const shared = Object.keys(methods).filter((method) => method !== 'none' && measured.every((pair) => has(pair, method))); // prettier-ignore
    if (measured.length < 2 || shared.length === 0) return undefined;
    const gains = new Map(shared.map((method) => [method, measured.map((pair) => gain(pair, method))]));
    const range = ([method, values]) =>
      `${name(method)} (${points(Math.min(...values))} to ${points(Math.max(...values))})`;
    const all = (test) => [...gains].filter(([, values]) => values.every(test)).sort(([, a], [, b]) => mean(b) - mean(a)).map(range); // prettier-ignore
    const better = all((value) => value > 0);
    const worse = all((value) => value < 0).reverse();
    return [
      `Of ${shared.length} methods that all ${measured.length} pairs have, these gained in each, in points: ${better.join(', ') || 'none'}.`,
      `These lost in each: ${worse.join(', ') || 'none'}.`,
    ].join(' ');
  }

  function temperature() {
    const pair = 'vit-cnn';
    const sweep = ['kd-t1', 'kd-t2', 'kd', 'kd-t8'];
    if (!has(pair, 'none', ...sweep)) return undefined;
    const { sure } = data.pairs[pair].teacher;
    const temperatures = [1, 2, 4, 8];
    const others = Object.keys(pairs).filter((other) => other !== pair && has(other, 'none', 'kd'));
    return [
      `kd from a ViT gains ${sweep.map((method, i) => `${points(gain(pair, method))} at T ${temperatures[i]}`).join(', ')}; from other teachers at T 4 ${others.map((other) => `${points(gain(other, 'kd'))} (${pairs[other].title})`).join(', ')}.`,
      ...(sure === undefined ? [] : [`The ViT is right on ${(100 * sure.right).toFixed(0)} % of what the students see of the training samples, and its largest probability is ${temperatures.map((t) => `${sure.largest[t].toFixed(2)} at T ${t}`).join(', ')} on average.`]), // prettier-ignore
      ...(has(pair, 'kd-labels', 'kd-unscaled', 'kd-late', 'kd-alone')
        ? [
            `At T 4, labels at their full weight beside kd make it ${points(gain(pair, 'kd-labels'))}, kd without its factor T² (which leaves it a sixteenth of its weight) ${points(gain(pair, 'kd-unscaled'))}, kd that rises from nothing ${points(gain(pair, 'kd-late'))}, kd without labels ${points(gain(pair, 'kd-alone'))}.`,
          ]
        : []),
      'At T 4 soft targets pull as hard at samples that a brief student already gets right as at those that it gets wrong, labels four times less ([recipes](recipes.md#brief-trials-learning-rate-and-losses)); dist asks for the order and spacing of the outputs, not for their size.',
    ].join(' ');
  }

  function likeness() {
    const known = Object.keys(pairs).filter((pair) => has(pair, 'none', 'similarity'));
    if (known.length === 0) return undefined;
    const gains = known.map((pair) => `${points(gain(pair, 'similarity'))} (${pairs[pair].title})`);
    // The share was counted over 50 batches of 64 of the ViT's embeddings that bench:methods had cached.
    return `similarity depends on what is compared: ${gains.join(', ')}. Of the dot products between a ViT's embeddings of a batch 52 % are negative; those of a CNN's embeddings, which stand behind a ReLU, never are, so a CNN cannot follow a ViT there, and a weight of 3000 drowns the labels.`;
  }

  function stability() {
    const pair = 'vit-cnn';
    const arms = ['fast', 'fast-unclipped', 'fast-unwarmed', 'fast-bare'];
    if (!arms.every((method) => runs.some((run) => run.pair === pair && run.method === method))) return undefined;
    const lost = (method) => runs.filter((run) => run.pair === pair && run.method === method && run.diverged).length;
    const said = (method) => `${of(pair, method).length === 0 ? 'no run ended' : percent(pair, method)}${lost(method) > 0 ? ` (${lost(method)} diverged)` : ''}`; // prettier-ignore
    return `At ten times the learning rate, recipe default reaches ${said('fast')} with clipping and warm-up, ${said('fast-unclipped')} without clipping, ${said('fast-unwarmed')} without warm-up and ${said('fast-bare')} without both; at the usual rate ${percent(pair, 'default')}.`;
  }

  function layers() {
    const pair = 'vit-cnn';
    const noisy = of(pair, 'layers-noise');
    if (noisy.length === 0) return undefined;
    const weight = (tap) => mean(noisy.map(({ weights }) => weights[`weight_attended-layers.${tap}`]));
    const others = pairs[pair].taps.layers;
    return `Of five layers that began at 0.20 each, the one of pure noise ended at ${weight('noise').toFixed(2)} (${others.map((tap) => `${tap} ${weight(tap).toFixed(2)}`).join(', ')}).`;
  }

  function mixing() {
    const pair = 'vit-cnn';
    if (!has(pair, 'mixup-none', 'mixup-default', 'cutmix-none', 'cutmix-default')) return undefined;
    return `Mixup and CutMix change what labels alone reach by ${points(gain(pair, 'mixup-none'))} and ${points(gain(pair, 'cutmix-none'))}; on mixed images the teacher adds ${points(gain(pair, 'mixup-default', 'mixup-none'))} and ${points(gain(pair, 'cutmix-default', 'cutmix-none'))}, on plain ones ${points(gain(pair, 'default'))}.`;
  }

  function fusion() {
    const pair = 'vit-cnn';
    if (!has(pair, 'fusion-none', 'fusion-default', 'plain-none', 'plain-default')) return undefined;
    return `Attention in the last stage of a CNN instead of convolutions makes ${points(gain(pair, 'fusion-none', 'plain-none'))} without a teacher and ${points(gain(pair, 'fusion-default', 'plain-default'))} with one; the teacher adds ${points(gain(pair, 'fusion-default', 'fusion-none'))} with attention and ${points(gain(pair, 'plain-default', 'plain-none'))} without.`;
  }
  function sizes() {
    const kept = Object.keys(pairs).filter((pair) => has(pair, 'default')).map((pair) => {
      const { teacher, student, steps } = data.pairs[pair];
      const brief = accuracy(pair, 'default') / teacher.accuracy;
      const whole = data.full[pair]?.taught === undefined ? '' : `, ${((100 * data.full[pair].taught) / data.full[pair].teacher.accuracy).toFixed(0)} % on all samples`; // prettier-ignore
      return `${pairs[pair].title} 1/${(teacher.params / student.params).toFixed(0)} of the parameters, 1/${(steps.teacher / steps.student).toFixed(0)} of the time of a step, ${brief.toFixed(0)} % of the accuracy in the brief training${whole}`;
    }); // prettier-ignore
    return kept.length === 0
      ? undefined
      : `What small students keep of their teachers under recipe default: ${kept.join('; ')}.`;
  }
}
