/** Batch norm in training and its gradient: two passes over memory each. */
export const batchNorm = `
// Sums of f's two values over the rows for each channel, eight channels at once. Each block of rows is summed by itself, so
// that a long sum keeps its small summands.
template <typename F>
static inline __attribute__((always_inline)) void sumChannels(int64_t rows, int64_t channels, double *first, double *second, F f) {
  const int64_t rowsAtOnce = 128;
  for (int64_t top = 0; top < rows; top += rowsAtOnce) {
    const int64_t end = std::min(rows, top + rowsAtOnce);
    for (int64_t c = 0; c < channels; c += 8) {
      const int64_t width = std::min<int64_t>(channels - c, 8);
      Eight a = {}, b = {}, a2 = {}, b2 = {};
      int64_t r = top;
      if (width == 8) {
        for (; r + 2 <= end; r += 2) {
          f(r, c, 8, a, b);
          f(r + 1, c, 8, a2, b2);
        }
      }
      for (; r < end; r++) f(r, c, width, a, b);
      a += a2;
      b += b2;
      for (int64_t i = 0; i < width; i++) {
        first[c + i] += a[i];
        second[c + i] += b[i];
      }
    }
  }
}

// Eight channels, or the last few of them.
static inline __attribute__((always_inline)) Eight loadEight(const float *from, int64_t width) {
  if (width == 8) return *reinterpret_cast<const Eight *>(from);
  Eight value = {};
  for (int64_t i = 0; i < width; i++) value[i] = from[i];
  return value;
}

// Sums of x - shift and of its square: about the first row, so that little is cancelled.
MULTIPLIED static void sumSquares(const float *__restrict x, int64_t rows, int64_t channels, double *sums, double *squares) {
  sumChannels(rows, channels, sums, squares, [&](int64_t r, int64_t c, int64_t width, Eight &a, Eight &b) __attribute__((always_inline)) {
    const Eight value = loadEight(x + r * channels + c, width) - loadEight(x + c, width);
    a += value;
    b += value * value;
  });
}

// Sums of dy and of dy * (x - mean).
MULTIPLIED static void sumProducts(const float *__restrict dy, const float *__restrict x, const float *__restrict mean,
                                   int64_t rows, int64_t channels, double *sums, double *products) {
  sumChannels(rows, channels, sums, products, [&](int64_t r, int64_t c, int64_t width, Eight &a, Eight &b) __attribute__((always_inline)) {
    const Eight above = loadEight(dy + r * channels + c, width);
    a += above;
    b += above * (loadEight(x + r * channels + c, width) - loadEight(mean + c, width));
  });
}

// y = (x - mean) * scale + beta
VECTORISED static void normalise(const float *__restrict x, const float *__restrict mean, const float *__restrict scale,
                                 const float *__restrict beta, float *__restrict y, int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; r++, x += channels, y += channels)
    for (int64_t c = 0; c < channels; c++) y[c] = (x[c] - mean[c]) * scale[c] + beta[c];
}

// dx = (dy - even - (x - mean) * along) * scale
VECTORISED static void normaliseGrad(const float *__restrict dy, const float *__restrict x, const float *__restrict mean,
                                     const float *__restrict scale, const float *__restrict even,
                                     const float *__restrict along, float *__restrict dx, int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; r++, dy += channels, x += channels, dx += channels)
    for (int64_t c = 0; c < channels; c++) dx[c] = (dy[c] - even[c] - (x[c] - mean[c]) * along[c]) * scale[c];
}

// x [..., C], gamma, beta -> y, mean, variance (biased) [C]
static void computeBatchNorm(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *gamma = x ? call.input(1) : nullptr, *beta = gamma ? call.input(2) : nullptr;
  TF_Tensor *y = beta ? call.outputLike(x, 0) : nullptr, *mean = y ? call.outputLike(gamma, 1) : nullptr;
  TF_Tensor *variance = mean ? call.outputLike(gamma, 2) : nullptr;
  if (!variance) return;
  const int64_t channels = lastDim(x), rows = channels > 0 ? count(x) / channels : 0;
  if (rows == 0) return;
  std::vector<double> sums(channels), squares(channels);
  std::vector<float> scale(channels);
  sumSquares(floats(x), rows, channels, sums.data(), squares.data());
  for (int64_t c = 0; c < channels; c++) {
    const double off = sums[c] / rows, spread = std::max(squares[c] / rows - off * off, 0.0);
    floats(mean)[c] = static_cast<float>(floats(x)[c] + off);
    // A NaN is never hidden, not by the maximum either.
    floats(variance)[c] = static_cast<float>(squares[c] == squares[c] ? spread : squares[c]);
    scale[c] = floats(gamma)[c] / sqrtf(floats(variance)[c] + static_cast<Number *>(kernel)->value);
  }
  normalise(floats(x), floats(mean), scale.data(), floats(beta), floats(y), rows, channels);
}

// dy, x, gamma, mean, variance -> dx, d gamma, d beta
static void computeBatchNormGrad(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *in[5], *out[3];
  for (int i = 0; i < 5; i++)
    if (!(in[i] = call.input(i))) return;
  for (int i = 0; i < 3; i++)
    if (!(out[i] = call.outputLike(in[i == 0 ? 1 : 2], i))) return;
  const int64_t channels = lastDim(in[1]), rows = channels > 0 ? count(in[1]) / channels : 0;
  std::vector<double> sums(channels), products(channels);
  std::vector<float> scale(channels), even(channels), along(channels);
  sumProducts(floats(in[0]), floats(in[1]), floats(in[3]), rows, channels, sums.data(), products.data());
  for (int64_t c = 0; c < channels; c++) {
    const double rate = 1.0 / sqrt(static_cast<double>(floats(in[4])[c]) + static_cast<Number *>(kernel)->value);
    floats(out[1])[c] = static_cast<float>(products[c] * rate);
    floats(out[2])[c] = static_cast<float>(sums[c]);
    scale[c] = static_cast<float>(floats(in[2])[c] * rate);
    even[c] = rows > 0 ? static_cast<float>(sums[c] / rows) : 0.0f;
    along[c] = rows > 0 ? static_cast<float>(products[c] * rate * rate / rows) : 0.0f;
  }
  normaliseGrad(floats(in[0]), floats(in[1]), floats(in[3]), scale.data(), even.data(), along.data(), floats(out[0]), rows,
                channels);
}
`;
