import { z } from 'zod';

export const pair = z.union([z.number(), z.tuple([z.number(), z.number()])]);
export const padding = z.union([
  z.number(),
  z.enum(['same', 'valid']),
  z.tuple([
    z.tuple([z.number(), z.number()]),
    z.tuple([z.number(), z.number()]),
    z.tuple([z.number(), z.number()]),
    z.tuple([z.number(), z.number()]),
  ]),
]);
export const roundingMode = z
  .enum(['floor', 'round', 'ceil'])
  .nullish()
  .transform((m) => m ?? undefined);
const shape4d = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/** The attributes that tfjs gives to the gradient kernels of both convolutions (only NHWC, as in tfjs-backend-wasm). */
const common = z.object({
  strides: pair,
  pad: padding,
  dilations: pair.nullish().transform((d) => d ?? 1),
  dimRoundingMode: roundingMode,
  dataFormat: z.literal('NHWC').optional(),
});
export const filterGradientAttributes = common.extend({ filterShape: shape4d });
export const inputGradientAttributes = common.extend({ inputShape: shape4d });

/** A rank-4 shape, checked. */
export function shapeOf4d(tensor: { shape: number[] }): [number, number, number, number] {
  return shape4d.parse(tensor.shape);
}
