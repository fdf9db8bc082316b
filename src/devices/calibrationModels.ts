import type { Rng } from '../core/rng.js';
import type { ModelSpec } from '../models/ModelSpec.js';
import { loadSpace } from '../spaces/loadSpace.js';
import type { SearchSpace } from '../spaces/SearchSpace.js';
import { layerProbes } from './layerProbes.js';

/** The shipped spaces of images; beside them those of texts. Between them they use most layers. */
export const calibratingSpaces = ['mobile-cnn', 'tiny-vit', 'resnet-convnext', 'attention-fusion', 'minimal'] as const;
const textSpaces = ['text-cnn', 'text-bilstm', 'text-student'] as const;
/** Height, width, channels: what small data sets have, and one that is larger. */
const inputs = [
  [28, 28, 1],
  [32, 32, 3],
  [28, 28, 1],
  [56, 56, 3],
] as const;
/** Tokens of a text. */
const lengths = [32, 16, 64];
const vocabulary = { size: 2000, unknown: 1 };
/** Shares of the models that are probes of single layers, and that read texts. */
const probes = 0.2;
const texts = 0.12;

/**
 * Models to calibrate a device with: random architectures of the shipped spaces and of the user's own, for several sizes of
 * image, and probes of layers that they do not use; in an order in which every stretch holds all kinds.
 */
export function calibrationModels(count: number, rng: Rng, own: readonly SearchSpace[] = []): ModelSpec[] {
  const probed = Math.max(Math.round(probes * count), 1);
  const ofTexts = Math.max(Math.round(texts * count), textSpaces.length);
  const images = [...calibratingSpaces.map((name) => loadSpace(name)), ...own];
  const drawn = [
    ...draw(images, Math.max(count - probed - ofTexts, images.length), rng),
    ...draw(
      textSpaces.map((name) => loadSpace(name)),
      ofTexts,
      rng,
    ),
  ];
  return rng.shuffle([...drawn, ...layerProbes(rng, probed)]);
}

/** The spaces in turn, for one size of input after the other. */
function draw(spaces: readonly SearchSpace[], count: number, rng: Rng): ModelSpec[] {
  return Array.from({ length: count }, (_, i) => {
    const space = spaces[i % spaces.length];
    const round = Math.floor(i / spaces.length);
    const context =
      space.samples === 'images'
        ? { input: inputs[round % inputs.length], classes: 10 }
        : { input: [lengths[round % lengths.length]], classes: 10, vocabulary };
    return space.toModelSpec(space.sample(rng), context);
  });
}
