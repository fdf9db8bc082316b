import { parseSpace } from '../../../src/spaces/parseSpace.js';

/** No shipped space has groups or dilations. */
export const resnextSpace = parseSpace(
  `name: resnext
resolution: [16, 13]
stem: { block: conv, width: [8, 12], kernel: 3, stride: 1 }
stages:
  - { block: resnext, repeats: [1, 2], width: [16, 24, 32], stride: 2, kernel: [3, 5], group_width: [2, 4, 8], reduction: [1, 2], activation: [relu, hard_swish, silu], se: [0, 0.25] }
  - { block: resnext, repeats: [1, 2], width: [32, 40], dilation: [1, 2, 3], kernel: 3, group_width: [4, 10, 16], activation: [relu, hard_swish] }
head: { width: [0, 32] }
`,
  'resnext.yaml',
);
