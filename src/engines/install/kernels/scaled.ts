/** Channels times a number, plus a bias, with an activation behind: alone, or on what a convolution has just made. */
export const scaled = `
// x times scale where there is one, plus shift: a norm about 0.
static Norm scaling(TF_Tensor *scale, TF_Tensor *shift, int activation) {
  Norm norm(lastDim(shift), activation);
  const std::vector<float> zeros(norm.channels), ones(norm.channels, 1.0f);
  norm.tile(&norm.mean, zeros.data());
  norm.tile(&norm.scale, scale ? floats(scale) : ones.data());
  norm.tile(&norm.beta, floats(shift));
  return norm;
}

// x [..., C], scale [C] where there is one, shift [C] -> [..., C]
template <bool scales>
static void computeScale(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *in[3];
  if (!takeInputs<scales ? 3 : 2>(&call, in)) return;
  TF_Tensor *y = call.outputLike(in[0]);
  if (y && count(y) > 0)
    normalise(scaling(scales ? in[1] : nullptr, in[scales ? 2 : 1], static_cast<Normed *>(kernel)->activation), floats(in[0]), floats(y), count(y));
}

// x [..., C], w [.., C, N], bias [N] or [0], scale, shift [N] -> [..., N]
template <bool scales>
static void computeDenseScaled(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *in[5];
  if (!takeInputs<scales ? 5 : 4>(&call, in)) return;
  const int64_t channels = rowsOf(in[1]), units = lastDim(in[1]), rows = rowsFor(in[0], channels);
  std::vector<int64_t> dims = Call::dimsOf(in[0]);
  dims.back() = units;
  TF_Tensor *y = call.output(0, dims);
  if (!y) return;
  const Norm norm = scaling(scales ? in[3] : nullptr, in[scales ? 4 : 3], static_cast<Normed *>(kernel)->activation);
  const Panels panels({floats(in[1]), units, 1}, units, channels);
  const int64_t atOnce = rowsInCache(units);
  for (int64_t top = 0; top < rows; top += atOnce) {
    const int64_t some = std::min(atOnce, rows - top);
    float *to = floats(y) + top * units;
    panels.multiply(floats(in[0]) + top * channels, channels, to, units, some);
    if (count(in[2]) > 0) addBias(to, floats(in[2]), some, units);
    normalise(norm, to, to, some * units);
  }
}

// x [N, H, W, C], w [kh, kw, C, 1], scale, shift [C] -> [N, H', W', C]
template <bool scales>
static void computeDepthwiseScaled(void *kernel, TF_OpKernelContext *context) {
  const Normed &k = *static_cast<Normed *>(kernel);
  const Sliding &s = k.window;
  Call call(context);
  TF_Tensor *in[4];
  if (!takeInputs<scales ? 4 : 3>(&call, in)) return;
  const Image all = imageOf(in[0]), one = {1, all.height, all.width, all.channels};
  TF_Tensor *y = call.output(0, {all.samples, s.out[0], s.out[1], all.channels});
  if (!y) return;
  const Norm norm = scaling(scales ? in[2] : nullptr, in[scales ? 3 : 2], k.activation);
  const int64_t read = all.height * all.width * all.channels, written = int64_t{s.out[0]} * s.out[1] * all.channels;
  for (int64_t n = 0; n < all.samples; n++) {
    float *to = floats(y) + n * written;
    slide(floats(in[0]) + n * read, floats(in[1]), to, s, one, s.out[0], s.out[1]);
    normalise(norm, to, to, written);
  }
}
`;
