/** Batch norm in training and its gradient, with an activation behind it or none: as one operator, and in its parts. */
export const batchNorm = `
// Attributes of a norm, of the one behind a convolution, and of the convolution; an operator has those that it needs.
struct Normed {
  float epsilon = 0, epsilonAfter = 0;
  int32_t activation = kNothing, activationAfter = kNothing;
  Sliding window = {};
};
template <bool before, bool sliding, bool after, bool scaling = false>
static void *createNormed(TF_OpKernelConstruction *construction) {
  Normed *normed = new Normed;
  TF_Status *status = TF_NewStatus();
  if (before) TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &normed->epsilon, status);
  if ((before || scaling) && TF_GetCode(status) == 0)
    TF_OpKernelConstruction_GetAttrInt32(construction, "activation", &normed->activation, status);
  if (after && TF_GetCode(status) == 0)
    TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon_after", &normed->epsilonAfter, status);
  if (after && TF_GetCode(status) == 0)
    TF_OpKernelConstruction_GetAttrInt32(construction, "activation_after", &normed->activationAfter, status);
  if (sliding && TF_GetCode(status) == 0) readSliding(construction, &normed->window, status);
  if (TF_GetCode(status) != 0) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return normed;
}
static void deleteNormed(void *kernel) { delete static_cast<Normed *>(kernel); }

template <int inputs>
static bool takeInputs(Call *call, TF_Tensor **in) {
  for (int i = 0; i < inputs; i++)
    if (!(in[i] = call->input(i))) return false;
  return true;
}

// x [..., C] -> mean, biased variance [C]
static void computeMoments(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *x = call.input(0);
  if (!x) return;
  const int64_t channels = lastDim(x);
  TF_Tensor *mean = call.output(0, {channels}), *variance = mean ? call.output(1, {channels}) : nullptr;
  if (!variance) return;
  ChannelSums sums(channels);
  sums.addSquares(floats(x), count(x));
  sums.moments(rowsFor(x, channels), floats(mean), floats(variance));
}

// x, mean, variance, gamma, beta -> z
static void computeNormActivate(void *kernel, TF_OpKernelContext *context) {
  const Normed &k = *static_cast<Normed *>(kernel);
  Call call(context);
  TF_Tensor *in[5];
  if (!takeInputs<5>(&call, in)) return;
  TF_Tensor *z = call.outputLike(in[0]);
  if (z) normalise(Norm(in + 1, k.epsilon, k.activation), floats(in[0]), floats(z), count(z));
}

// dz, x, mean, variance, gamma, beta -> d gamma, d beta
static void computeNormSlopes(void *kernel, TF_OpKernelContext *context) {
  const Normed &k = *static_cast<Normed *>(kernel);
  Call call(context);
  TF_Tensor *in[6];
  if (!takeInputs<6>(&call, in)) return;
  TF_Tensor *dgamma = call.outputLike(in[4], 0), *dbeta = dgamma ? call.outputLike(in[4], 1) : nullptr;
  if (!dbeta) return;
  const Norm norm(in + 2, k.epsilon, k.activation);
  ChannelSums sums(norm.channels);
  sums.addSlopes(norm, floats(in[0]), floats(in[1]), count(in[1]));
  sums.slopes(norm, floats(dgamma), floats(dbeta));
}

// dz, x, mean, variance, gamma, beta, d gamma, d beta -> dx
static void computeNormActivateGrad(void *kernel, TF_OpKernelContext *context) {
  const Normed &k = *static_cast<Normed *>(kernel);
  Call call(context);
  TF_Tensor *in[8];
  if (!takeInputs<8>(&call, in)) return;
  TF_Tensor *dx = call.outputLike(in[1]);
  if (!dx) return;
  Norm norm(in + 2, k.epsilon, k.activation);
  norm.take(floats(in[6]), floats(in[7]), rowsFor(dx, norm.channels));
  normaliseGrad(norm, floats(in[0]), floats(in[1]), floats(dx), count(dx));
}

// x [..., C], gamma, beta -> y, mean, variance (biased) [C]
static void computeBatchNorm(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *gamma = x ? call.input(1) : nullptr, *beta = gamma ? call.input(2) : nullptr;
  TF_Tensor *y = beta ? call.outputLike(x, 0) : nullptr, *mean = y ? call.outputLike(gamma, 1) : nullptr;
  TF_Tensor *variance = mean ? call.outputLike(gamma, 2) : nullptr;
  if (!variance) return;
  ChannelSums sums(lastDim(x));
  sums.addSquares(floats(x), count(x));
  sums.moments(rowsFor(x, lastDim(x)), floats(mean), floats(variance));
  TF_Tensor *const in[4] = {mean, variance, gamma, beta};
  normalise(Norm(in, static_cast<Number *>(kernel)->value, kNothing), floats(x), floats(y), count(x));
}

// dy, x, gamma, mean, variance -> dx, d gamma, d beta
static void computeBatchNormGrad(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *in[5], *out[3];
  if (!takeInputs<5>(&call, in)) return;
  for (int i = 0; i < 3; i++)
    if (!(out[i] = call.outputLike(in[i == 0 ? 1 : 2], i))) return;
  // No activation follows: what is added after the norm does not matter, so that gamma may stand for beta.
  TF_Tensor *const parts[4] = {in[3], in[4], in[2], in[2]};
  Norm norm(parts, static_cast<Number *>(kernel)->value, kNothing);
  ChannelSums sums(norm.channels);
  sums.addSlopes(norm, floats(in[0]), floats(in[1]), count(in[1]));
  sums.slopes(norm, floats(out[1]), floats(out[2]));
  norm.take(floats(out[1]), floats(out[2]), rowsFor(in[1], norm.channels));
  normaliseGrad(norm, floats(in[0]), floats(in[1]), floats(out[0]), count(in[1]));
}
`;
