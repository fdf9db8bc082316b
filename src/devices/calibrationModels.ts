import type { Rng } from '../core/rng.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { loadSpace } from '../spaces/loadSpace.js';
import type { SearchSpace } from '../spaces/SearchSpace.js';
import { layerProbes } from './layerProbes.js';

/** The shipped spaces of image models; between them they use most layers. */
export const calibratingSpaces = ['mobile-cnn', 'tiny-vit', 'resnet-convnext', 'attention-fusion', 'minimal'] as const;
/** Height, width, channels: what small data sets have, and one that is larger. */
const inputs = [
  [28, 28, 1],
  [32, 32, 3],
  [28, 28, 1],
  [56, 56, 3],
] as const;
/** Share of the models that are probes of single layers. */
const probes = 0.2;

/**
 * Models to calibrate a device with: random architectures of the shipped spaces and of the user's own, for several sizes of
 * image, and probes of layers that they do not use; in an order in which every stretch holds all kinds.
 */
export function calibrationModels(count: number, rng: Rng, own: readonly SearchSpace[] = []): ModelSpec[] {
  const all = [...calibratingSpaces.map((name) => loadSpace(name)), ...own];
  const probed = Math.max(Math.round(probes * count), 1);
  const drawn = Array.from({ length: Math.max(count - probed, all.length) }, (_, i) => {
    const space = all[i % all.length];
    const input = inputs[Math.floor(i / all.length) % inputs.length];
    return space.toModelSpec(space.sample(rng), { input, classes: 10 });
  });
  return rng.shuffle([...drawn, ...layerProbes(rng, probed)]);
}
