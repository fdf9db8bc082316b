/** Activations and their gradients, one pass each. */
export const elementwise = `
// y = x * clamp(x / 6 + 1/2, 0, 1)
VECTORISED static void hardSwish(const float *__restrict x, float *__restrict y, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    float gate = x[i] * (1.0f / 6) + 0.5f;
    gate = gate < 0 ? 0 : gate;
    gate = gate > 1 ? 1 : gate;
    y[i] = x[i] * gate;
  }
}

// dx = dy * (gate + (|x| < 3 ? x / 6 : 0))
VECTORISED static void hardSwishGrad(const float *__restrict dy, const float *__restrict x, float *__restrict dx, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    float gate = x[i] * (1.0f / 6) + 0.5f;
    gate = gate < 0 ? 0 : gate;
    gate = gate > 1 ? 1 : gate;
    const float slope = x[i] * x[i] < 9 ? x[i] * (1.0f / 6) : 0.0f;
    dx[i] = dy[i] * (gate + slope);
  }
}

// e^x for x up to 0, 0 below -87: 2^n times a polynomial of what is left (Cephes, expf).
static inline float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  const float n = floorf(x * 1.44269504f + 0.5f);
  const float r = x - n * 0.693359375f - n * -2.12194440e-4f;
  float s = 1.9875691500e-4f;
  s = s * r + 1.3981999507e-3f;
  s = s * r + 8.3334519073e-3f;
  s = s * r + 4.1665795894e-2f;
  s = s * r + 1.6666665459e-1f;
  s = s * r + 5.0000001201e-1f;
  const float mantissa = s * r * r + r + 1.0f;
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return mantissa * power;
}

// Phi(x) by Abramowitz and Stegun 7.1.26, given bell = e^(-x^2 / 2).
static inline float below(float x, float bell) {
  const float t = 1.0f / (1.0f + fabsf(x) * 0.231641888f);
  float s = 1.061405429f;
  s = s * t - 1.453152027f;
  s = s * t + 1.421413741f;
  s = s * t - 0.284496736f;
  s = s * t + 0.254829592f;
  const float tail = 0.5f * s * t * bell;
  return x > 0 ? 1.0f - tail : tail;
}

// y = x * Phi(x)
VECTORISED static void gelu(const float *__restrict x, float *__restrict y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] * below(x[i], exponential(-0.5f * x[i] * x[i]));
}

// dx = dy * (Phi(x) + x * phi(x))
VECTORISED static void geluGrad(const float *__restrict dy, const float *__restrict x, float *__restrict dx, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const float bell = exponential(-0.5f * x[i] * x[i]);
    dx[i] = dy[i] * (below(x[i], bell) + x[i] * bell * 0.398942280f);
  }
}

typedef void (*Map)(const float *, float *, int64_t);
template <Map map>
static void computeMap(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *x = call.input(0);
  TF_Tensor *y = x ? call.outputLike(x) : nullptr;
  if (y) map(floats(x), floats(y), count(x));
}

typedef void (*Gradient)(const float *, const float *, float *, int64_t);
template <Gradient gradient>
static void computeGradient(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *dy = call.input(0);
  TF_Tensor *x = dy ? call.input(1) : nullptr;
  TF_Tensor *dx = x ? call.outputLike(x) : nullptr;
  if (dx) gradient(floats(dy), floats(x), floats(dx), count(x));
}
`;
