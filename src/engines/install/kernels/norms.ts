/** Layer norm and its gradient. */
export const norms = `
struct Number {
  float value;
};
template <const char *name>
static void *createNumber(TF_OpKernelConstruction *construction) {
  Number *number = new Number{0};
  TF_Status *status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrFloat(construction, name, &number->value, status);
  if (TF_GetCode(status) != 0) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return number;
}
static void deleteNumber(void *number) { delete static_cast<Number *>(number); }
static const char epsilonName[] = "epsilon";

// Sums in eight lanes, so that compilers vectorise them without changing the order of additions.
template <typename F>
static inline float sumOf(int64_t n, F f) {
  float lanes[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int j = 0; j < 8; j++) lanes[j] += f(i + j);
  for (; i < n; i++) lanes[0] += f(i);
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

// Each row: y = xhat * gamma + beta, xhat = (x - mean) * rate.
VECTORISED static void layerNorm(const float *__restrict x, const float *__restrict gamma, const float *__restrict beta,
                                 float epsilon, int64_t rows, int64_t columns, float *__restrict y, float *__restrict xhat,
                                 float *__restrict rates) {
  for (int64_t r = 0; r < rows; r++, x += columns, y += columns, xhat += columns) {
    const float mean = sumOf(columns, [&](int64_t c) { return x[c]; }) / columns;
    const float variance = sumOf(columns, [&](int64_t c) { return (x[c] - mean) * (x[c] - mean); }) / columns;
    const float rate = 1.0f / sqrtf(variance + epsilon);
    rates[r] = rate;
    for (int64_t c = 0; c < columns; c++) {
      xhat[c] = (x[c] - mean) * rate;
      y[c] = xhat[c] * gamma[c] + beta[c];
    }
  }
}

// dx = rate * (g - mean(g) - xhat * mean(g * xhat)) with g = dy * gamma; adds to d gamma and d beta.
VECTORISED static void layerNormGrad(const float *__restrict dy, const float *__restrict xhat, const float *__restrict gamma,
                                     const float *__restrict rates, int64_t rows, int64_t columns, float *__restrict dx,
                                     float *__restrict dGamma, float *__restrict dBeta) {
  for (int64_t r = 0; r < rows; r++, dy += columns, xhat += columns, dx += columns) {
    const float mean = sumOf(columns, [&](int64_t c) { return dy[c] * gamma[c]; }) / columns;
    const float along = sumOf(columns, [&](int64_t c) { return dy[c] * gamma[c] * xhat[c]; }) / columns;
    for (int64_t c = 0; c < columns; c++) {
      dx[c] = rates[r] * (dy[c] * gamma[c] - mean - xhat[c] * along);
      dGamma[c] += dy[c] * xhat[c];
      dBeta[c] += dy[c];
    }
  }
}

static void computeLayerNorm(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *gamma = x ? call.input(1) : nullptr, *beta = gamma ? call.input(2) : nullptr;
  if (!beta) return;
  const int64_t columns = lastDim(x), rows = columns > 0 ? count(x) / columns : 0;
  TF_Tensor *y = call.outputLike(x, 0), *xhat = y ? call.outputLike(x, 1) : nullptr;
  TF_Tensor *rates = xhat ? call.output(2, {rows}) : nullptr;
  if (!rates) return;
  layerNorm(floats(x), floats(gamma), floats(beta), static_cast<Number *>(kernel)->value, rows, columns, floats(y),
            floats(xhat), floats(rates));
}

static void computeLayerNormGrad(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *dy = call.input(0), *xhat = dy ? call.input(1) : nullptr;
  TF_Tensor *gamma = xhat ? call.input(2) : nullptr, *rates = gamma ? call.input(3) : nullptr;
  TF_Tensor *dx = rates ? call.outputLike(xhat, 0) : nullptr, *dGamma = dx ? call.outputLike(gamma, 1) : nullptr;
  TF_Tensor *dBeta = dGamma ? call.outputLike(gamma, 2) : nullptr;
  if (!dBeta) return;
  const int64_t columns = lastDim(xhat), rows = columns > 0 ? count(xhat) / columns : 0;
  memset(floats(dGamma), 0, columns * sizeof(float));
  memset(floats(dBeta), 0, columns * sizeof(float));
  layerNormGrad(floats(dy), floats(xhat), floats(gamma), floats(rates), rows, columns, floats(dx), floats(dGamma),
                floats(dBeta));
}
`;
