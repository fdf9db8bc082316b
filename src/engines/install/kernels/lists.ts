/** Operators over all of a model's tensors at once: optimisers, clipping by the norm, the moving average of weights. */
export const lists = `
struct Rule {
  int32_t size = 0;
  float beta1 = 0, beta2 = 0, rest1 = 0, rest2 = 0, eps = 0, weightDecay = 0;
};
struct Attribute {
  const char *name;
  float Rule::*field;
};

static void *createRule(TF_OpKernelConstruction *construction, std::initializer_list<Attribute> attributes) {
  Rule *rule = new Rule;
  TF_Status *status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt32(construction, "N", &rule->size, status);
  for (const Attribute &attribute : attributes) {
    if (TF_GetCode(status) != 0) break;
    TF_OpKernelConstruction_GetAttrFloat(construction, attribute.name, &(rule->*attribute.field), status);
  }
  if (TF_GetCode(status) != 0) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return rule;
}
static void deleteRule(void *rule) { delete static_cast<Rule *>(rule); }
static void *createAdamW(TF_OpKernelConstruction *construction) {
  return createRule(construction, {{"beta1", &Rule::beta1}, {"beta2", &Rule::beta2}, {"rest1", &Rule::rest1},
                                   {"rest2", &Rule::rest2}, {"eps", &Rule::eps}, {"weight_decay", &Rule::weightDecay}});
}
static void *createSgd(TF_OpKernelConstruction *construction) {
  return createRule(construction, {{"momentum", &Rule::beta1}, {"nesterov", &Rule::beta2}, {"weight_decay", &Rule::weightDecay}});
}
static void *createClip(TF_OpKernelConstruction *construction) { return createRule(construction, {{"max_norm", &Rule::eps}}); }
static void *createAverage(TF_OpKernelConstruction *construction) { return createRule(construction, {}); }

VECTORISED static void adamW(const float *__restrict p, const float *__restrict g, const float *__restrict m,
                             const float *__restrict v, float *__restrict newP, float *__restrict newM,
                             float *__restrict newV, int64_t n, float beta1, float beta2, float rest1, float rest2,
                             float keep, float rate, float small) {
  for (int64_t i = 0; i < n; i++) {
    const float mean = m[i] * beta1 + g[i] * rest1;
    const float square = v[i] * beta2 + g[i] * g[i] * rest2;
    newM[i] = mean;
    newV[i] = square;
    newP[i] = p[i] * keep - mean * rate / (sqrtf(square) + small);
  }
}

// Inputs: N parameters, N gradients, m, v, c1, c2, lr; outputs: N parameters, m, v. lr * (m/c1) / (sqrt(v/c2) + eps), with
// the scalars gathered.
static void computeAdamW(void *kernel, TF_OpKernelContext *context) {
  const Rule &rule = *static_cast<Rule *>(kernel);
  Call call(context);
  TF_Tensor *rest[5];
  for (int i = 0; i < 5; i++)
    if (!(rest[i] = call.input(2 * rule.size + i))) return;
  const double c1 = *floats(rest[2]), c2 = *floats(rest[3]), lr = *floats(rest[4]);
  TF_Tensor *newM = call.outputLike(rest[0], rule.size), *newV = newM ? call.outputLike(rest[1], rule.size + 1) : nullptr;
  if (!newV) return;
  int64_t at = 0;
  for (int i = 0; i < rule.size; i++) {
    TF_Tensor *p = call.input(i), *g = p ? call.input(rule.size + i) : nullptr;
    TF_Tensor *newP = g ? call.outputLike(p, i) : nullptr;
    if (!newP) return;
    adamW(floats(p), floats(g), floats(rest[0]) + at, floats(rest[1]) + at, floats(newP), floats(newM) + at, floats(newV) + at,
          count(p), rule.beta1, rule.beta2, rule.rest1, rule.rest2, 1 - lr * rule.weightDecay, lr * sqrt(c2) / c1, rule.eps * sqrt(c2));
    at += count(p);
  }
}

VECTORISED static void sgd(const float *__restrict p, const float *__restrict g, const float *__restrict v,
                           float *__restrict newP, float *__restrict newV, int64_t n, float lr, float momentum, float decay,
                           float ahead) {
  for (int64_t i = 0; i < n; i++) {
    const float pull = g[i] + p[i] * decay;
    const float velocity = v[i] * momentum + pull;
    newV[i] = velocity;
    newP[i] = p[i] - lr * (ahead > 0 ? pull + velocity * momentum : velocity);
  }
}

// Inputs: N parameters, N gradients, velocity, lr; outputs: N parameters, velocity.
static void computeSgd(void *kernel, TF_OpKernelContext *context) {
  const Rule &rule = *static_cast<Rule *>(kernel);
  Call call(context);
  TF_Tensor *v = call.input(2 * rule.size), *lr = v ? call.input(2 * rule.size + 1) : nullptr;
  TF_Tensor *newV = lr ? call.outputLike(v, rule.size) : nullptr;
  if (!newV) return;
  int64_t at = 0;
  for (int i = 0; i < rule.size; i++) {
    TF_Tensor *p = call.input(i), *g = p ? call.input(rule.size + i) : nullptr;
    TF_Tensor *newP = g ? call.outputLike(p, i) : nullptr;
    if (!newP) return;
    sgd(floats(p), floats(g), floats(v) + at, floats(newP), floats(newV) + at, count(p), *floats(lr), rule.beta1,
        rule.weightDecay, rule.beta2);
    at += count(p);
  }
}

VECTORISED static float squares(const float *__restrict x, int64_t n) {
  return sumOf(n, [&](int64_t i) { return x[i] * x[i]; });
}
VECTORISED static void scale(const float *__restrict x, float *__restrict y, int64_t n, float factor) {
  for (int64_t i = 0; i < n; i++) y[i] = x[i] * factor;
}
VECTORISED static void average(const float *__restrict old, const float *__restrict x, float *__restrict y, int64_t n, float decay) {
  for (int64_t i = 0; i < n; i++) y[i] = old[i] * decay + x[i] * (1 - decay);
}

// Inputs: N gradients; outputs: the same, shortened to the norm that is allowed, and their norm before.
static void computeClip(void *kernel, TF_OpKernelContext *context) {
  const Rule &rule = *static_cast<Rule *>(kernel);
  Call call(context);
  double total = 0;
  std::vector<TF_Tensor *> grads;
  for (int i = 0; i < rule.size; i++) {
    TF_Tensor *g = call.input(i);
    if (!g) return;
    grads.push_back(g);
    total += squares(floats(g), count(g));
  }
  const float norm = static_cast<float>(sqrt(total));
  // A NaN makes all gradients NaN: it is never hidden.
  const float factor = norm <= rule.eps ? 1.0f : rule.eps / norm;
  for (int i = 0; i < rule.size; i++) {
    TF_Tensor *out = call.outputLike(grads[i], i);
    if (!out) return;
    scale(floats(grads[i]), floats(out), count(grads[i]), factor);
  }
  TF_Tensor *out = call.output(rule.size, {});
  if (out) *floats(out) = norm;
}

// Inputs: N values, their averages as one vector, the decay; output: the new averages.
static void computeAverage(void *kernel, TF_OpKernelContext *context) {
  const Rule &rule = *static_cast<Rule *>(kernel);
  Call call(context);
  TF_Tensor *old = call.input(rule.size), *decay = old ? call.input(rule.size + 1) : nullptr;
  TF_Tensor *out = decay ? call.outputLike(old) : nullptr;
  if (!out) return;
  int64_t at = 0;
  for (int i = 0; i < rule.size; i++) {
    TF_Tensor *x = call.input(i);
    if (!x) return;
    average(floats(old) + at, floats(x), floats(out) + at, count(x), *floats(decay));
    at += count(x);
  }
}
`;
