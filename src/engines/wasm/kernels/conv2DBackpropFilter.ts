import { backend_util, type KernelConfig, type TensorInfo } from '../../tf.js';
import { sizeOf, type SimdKernels } from '../simd/SimdKernels.js';
import { filterGradientAttributes, shapeOf4d } from '../../convAttributes.js';
import { product } from './product.js';
import { simdKernel } from './simdKernel.js';

type ConvInfo = ReturnType<typeof backend_util.computeConv2DInfo>;

/** dW[i,j,c,k] = sum over b,y,x of x[b, y*s+i, x*s+j, c] * dy[b,y,x,k]. */
export function conv2DBackpropFilter(): KernelConfig {
  return simdKernel('Conv2DBackpropFilter', (given, attrs, simd) => {
    const [x, dy] = [given('x'), given('dy')];
    const a = filterGradientAttributes.parse(attrs);
    const info = backend_util.computeConv2DInfo(shapeOf4d(x), a.filterShape, a.strides, 1, a.pad, a.dimRoundingMode);
    const out = simd.output(a.filterShape);
    if (sizeOf(x) === 0 || sizeOf(dy) === 0) simd.floats(simd.at(out), sizeOf(out)).fill(0);
    else if (isPointwise(info)) multiplyPositions(simd, x, dy, info, out);
    else sumTaps(simd, x, dy, info, out);
    return out;
  });
}

/** A 1x1 filter: one product over all positions, x^T dy. */
function multiplyPositions(simd: SimdKernels, x: TensorInfo, dy: TensorInfo, info: ConvInfo, out: TensorInfo): void {
  const { inChannels, outChannels } = info;
  product(simd, {
    a: { at: simd.at(x), stride: 4, kStride: 4 * inChannels },
    b: { at: simd.at(dy), stride: 4, kStride: 4 * outChannels },
    c: simd.at(out),
    rows: inChannels,
    columns: outChannels,
    depth: sizeOf(x) / inChannels,
  });
}

/** Image by image, both laid out so that what a tile of four channels and eight filters reads lies in the first cache. */
function sumTaps(simd: SimdKernels, x: TensorInfo, dy: TensorInfo, info: ConvInfo, out: TensorInfo): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } =
    info;
  const { strideHeight, strideWidth, padInfo } = info;
  const reach = (size: number, before: number, outSize: number, stride: number, filter: number) =>
    Math.max(before + size, (outSize - 1) * stride + filter);
  const paddedHeight = reach(inHeight, padInfo.top, outHeight, strideHeight, filterHeight);
  const paddedWidth = reach(inWidth, padInfo.left, outWidth, strideWidth, filterWidth);
  const [planes, panels] = [Math.ceil(inChannels / 4), Math.ceil(outChannels / 8)];
  const rowBytes = 16 * paddedWidth;
  const planeBytes = rowBytes * paddedHeight;
  const panelFloats = 8 * panels * outHeight * outWidth;
  const sumFloats = filterHeight * filterWidth * 4 * planes * 8 * panels;
  const image = simd.scratch(planes * planeBytes + 4 * (panelFloats + sumFloats));
  simd.floats(image, (planes * planeBytes) / 4).fill(0);
  const panelsAt = image + planes * planeBytes;
  const sums = panelsAt + 4 * panelFloats;
  for (let n = 0; n < batchSize; n++) {
    simd.call.packPlanes({
      source: simd.at(x) + 4 * n * inHeight * inWidth * inChannels,
      height: inHeight,
      width: inWidth,
      channels: inChannels,
      target: image + padInfo.top * rowBytes + 16 * padInfo.left,
      rowBytes,
      planeBytes,
    });
    simd.call.pack({
      source: simd.at(dy) + 4 * n * outHeight * outWidth * outChannels,
      stride: 4,
      kStride: 4 * outChannels,
      size: outChannels,
      depth: outHeight * outWidth,
      width: 8,
      target: panelsAt,
    });
    simd.call.addFilterGradient({
      x: image,
      planes,
      planeBytes,
      dy: panelsAt,
      panels,
      outHeight,
      outWidth,
      filterHeight,
      filterWidth,
      rowStep: strideHeight * rowBytes,
      pixelStep: 16 * strideWidth,
      tapRow: rowBytes,
      tapPixel: 16,
      sums,
      more: n > 0 ? 1 : 0,
    });
  }
  const from = simd.floats(sums, sumFloats);
  const to = simd.floats(simd.at(out), sizeOf(out));
  for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
    for (let c = 0; c < inChannels; c++) {
      const row = (tap * 4 * planes + c) * 8 * panels;
      to.set(from.subarray(row, row + outChannels), (tap * inChannels + c) * outChannels);
    }
  }
}

function isPointwise(info: ConvInfo): boolean {
  const { filterHeight, filterWidth, inHeight, inWidth, outHeight, outWidth, padInfo } = info;
  return (
    filterHeight * filterWidth === 1 &&
    inHeight === outHeight &&
    inWidth === outWidth &&
    padInfo.top === 0 &&
    padInfo.left === 0
  );
}
