/** Dense layers and self-attention with their gradients, as one operator each; on one thread. */
export const products = `
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define MULTIPLIED __attribute__((target_clones("fma", "default")))
#else
#define MULTIPLIED
#endif

typedef float Eight __attribute__((vector_size(32), aligned(4), may_alias));
// Eight channels, or the last few of them.
static inline __attribute__((always_inline)) Eight loadEight(const float *from, int64_t width) {
  if (width == 8) return *reinterpret_cast<const Eight *>(from);
  Eight value = {};
  for (int64_t i = 0; i < width; i++) value[i] = from[i];
  return value;
}
static inline __attribute__((always_inline)) void storeEight(float *to, const Eight &value, int64_t width) {
  if (width == 8)
    *reinterpret_cast<Eight *>(to) = value;
  else
    for (int64_t i = 0; i < width; i++) to[i] = value[i];
}

static const int64_t tileRows = 6, tileColumns = 16, depthAtOnce = 256;

// A matrix whose values lie strides apart.
struct Matrix {
  const float *at;
  int64_t row, column;
  Matrix transposed() const { return {at, column, row}; }
};

// So many rows of a by sixteen columns of b, whose values of one depth lie together, into c (a row every stride floats).
template <int height>
static inline __attribute__((always_inline)) void multiplyTile(const Matrix &a, const float *b, float *c, int64_t stride,
                                                               int64_t width, int64_t depth, float factor, bool more) {
  Eight sums[height][2] = {};
  const float *left = a.at;
  for (int64_t k = 0; k < depth; k++, left += a.column, b += tileColumns) {
    const Eight b0 = *reinterpret_cast<const Eight *>(b), b1 = *reinterpret_cast<const Eight *>(b + 8);
#pragma GCC unroll 6
    for (int r = 0; r < height; r++) {
      const float value = left[r * a.row];
      const Eight all = {value, value, value, value, value, value, value, value};
      sums[r][0] += all * b0;
      sums[r][1] += all * b1;
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < height; r++) {
    sums[r][0] *= factor;
    sums[r][1] *= factor;
  }
  if (width == tileColumns) {
#pragma GCC unroll 6
    for (int r = 0; r < height; r++) {
      Eight *to = reinterpret_cast<Eight *>(c + r * stride);
      to[0] = more ? to[0] + sums[r][0] : sums[r][0];
      to[1] = more ? to[1] + sums[r][1] : sums[r][1];
    }
    return;
  }
  // Written out at once, by constant places: an array that is read at places computed later is kept in memory all along.
  float tile[height][16];
#pragma GCC unroll 6
  for (int r = 0; r < height; r++) {
    memcpy(tile[r], &sums[r][0], 32);
    memcpy(tile[r] + 8, &sums[r][1], 32);
  }
  for (int r = 0; r < height; r++)
    for (int64_t x = 0; x < width; x++) c[r * stride + x] = (more ? c[r * stride + x] : 0.0f) + tile[r][x];
}

// c of rows x columns, from a as it lies and panels of sixteen columns of b; so many rows at once that a's stay in the cache.
MULTIPLIED static void multiplyPanels(const Matrix &a, bool packed, const float *b, float *c, int64_t stride, int64_t rows,
                                      int64_t columns, int64_t depth, float factor, bool more) {
  const int64_t rowsAtOnce = 32 * tileRows;
  for (int64_t top = 0; top < rows; top += rowsAtOnce) {
    const int64_t end = std::min(rows, top + rowsAtOnce);
    for (int64_t j = 0; j < columns; j += tileColumns) {
      const float *panel = b + j * depth;
      const int64_t width = std::min(columns - j, tileColumns);
      for (int64_t i = top; i < end; i += tileRows) {
        const Matrix left = packed ? Matrix{a.at + i * depth, 1, tileRows} : Matrix{a.at + i * a.row, a.row, a.column};
        float *to = c + i * stride + j;
        switch (std::min(rows - i, tileRows)) {
          case 1: multiplyTile<1>(left, panel, to, stride, width, depth, factor, more); break;
          case 2: multiplyTile<2>(left, panel, to, stride, width, depth, factor, more); break;
          case 3: multiplyTile<3>(left, panel, to, stride, width, depth, factor, more); break;
          case 4: multiplyTile<4>(left, panel, to, stride, width, depth, factor, more); break;
          case 5: multiplyTile<5>(left, panel, to, stride, width, depth, factor, more); break;
          default: multiplyTile<6>(left, panel, to, stride, width, depth, factor, more);
        }
      }
    }
  }
}

// Panels of so many rows of a matrix, for all columns of which each is one place; zeros fill the last panel.
template <int64_t width>
static void pack(const Matrix &m, int64_t rows, int64_t first, int64_t depth, float *to) {
  for (int64_t i = 0; i < rows; i += width) {
    const int64_t here = rows - i < width ? rows - i : width;
    const float *from = m.at + i * m.row + first * m.column;
    if (here < width) memset(to, 0, width * depth * sizeof(float));
    if (m.row == 1 && here == width)
      for (int64_t k = 0; k < depth; k++) memcpy(to + k * width, from + k * m.column, width * sizeof(float));
    else
      for (int64_t r = 0; r < here; r++)
        for (int64_t k = 0; k < depth; k++) to[k * width + r] = from[r * m.row + k * m.column];
    to += width * depth;
  }
}

// c = factor * a b, of rows x depth and depth x columns; with more, added to c.
static void multiply(const Matrix &a, const Matrix &b, float *c, int64_t stride, int64_t rows, int64_t columns, int64_t depth,
                     float factor = 1, bool more = false) {
  static thread_local std::vector<float> left, right;
  // A row's values, broadcast one by one, may lie anywhere near each other; columns are drawn together first.
  const bool packed = a.row == 1 && a.column != 1;
  const int64_t most = std::min(depth, depthAtOnce);
  const size_t needed = packed ? (rows + tileRows) * most : 0, neededRight = (columns + tileColumns) * most;
  if (left.size() < needed) left.resize(needed);
  if (right.size() < neededRight) right.resize(neededRight);
  if (depth == 0 && !more)
    for (int64_t i = 0; i < rows; i++) memset(c + i * stride, 0, columns * sizeof(float));
  for (int64_t k = 0; k < depth; k += most) {
    const int64_t part = std::min(most, depth - k);
    if (packed) pack<tileRows>(a, rows, k, part, left.data());
    pack<tileColumns>(b.transposed(), columns, k, part, right.data());
    const Matrix from = {packed ? left.data() : a.at + k * a.column, a.row, a.column};
    multiplyPanels(from, packed, right.data(), c, stride, rows, columns, part, factor, more || k > 0);
  }
}

// A right side that is packed once and used for many left sides.
class Panels {
 public:
  Panels(const Matrix &b, int64_t columns, int64_t depth) : columns_(columns), depth_(depth) {
    padded_ = (columns + tileColumns - 1) / tileColumns * tileColumns;
    values_.resize(padded_ * depth);
    for (int64_t k = 0; k < depth; k += depthAtOnce)
      pack<tileColumns>(b.transposed(), columns, k, std::min(depthAtOnce, depth - k), values_.data() + k * padded_);
  }
  // c = a b; a's rows lie stride floats apart, c's too.
  void multiply(const float *a, int64_t stride, float *c, int64_t strideOut, int64_t rows) const {
    if (depth_ == 0)
      for (int64_t i = 0; i < rows; i++) memset(c + i * strideOut, 0, columns_ * sizeof(float));
    for (int64_t k = 0; k < depth_; k += depthAtOnce)
      multiplyPanels({a + k, stride, 1}, false, values_.data() + k * padded_, c, strideOut, rows, columns_,
                     std::min(depthAtOnce, depth_ - k), 1, k > 0);
  }

 private:
  int64_t columns_, depth_, padded_;
  std::vector<float> values_;
};

VECTORISED static void addBias(float *__restrict y, const float *__restrict bias, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, y += columns)
    for (int64_t c = 0; c < columns; c++) y[c] += bias[c];
}
VECTORISED static void addRows(const float *__restrict x, float *__restrict sums, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, x += columns)
    for (int64_t c = 0; c < columns; c++) sums[c] += x[c];
}

// The filter of a convolution over single points is a matrix, too.
static int64_t rowsOf(TF_Tensor *w) { return TF_Dim(w, TF_NumDims(w) - 2); }

// x [..., C], w [.., C, N], bias [N] or [0] -> [..., N]
static void computeDense(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *w = x ? call.input(1) : nullptr, *bias = w ? call.input(2) : nullptr;
  if (!bias) return;
  const int64_t channels = rowsOf(w), units = lastDim(w), rows = channels > 0 ? count(x) / channels : 0;
  std::vector<int64_t> dims = Call::dimsOf(x);
  dims.back() = units;
  TF_Tensor *y = call.output(0, dims);
  if (!y) return;
  multiply({floats(x), channels, 1}, {floats(w), units, 1}, floats(y), units, rows, units, channels);
  if (count(bias) > 0) addBias(floats(y), floats(bias), rows, units);
}

// dy [..., N], w [.., C, N] -> [..., C]
static void computeDenseGradInput(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *dy = call.input(0), *w = dy ? call.input(1) : nullptr;
  if (!w) return;
  const int64_t channels = rowsOf(w), units = lastDim(w), rows = units > 0 ? count(dy) / units : 0;
  std::vector<int64_t> dims = Call::dimsOf(dy);
  dims.back() = channels;
  TF_Tensor *dx = call.output(0, dims);
  if (dx) multiply({floats(dy), units, 1}, {floats(w), 1, units}, floats(dx), channels, rows, channels, units);
}

// x [..., C], dy [..., N] -> [C, N], [N]
static void computeDenseGradWeights(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *dy = x ? call.input(1) : nullptr;
  if (!dy) return;
  const int64_t channels = lastDim(x), units = lastDim(dy), rows = units > 0 ? count(dy) / units : 0;
  TF_Tensor *dw = call.output(0, {channels, units}), *db = dw ? call.output(1, {units}) : nullptr;
  if (!db) return;
  multiply({floats(x), 1, channels}, {floats(dy), units, 1}, floats(dw), units, channels, units, rows);
  memset(floats(db), 0, units * sizeof(float));
  addRows(floats(dy), floats(db), rows, units);
}

// x [..., C], dy [..., N] -> [1, 1, C, N]
static void computePointGradFilter(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *dy = x ? call.input(1) : nullptr;
  if (!dy) return;
  const int64_t channels = lastDim(x), units = lastDim(dy), rows = units > 0 ? count(dy) / units : 0;
  TF_Tensor *dw = call.output(0, {1, 1, channels, units});
  if (dw) multiply({floats(x), 1, channels}, {floats(dy), units, 1}, floats(dw), units, channels, units, rows);
}

VECTORISED static void softmaxRows(float *__restrict x, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, x += columns) {
    float most = x[0];
    for (int64_t c = 1; c < columns; c++) most = x[c] > most ? x[c] : most;
    for (int64_t c = 0; c < columns; c++) x[c] = exponential(x[c] - most);
    const float total = sumOf(columns, [&](int64_t c) { return x[c]; });
    for (int64_t c = 0; c < columns; c++) x[c] /= total;
  }
}

// d scores = w * (dw - sum of dw * w), in the place of dw.
VECTORISED static void softmaxRowsGrad(const float *__restrict w, float *__restrict dw, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, w += columns, dw += columns) {
    const float along = sumOf(columns, [&](int64_t c) { return w[c] * dw[c]; });
    for (int64_t c = 0; c < columns; c++) dw[c] = w[c] * (dw[c] - along);
  }
}

static void *createHeads(TF_OpKernelConstruction *construction) {
  int32_t *heads = new int32_t(1);
  TF_Status *status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt32(construction, "heads", heads, status);
  if (TF_GetCode(status) != 0) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return heads;
}
static void deleteHeads(void *heads) { delete static_cast<int32_t *>(heads); }

// q, k, v [B, T, heads * d] -> softmax(q k^T / sqrt d) v [B, T, heads * d], and the softmax [B, heads, T, T]
static void computeAttention(void *kernel, TF_OpKernelContext *context) {
  const int64_t heads = *static_cast<int32_t *>(kernel);
  Call call(context);
  TF_Tensor *q = call.input(0), *k = q ? call.input(1) : nullptr, *v = k ? call.input(2) : nullptr;
  if (!v) return;
  const int64_t batch = TF_Dim(q, 0), tokens = TF_Dim(q, 1), inner = TF_Dim(q, 2), size = inner / heads;
  TF_Tensor *out = call.outputLike(q, 0), *weights = out ? call.output(1, {batch, heads, tokens, tokens}) : nullptr;
  if (!weights) return;
  const float factor = 1.0f / sqrtf(static_cast<float>(size));
  float *w = floats(weights);
  for (int64_t b = 0; b < batch; b++) {
    for (int64_t h = 0; h < heads; h++, w += tokens * tokens) {
      const int64_t at = b * tokens * inner + h * size;
      multiply({floats(q) + at, inner, 1}, {floats(k) + at, 1, inner}, w, tokens, tokens, tokens, size, factor);
      softmaxRows(w, tokens, tokens);
      multiply({w, tokens, 1}, {floats(v) + at, inner, 1}, floats(out) + at, inner, tokens, size, tokens);
    }
  }
}

// d out, d weights, q, k, v, weights -> dq, dk, dv
static void computeAttentionGrad(void *kernel, TF_OpKernelContext *context) {
  const int64_t heads = *static_cast<int32_t *>(kernel);
  Call call(context);
  TF_Tensor *in[6], *out[3];
  for (int i = 0; i < 6; i++)
    if (!(in[i] = call.input(i))) return;
  for (int i = 0; i < 3; i++)
    if (!(out[i] = call.outputLike(in[2], i))) return;
  const int64_t batch = TF_Dim(in[2], 0), tokens = TF_Dim(in[2], 1), inner = TF_Dim(in[2], 2), size = inner / heads;
  const float factor = 1.0f / sqrtf(static_cast<float>(size));
  const float *w = floats(in[5]), *given = floats(in[1]);
  std::vector<float> slopes(tokens * tokens);
  for (int64_t b = 0; b < batch; b++) {
    for (int64_t h = 0; h < heads; h++, w += tokens * tokens, given += tokens * tokens) {
      const int64_t at = b * tokens * inner + h * size;
      const Matrix above = {floats(in[0]) + at, inner, 1}, q = {floats(in[2]) + at, inner, 1}, k = {floats(in[3]) + at, inner, 1};
      const Matrix v = {floats(in[4]) + at, inner, 1}, weights = {w, tokens, 1}, slope = {slopes.data(), tokens, 1};
      memcpy(slopes.data(), given, slopes.size() * sizeof(float));
      multiply(above, v.transposed(), slopes.data(), tokens, tokens, tokens, size, 1, true);
      multiply(weights.transposed(), above, floats(out[2]) + at, inner, tokens, size, tokens);
      softmaxRowsGrad(w, slopes.data(), tokens, tokens);
      multiply(slope, k, floats(out[0]) + at, inner, tokens, size, tokens, factor);
      multiply(slope.transposed(), q, floats(out[1]) + at, inner, tokens, size, tokens, factor);
    }
  }
}
`;
