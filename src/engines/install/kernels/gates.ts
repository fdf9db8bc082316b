/** Gates of one value per sample and channel (squeeze-excite), means over positions, and their gradients: one pass each. */
export const gates = `
static inline __attribute__((always_inline)) void addEight(float *to, const Eight &value, int64_t width) {
  storeEight(to, loadEight(to, width) + value, width);
}

// y = x * gate for each row of one sample
MULTIPLIED static void gateRows(const float *x, const float *gate, float *y, int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; r++, x += channels, y += channels)
    for (int64_t c = 0; c < channels; c += 8) {
      const int64_t width = std::min<int64_t>(channels - c, 8);
      storeEight(y + c, loadEight(x + c, width) * loadEight(gate + c, width), width);
    }
}

// dx = dy * gate, and sums of dy * x over the rows of one sample
MULTIPLIED static void gateRowsGrad(const float *dy, const float *x, const float *gate, float *dx, float *dgate, int64_t rows,
                                    int64_t channels) {
  for (int64_t r = 0; r < rows; r++, dy += channels, x += channels, dx += channels)
    for (int64_t c = 0; c < channels; c += 8) {
      const int64_t width = std::min<int64_t>(channels - c, 8);
      const Eight above = loadEight(dy + c, width);
      addEight(dgate + c, above * loadEight(x + c, width), width);
      storeEight(dx + c, above * loadEight(gate + c, width), width);
    }
}

MULTIPLIED static void sumRows(const float *x, float *sums, int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; r++, x += channels)
    for (int64_t c = 0; c < channels; c += 8) {
      const int64_t width = std::min<int64_t>(channels - c, 8);
      addEight(sums + c, loadEight(x + c, width), width);
    }
}

// y = values for each row of one sample; with x, added to it.
MULTIPLIED static void spreadRows(const float *x, const float *values, float *y, int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; r++, y += channels)
    for (int64_t c = 0; c < channels; c += 8) {
      const int64_t width = std::min<int64_t>(channels - c, 8);
      const Eight value = loadEight(values + c, width);
      storeEight(y + c, x ? loadEight(x + r * channels + c, width) + value : value, width);
    }
}

static int64_t positionsOf(const std::vector<int64_t> &dims) {
  int64_t positions = 1;
  for (size_t i = 1; i + 1 < dims.size(); i++) positions *= dims[i];
  return positions;
}

// x [N, .., C], gate [N, 1, .., C] -> x * gate
static void computeGate(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *in[2];
  if (!takeInputs<2>(&call, in)) return;
  TF_Tensor *y = call.outputLike(in[0]);
  if (!y) return;
  const int64_t samples = TF_Dim(y, 0), channels = lastDim(y), positions = positionsOf(Call::dimsOf(y)), size = positions * channels;
  for (int64_t n = 0; n < samples; n++)
    gateRows(floats(in[0]) + n * size, floats(in[1]) + n * channels, floats(y) + n * size, positions, channels);
}

// dy, x, gate -> dx, d gate
static void computeGateGrad(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *in[3], *dx, *dgate;
  if (!takeInputs<3>(&call, in) || !(dx = call.outputLike(in[1], 0)) || !(dgate = call.outputLike(in[2], 1))) return;
  const int64_t samples = TF_Dim(dx, 0), channels = lastDim(dx), positions = positionsOf(Call::dimsOf(dx)), size = positions * channels;
  memset(floats(dgate), 0, count(dgate) * sizeof(float));
  for (int64_t n = 0; n < samples; n++)
    gateRowsGrad(floats(in[0]) + n * size, floats(in[1]) + n * size, floats(in[2]) + n * channels, floats(dx) + n * size,
                 floats(dgate) + n * channels, positions, channels);
}

// The shape of the tensor whose mean is taken.
struct Spread {
  std::vector<int64_t> dims;
};
static void *createSpread(TF_OpKernelConstruction *construction) {
  int32_t sizes[8] = {}, rank = 0;
  TF_Status *status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt32(construction, "rank", &rank, status);
  if (TF_GetCode(status) == 0) TF_OpKernelConstruction_GetAttrInt32List(construction, "shape", sizes, std::min(rank, 8), status);
  if (TF_GetCode(status) != 0) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return new Spread{std::vector<int64_t>(sizes, sizes + std::max(0, std::min(rank, 8)))};
}
static void deleteSpread(void *kernel) { delete static_cast<Spread *>(kernel); }

// x [N, .., C] -> its mean over the positions, [N, C]
static void computePlaneMean(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *x = call.input(0);
  if (!x) return;
  const int64_t samples = TF_Dim(x, 0), channels = lastDim(x), positions = positionsOf(Call::dimsOf(x)), size = positions * channels;
  TF_Tensor *y = call.output(0, {samples, channels});
  if (!y) return;
  memset(floats(y), 0, count(y) * sizeof(float));
  for (int64_t n = 0; n < samples; n++) {
    float *mean = floats(y) + n * channels;
    sumRows(floats(x) + n * size, mean, positions, channels);
    for (int64_t c = 0; c < channels; c++) mean[c] /= positions;
  }
}

// dy [N, C] -> dy / positions at each of them; with more, added to that: more, dy.
template <bool added>
static void computePlaneMeanGrad(void *kernel, TF_OpKernelContext *context) {
  const std::vector<int64_t> &dims = static_cast<Spread *>(kernel)->dims;
  Call call(context);
  TF_Tensor *in[2], *dx;
  if (!takeInputs<added ? 2 : 1>(&call, in) || !(dx = call.output(0, dims))) return;
  const int64_t samples = dims[0], channels = dims.back(), positions = positionsOf(dims), size = positions * channels;
  std::vector<float> share(channels);
  for (int64_t n = 0; n < samples; n++) {
    for (int64_t c = 0; c < channels; c++) share[c] = floats(in[added ? 1 : 0])[n * channels + c] / positions;
    spreadRows(added ? floats(in[0]) + n * size : nullptr, share.data(), floats(dx) + n * size, positions, channels);
  }
}
`;
