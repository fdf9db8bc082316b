/**
 * What joined calls of batch norm are made of (`native/joinNorms`): normalising with the activation behind it, and back. The normalised
 * values are computed again wherever they are needed, a piece at a time that stays in the cache.
 */
export const normed = `
// What follows a norm, by the number in the attribute.
enum Activation { kNothing, kRelu, kRelu6, kHardSwish };

template <int act>
static inline __attribute__((always_inline)) Eight activated(const Eight &y) {
  const Eight none = {};
  if (act == kRelu || act == kRelu6) {
    const Eight above = y < none ? none : y;
    return act == kRelu ? above : (above > 6.0f ? none + 6.0f : above);
  }
  if (act == kHardSwish) {
    Eight gate = y * (1.0f / 6) + 0.5f;
    gate = gate < none ? none : gate;
    return y * (gate > 1.0f ? none + 1.0f : gate);
  }
  return y;
}

// dz times the activation's slope at y.
template <int act>
static inline __attribute__((always_inline)) Eight sloped(const Eight &dz, const Eight &y) {
  const Eight none = {};
  if (act == kRelu) return y > none ? dz : none;
  if (act == kRelu6) return y > none ? (y < 6.0f ? dz : none) : none;
  if (act == kHardSwish) {
    Eight gate = y * (1.0f / 6) + 0.5f;
    gate = gate < none ? none : gate;
    gate = gate > 1.0f ? none + 1.0f : gate;
    return dz * (gate + (y * y < 9.0f ? y * (1.0f / 6) : none));
  }
  return dz;
}

// A norm over channels and what is done with its result. Rows of channels that are no whole eights are taken eight at once: each of
// these vectors holds its channels as often as that.
struct Norm {
  int64_t channels, wide;
  int act;
  std::vector<float> mean, scale, beta, even, along;
  std::vector<double> rates;

  void tile(std::vector<float> *to, const float *from) const {
    to->resize(wide);
    for (int64_t c = 0; c < wide; c++) (*to)[c] = from[c % channels];
  }
  Norm(int64_t size, int activation) : channels(size), wide(size % 8 == 0 ? size : 8 * size), act(activation) {}
  // By the inputs mean, variance, gamma, beta [C].
  Norm(TF_Tensor *const *in, float epsilon, int activation) : Norm(count(in[0]), activation) {
    rates.resize(channels);
    std::vector<float> scales(channels);
    for (int64_t c = 0; c < channels; c++) {
      rates[c] = 1.0 / sqrt(static_cast<double>(floats(in[1])[c]) + epsilon);
      scales[c] = static_cast<float>(floats(in[2])[c] * rates[c]);
    }
    tile(&mean, floats(in[0]));
    tile(&scale, scales.data());
    tile(&beta, floats(in[3]));
  }
  // What the gradient needs beside: d gamma and d beta of so many rows.
  void take(const float *dgamma, const float *dbeta, int64_t rows) {
    std::vector<float> evens(channels), alongs(channels);
    for (int64_t c = 0; c < channels; c++) {
      evens[c] = rows > 0 ? dbeta[c] / rows : 0.0f;
      alongs[c] = rows > 0 ? static_cast<float>(dgamma[c] * rates[c] / rows) : 0.0f;
    }
    tile(&even, evens.data());
    tile(&along, alongs.data());
  }
};

// Calls f at each eight values (the last ones may be less) of so many, with their place and their channel.
template <typename F>
static inline __attribute__((always_inline)) void overEights(int64_t values, int64_t wide, F f) {
  int64_t at = 0;
  for (; at + wide <= values; at += wide)
    for (int64_t c = 0; c < wide; c += 8) f(at + c, c, 8);
  for (int64_t c = 0; at + c < values; c += 8) f(at + c, c, std::min<int64_t>(values - at - c, 8));
}

template <int act>
static inline __attribute__((always_inline)) void normaliseAll(const Norm &n, const float *x, float *z, int64_t values) {
  const float *mean = n.mean.data(), *scale = n.scale.data(), *beta = n.beta.data();
  overEights(values, n.wide, [&](int64_t at, int64_t c, int64_t width) __attribute__((always_inline)) {
    const Eight y = (loadEight(x + at, width) - loadEight(mean + c, 8)) * loadEight(scale + c, 8) + loadEight(beta + c, 8);
    storeEight(z + at, activated<act>(y), width);
  });
}
// z = activation((x - mean) * scale + beta)
MULTIPLIED static void normalise(const Norm &n, const float *x, float *z, int64_t values) {
  switch (n.act) {
    case kRelu: return normaliseAll<kRelu>(n, x, z, values);
    case kRelu6: return normaliseAll<kRelu6>(n, x, z, values);
    case kHardSwish: return normaliseAll<kHardSwish>(n, x, z, values);
    default: return normaliseAll<kNothing>(n, x, z, values);
  }
}

template <int act>
static inline __attribute__((always_inline)) void normaliseGradAll(const Norm &n, const float *dz, const float *x, float *dx,
                                                                   int64_t values) {
  const float *mean = n.mean.data(), *scale = n.scale.data(), *beta = n.beta.data();
  const float *even = n.even.data(), *along = n.along.data();
  overEights(values, n.wide, [&](int64_t at, int64_t c, int64_t width) __attribute__((always_inline)) {
    const Eight off = loadEight(x + at, width) - loadEight(mean + c, 8), rate = loadEight(scale + c, 8);
    const Eight above = sloped<act>(loadEight(dz + at, width), off * rate + loadEight(beta + c, 8));
    storeEight(dx + at, (above - loadEight(even + c, 8) - off * loadEight(along + c, 8)) * rate, width);
  });
}
// dx = (dy - even - (x - mean) * along) * scale, dy = dz * the activation's slope
MULTIPLIED static void normaliseGrad(const Norm &n, const float *dz, const float *x, float *dx, int64_t values) {
  switch (n.act) {
    case kRelu: return normaliseGradAll<kRelu>(n, dz, x, dx, values);
    case kRelu6: return normaliseGradAll<kRelu6>(n, dz, x, dx, values);
    case kHardSwish: return normaliseGradAll<kHardSwish>(n, dz, x, dx, values);
    default: return normaliseGradAll<kNothing>(n, dz, x, dx, values);
  }
}

// Sums of f's two values for each channel. Some rows at once are summed by themselves, so that a long sum keeps its small summands.
template <typename F>
static inline __attribute__((always_inline)) void sumChannels(int64_t values, int64_t wide, int64_t rowsAtOnce, double *first,
                                                              double *second, F f) {
  const int64_t rows = values / wide;
  for (int64_t top = 0; top < rows; top += rowsAtOnce) {
    const int64_t end = std::min(rows, top + rowsAtOnce);
    for (int64_t c = 0; c < wide; c += 8) {
      Eight a = {}, b = {}, a2 = {}, b2 = {};
      int64_t r = top;
      for (; r + 2 <= end; r += 2) {
        f(r * wide + c, c, 8, a, b);
        f((r + 1) * wide + c, c, 8, a2, b2);
      }
      if (r < end) f(r * wide + c, c, 8, a, b);
      a += a2;
      b += b2;
#pragma GCC unroll 8
      for (int i = 0; i < 8; i++) {
        first[c + i] += a[i];
        second[c + i] += b[i];
      }
    }
  }
  for (int64_t c = 0, at = rows * wide; at + c < values; c += 8) {
    const int64_t width = std::min<int64_t>(values - at - c, 8);
    Eight a = {}, b = {};
    f(at + c, c, width, a, b);
    for (int64_t i = 0; i < width; i++) {
      first[c + i] += a[i];
      second[c + i] += b[i];
    }
  }
}

// Sums of x - near and of its square.
MULTIPLIED static void sumSquares(const float *x, const float *near, int64_t values, int64_t wide, int64_t rowsAtOnce,
                                  double *sums, double *squares) {
  sumChannels(values, wide, rowsAtOnce, sums, squares, [&](int64_t at, int64_t c, int64_t width, Eight &a, Eight &b) __attribute__((always_inline)) {
    const Eight value = loadEight(x + at, width) - loadEight(near + c, 8);
    a += value;
    b += value * value;
  });
}

template <int act>
static inline __attribute__((always_inline)) void sumSlopesAll(const Norm &n, const float *dz, const float *x, int64_t values,
                                                               int64_t rowsAtOnce, double *sums, double *products) {
  const float *mean = n.mean.data(), *scale = n.scale.data(), *beta = n.beta.data();
  sumChannels(values, n.wide, rowsAtOnce, sums, products, [&](int64_t at, int64_t c, int64_t width, Eight &a, Eight &b) __attribute__((always_inline)) {
    const Eight off = loadEight(x + at, width) - loadEight(mean + c, 8);
    const Eight above = sloped<act>(loadEight(dz + at, width), off * loadEight(scale + c, 8) + loadEight(beta + c, 8));
    a += above;
    b += above * off;
  });
}
// Sums of dy and of dy * (x - mean).
MULTIPLIED static void sumSlopes(const Norm &n, const float *dz, const float *x, int64_t values, int64_t rowsAtOnce,
                                 double *sums, double *products) {
  switch (n.act) {
    case kRelu: return sumSlopesAll<kRelu>(n, dz, x, values, rowsAtOnce, sums, products);
    case kRelu6: return sumSlopesAll<kRelu6>(n, dz, x, values, rowsAtOnce, sums, products);
    case kHardSwish: return sumSlopesAll<kHardSwish>(n, dz, x, values, rowsAtOnce, sums, products);
    default: return sumSlopesAll<kNothing>(n, dz, x, values, rowsAtOnce, sums, products);
  }
}

// Two sums for each channel, over values that are added piece by piece (whole rows).
struct ChannelSums {
  int64_t channels, wide, rowsAtOnce;
  std::vector<double> first, second;
  std::vector<float> near;

  explicit ChannelSums(int64_t size) : channels(size), wide(size % 8 == 0 ? size : 8 * size) {
    rowsAtOnce = wide > channels ? 16 : 128;
    first.resize(wide);
    second.resize(wide);
  }
  // About the first row, so that little is cancelled.
  void addSquares(const float *x, int64_t values) {
    if (near.empty() && values > 0) {
      near.resize(wide);
      for (int64_t c = 0; c < wide; c++) near[c] = x[c % channels];
    }
    sumSquares(x, near.data(), values, wide, rowsAtOnce, first.data(), second.data());
  }
  void addSlopes(const Norm &n, const float *dz, const float *x, int64_t values) {
    sumSlopes(n, dz, x, values, rowsAtOnce, first.data(), second.data());
  }
  double total(const std::vector<double> &sums, int64_t c) const {
    double all = 0;
    for (int64_t i = c; i < wide; i += channels) all += sums[i];
    return all;
  }
  // The mean and the biased variance of so many rows.
  void moments(int64_t rows, float *mean, float *variance) const {
    for (int64_t c = 0; c < channels && rows > 0; c++) {
      const double sum = total(first, c), squares = total(second, c), off = sum / rows;
      mean[c] = static_cast<float>(near[c] + off);
      // A NaN is never hidden, not by the maximum either.
      variance[c] = static_cast<float>(squares == squares ? std::max(squares / rows - off * off, 0.0) : squares);
    }
  }
  void slopes(const Norm &n, float *dgamma, float *dbeta) const {
    for (int64_t c = 0; c < channels; c++) {
      dgamma[c] = static_cast<float>(total(second, c) * n.rates[c]);
      dbeta[c] = static_cast<float>(total(first, c));
    }
  }
};

static int64_t rowsFor(TF_Tensor *x, int64_t channels) { return channels > 0 ? count(x) / channels : 0; }
`;
