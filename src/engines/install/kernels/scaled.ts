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

// The largest values at so many points (as many as there are, with 0); a NaN is never hidden.
template <int points>
static inline __attribute__((always_inline)) void maximumOf(const float *const *from, int count, float *y, int64_t channels) {
  for (int64_t c = 0; c < channels; c += 8) {
    const int64_t width = std::min<int64_t>(channels - c, 8);
    Eight most = loadEight(from[0] + c, width);
#pragma GCC unroll 9
    for (int i = 1; i < (points > 0 ? points : count); i++) {
      const Eight value = loadEight(from[i] + c, width);
      most = value <= most ? most : (most == most ? value : most);
    }
    storeEight(y + c, most, width);
  }
}

// The largest values of windows of one image.
MULTIPLIED static void slideMaximum(const float *x, float *y, const Sliding &s, const Image &in) {
  const int64_t channels = in.channels;
  std::vector<const float *> from(s.size[0] * s.size[1]);
  for (int64_t r = 0; r < s.out[0]; r++) {
    const int64_t top = r * s.stride[0] - s.before[0], i0 = firstInside(top), i1 = endInside(top, s.size[0], in.height);
    for (int64_t q = 0; q < s.out[1]; q++, y += channels) {
      const int64_t left = q * s.stride[1] - s.before[1], j0 = firstInside(left), j1 = endInside(left, s.size[1], in.width);
      int points = 0;
      for (int64_t i = i0; i < i1; i++)
        for (int64_t j = j0; j < j1; j++) from[points++] = x + ((top + i) * in.width + left + j) * channels;
      if (points == 4) maximumOf<4>(from.data(), points, y, channels);
      else if (points == 9) maximumOf<9>(from.data(), points, y, channels);
      else maximumOf<0>(from.data(), points, y, channels);
    }
  }
}

// x [N, H, W, C] -> [N, H', W', C]; with a bias [C], that is added to the maxima, and the activation behind it follows.
template <bool biased>
static void computeMaxPool(void *kernel, TF_OpKernelContext *context) {
  const Normed &k = *static_cast<Normed *>(kernel);
  const Sliding &s = k.window;
  Call call(context);
  TF_Tensor *in[2];
  if (!takeInputs<biased ? 2 : 1>(&call, in)) return;
  const Image all = imageOf(in[0]), one = {1, all.height, all.width, all.channels};
  TF_Tensor *y = call.output(0, {all.samples, s.out[0], s.out[1], all.channels});
  if (!y || count(y) == 0) return;
  std::unique_ptr<Norm> norm;
  if (biased) norm.reset(new Norm(scaling(nullptr, in[1], k.activation)));
  const int64_t read = all.height * all.width * all.channels, written = int64_t{s.out[0]} * s.out[1] * all.channels;
  for (int64_t n = 0; n < all.samples; n++) {
    float *to = floats(y) + n * written;
    slideMaximum(floats(in[0]) + n * read, to, s, one);
    if (biased) normalise(*norm, to, to, written);
  }
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
