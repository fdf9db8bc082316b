/**
 * Convolutions with the batch norms beside them: what lies between is computed a piece at a time, while it is in the cache, and never
 * written to memory as a whole. The passes over wide tensors are what two workers hinder each other by.
 */
export const normedConvolutions = `
// Rows of so many floats that are worked on at once: in the second cache, with what is made of them.
static int64_t rowsInCache(int64_t columns) {
  const int64_t rows = columns > 0 ? 49152 / columns : 1;
  return std::max<int64_t>(96, rows / 96 * 96);
}

// x [..., C], w [.., C, N], bias [N] or [0] -> y [..., N], and its mean and biased variance [N]
static void computeDenseMoments(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *in[3];
  if (!takeInputs<3>(&call, in)) return;
  const int64_t channels = rowsOf(in[1]), units = lastDim(in[1]), rows = rowsFor(in[0], channels);
  std::vector<int64_t> dims = Call::dimsOf(in[0]);
  dims.back() = units;
  TF_Tensor *y = call.output(0, dims), *mean = y ? call.output(1, {units}) : nullptr;
  TF_Tensor *variance = mean ? call.output(2, {units}) : nullptr;
  if (!variance) return;
  const Panels panels({floats(in[1]), units, 1}, units, channels);
  ChannelSums sums(units);
  const int64_t atOnce = rowsInCache(units);
  for (int64_t top = 0; top < rows; top += atOnce) {
    const int64_t some = std::min(atOnce, rows - top);
    float *to = floats(y) + top * units;
    panels.multiply(floats(in[0]) + top * channels, channels, to, units, some);
    if (count(in[2]) > 0) addBias(to, floats(in[2]), some, units);
    sums.addSquares(to, some * units);
  }
  sums.moments(rows, floats(mean), floats(variance));
}

// dz, y [..., N], mean, variance, gamma, beta, d gamma, d beta [N], x [..., C], w [1, 1, C, N] -> dx, dw: through a norm of y back
// to the convolution over points that made y of x.
static void computeNormPointGrad(void *kernel, TF_OpKernelContext *context) {
  const Normed &k = *static_cast<Normed *>(kernel);
  Call call(context);
  TF_Tensor *in[10];
  if (!takeInputs<10>(&call, in)) return;
  const int64_t channels = rowsOf(in[9]), units = lastDim(in[9]), rows = rowsFor(in[1], units);
  TF_Tensor *dx = call.outputLike(in[8], 0), *dw = dx ? call.outputLike(in[9], 1) : nullptr;
  if (!dw) return;
  Norm norm(in + 2, k.epsilon, k.activation);
  norm.take(floats(in[6]), floats(in[7]), rows);
  const Panels panels({floats(in[9]), 1, units}, channels, units);
  const int64_t atOnce = std::min<int64_t>(rowsInCache(units), depthAtOnce);
  std::vector<float> slopes(atOnce * units);
  if (rows == 0) memset(floats(dw), 0, count(dw) * sizeof(float));
  for (int64_t top = 0; top < rows; top += atOnce) {
    const int64_t some = std::min(atOnce, rows - top);
    normaliseGrad(norm, floats(in[0]) + top * units, floats(in[1]) + top * units, slopes.data(), some * units);
    multiply({floats(in[8]) + top * channels, 1, channels}, {slopes.data(), units, 1}, floats(dw), units, channels, units, some, 1, top > 0);
    panels.multiply(slopes.data(), units, floats(dx) + top * channels, channels, some);
  }
}

// x [N, H, W, C], w [kh, kw, C, 1] -> y [N, H', W', C], and its mean and biased variance [C]; with a norm, of activation(norm(x)):
// x, mean, variance, gamma, beta, w.
template <bool normed>
static void computeDepthwiseMoments(void *kernel, TF_OpKernelContext *context) {
  const Normed &k = *static_cast<Normed *>(kernel);
  const Sliding &s = k.window;
  Call call(context);
  TF_Tensor *in[6];
  if (!takeInputs<normed ? 6 : 2>(&call, in)) return;
  const Image all = imageOf(in[0]), one = {1, all.height, all.width, all.channels};
  TF_Tensor *y = call.output(0, {all.samples, s.out[0], s.out[1], all.channels}), *mean = y ? call.output(1, {all.channels}) : nullptr;
  TF_Tensor *variance = mean ? call.output(2, {all.channels}) : nullptr;
  if (!variance) return;
  const int64_t read = all.height * all.width * all.channels, written = int64_t{s.out[0]} * s.out[1] * all.channels;
  std::unique_ptr<Norm> norm;
  if (normed) norm.reset(new Norm(in + 1, k.epsilon, k.activation));
  std::vector<float> held(normed ? read : 0);
  ChannelSums sums(all.channels);
  for (int64_t n = 0; n < all.samples; n++) {
    const float *from = floats(in[0]) + n * read;
    float *to = floats(y) + n * written;
    if (normed) normalise(*norm, from, held.data(), read);
    slide(normed ? held.data() : from, floats(in[normed ? 5 : 1]), to, s, one, s.out[0], s.out[1]);
    sums.addSquares(to, written);
  }
  sums.moments(all.samples * s.out[0] * s.out[1], floats(mean), floats(variance));
}

// Back through a depthwise convolution of z = activation(norm(x)): dy [N, H', W', C], x [N, H, W, C], mean, variance, gamma, beta
// [C], w -> dz, dw, d gamma, d beta. With a norm after it, dy is the gradient of what that one returned, and follow: y, its
// mean, variance, gamma, beta, d gamma, d beta.
template <bool after>
static void computeNormDepthwiseGrad(void *kernel, TF_OpKernelContext *context) {
  const Normed &k = *static_cast<Normed *>(kernel);
  const Sliding &s = k.window;
  Call call(context);
  TF_Tensor *in[14], *out[4];
  if (!takeInputs<after ? 14 : 7>(&call, in)) return;
  for (int i = 0; i < 4; i++)
    if (!(out[i] = call.outputLike(in[i == 0 ? 1 : i == 1 ? 6 : 4], i))) return;
  const Image image = imageOf(in[1]), above = imageOf(in[0]), one = {1, image.height, image.width, image.channels};
  const Image oneAbove = {1, above.height, above.width, above.channels};
  const int64_t size = image.height * image.width * image.channels, sizeAbove = above.height * above.width * above.channels;
  const Norm norm(in + 2, k.epsilon, k.activation);
  std::unique_ptr<Norm> next;
  if (after) {
    next.reset(new Norm(in + 8, k.epsilonAfter, k.activationAfter));
    next->take(floats(in[12]), floats(in[13]), above.samples * above.height * above.width);
  }
  const bool strided = s.stride[0] > 1 || s.stride[1] > 1;
  const std::vector<float> turned = turnedFilter(floats(in[6]), s, image.channels);
  std::vector<float> held(size), slopes(after ? sizeAbove : 0);
  ChannelSums sums(image.channels);
  memset(floats(out[1]), 0, count(out[1]) * sizeof(float));
  for (int64_t n = 0; n < image.samples; n++) {
    const float *dy = floats(in[0]) + n * sizeAbove, *x = floats(in[1]) + n * size;
    float *dz = floats(out[0]) + n * size;
    if (after) {
      normaliseGrad(*next, dy, floats(in[7]) + n * sizeAbove, slopes.data(), sizeAbove);
      dy = slopes.data();
    }
    normalise(norm, x, held.data(), size);
    slideGradFilter(held.data(), dy, floats(out[1]), s, one, oneAbove);
    if (strided) gather(dy, floats(in[6]), dz, s, oneAbove, image.height, image.width);
    else slide(dy, turned.data(), dz, turnedWindow(s), oneAbove, image.height, image.width);
    sums.addSlopes(norm, dz, x, size);
  }
  sums.slopes(norm, floats(out[2]), floats(out[3]));
}
`;
