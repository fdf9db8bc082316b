/** Makes the operators known to TensorFlow when the library is loaded: once a process, for it is never unloaded. */
export const registration = `
static void unknownShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

struct Operator {
  const char *name;
  std::vector<const char *> inputs, outputs, attributes;
  void *(*create)(TF_OpKernelConstruction *);
  void (*compute)(void *, TF_OpKernelContext *);
  void (*destroy)(void *);
};

static bool registerOperator(const Operator &op) {
  TF_Status *status = TF_NewStatus();
  TF_OpDefinitionBuilder *definition = TF_NewOpDefinitionBuilder(op.name);
  for (const char *input : op.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char *output : op.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char *attribute : op.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, unknownShape);
  TF_RegisterOpDefinition(definition, status);
  bool good = TF_GetCode(status) == 0;
  if (good) {
    TF_RegisterKernelBuilder(op.name, TF_NewKernelBuilder(op.name, "CPU", op.create, op.compute, op.destroy), status);
    good = TF_GetCode(status) == 0;
  }
  TF_DeleteStatus(status);
  return good;
}

typedef std::vector<const char *> Names;
static Names joined(Names names, const Names &more) {
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

static bool registerAll() {
  const std::vector<const char *> x = {"x: float"}, y = {"y: float"}, gradientInputs = {"dy: float", "x: float"};
  const std::vector<const char *> moments = {"new_mean: float", "new_variance: float"}, slopes = {"dgamma: float", "dbeta: float"};
  const std::vector<const char *> norm = {"mean: float", "variance: float", "gamma: float", "beta: float"};
  const std::vector<const char *> normAttributes = {"epsilon: float", "activation: int"};
  const std::vector<Operator> operators = {
      {"NasDistillHardSwish", x, y, {}, nullptr, computeMap<hardSwish>, nullptr},
      {"NasDistillHardSwishGrad", gradientInputs, y, {}, nullptr, computeGradient<hardSwishGrad>, nullptr},
      {"NasDistillGelu", x, y, {}, nullptr, computeMap<gelu>, nullptr},
      {"NasDistillGeluGrad", gradientInputs, y, {}, nullptr, computeGradient<geluGrad>, nullptr},
      {"NasDistillMaxPoolGrad", {"x: float", "y: float", "dy: float"}, {"dx: float"}, {"window: list(int)"}, createMaxPoolGrad,
       computeMaxPoolGrad<false>, deleteMaxPoolGrad},
      {"NasDistillMaxPoolReluGrad", {"x: float", "y: float", "dy: float"}, {"dx: float"}, {"window: list(int)"},
       createMaxPoolGrad, computeMaxPoolGrad<true>, deleteMaxPoolGrad},
      {"NasDistillMaxPool", x, y, {"window: list(int)"}, createNormed<false, true, false>, computeMaxPool<false>, deleteNormed},
      {"NasDistillMaxPoolBiased", {"x: float", "bias: float"}, y, {"window: list(int)", "activation: int"},
       createNormed<false, true, false, true>, computeMaxPool<true>, deleteNormed},
      {"NasDistillLayerNorm", {"x: float", "gamma: float", "beta: float"}, {"y: float", "xhat: float", "rate: float"},
       {"epsilon: float"}, createNumber<epsilonName>, computeLayerNorm, deleteNumber},
      {"NasDistillLayerNormGrad", {"dy: float", "xhat: float", "gamma: float", "rate: float"},
       {"dx: float", "dgamma: float", "dbeta: float"}, {}, nullptr, computeLayerNormGrad, nullptr},
      {"NasDistillAdamW", {"p: N * float", "g: N * float", "m: float", "v: float", "c1: float", "c2: float", "lr: float"},
       {"new_p: N * float", "new_m: float", "new_v: float"},
       {"N: int >= 1", "beta1: float", "beta2: float", "rest1: float", "rest2: float", "eps: float", "weight_decay: float"}, createAdamW, computeAdamW, deleteRule},
      {"NasDistillSgd", {"p: N * float", "g: N * float", "v: float", "lr: float"}, {"new_p: N * float", "new_v: float"},
       {"N: int >= 1", "momentum: float", "nesterov: float", "weight_decay: float"}, createSgd, computeSgd, deleteRule},
      {"NasDistillClip", {"g: N * float"}, {"clipped: N * float", "norm: float"}, {"N: int >= 1", "max_norm: float"},
       createClip, computeClip, deleteRule},
      {"NasDistillAverage", {"x: N * float", "average: float", "decay: float"}, {"next: float"}, {"N: int >= 1"},
       createAverage, computeAverage, deleteRule},
      {"NasDistillDense", {"x: float", "w: float", "bias: float"}, y, {}, nullptr, computeDense, nullptr},
      {"NasDistillDenseGradInput", {"dy: float", "w: float"}, {"dx: float"}, {}, nullptr, computeDenseGradInput, nullptr},
      {"NasDistillDenseGradWeights", {"x: float", "dy: float"}, {"dw: float", "db: float"}, {}, nullptr,
       computeDenseGradWeights, nullptr},
      {"NasDistillPointGradFilter", {"x: float", "dy: float"}, {"dw: float"}, {}, nullptr, computePointGradFilter, nullptr},
      {"NasDistillBatchNorm", {"x: float", "gamma: float", "beta: float"}, {"y: float", "mean: float", "variance: float"},
       {"epsilon: float"}, createNumber<epsilonName>, computeBatchNorm, deleteNumber},
      {"NasDistillBatchNormGrad", {"dy: float", "x: float", "gamma: float", "mean: float", "variance: float"},
       {"dx: float", "dgamma: float", "dbeta: float"}, {"epsilon: float"}, createNumber<epsilonName>, computeBatchNormGrad,
       deleteNumber},
      {"NasDistillScale", {"x: float", "scale: float", "shift: float"}, y, {"activation: int"},
       createNormed<false, false, false, true>, computeScale<true>, deleteNormed},
      {"NasDistillAddBias", {"x: float", "bias: float"}, y, {"activation: int"}, createNormed<false, false, false, true>,
       computeScale<false>, deleteNormed},
      {"NasDistillDenseScaled", {"x: float", "w: float", "bias: float", "scale: float", "shift: float"}, y, {"activation: int"},
       createNormed<false, false, false, true>, computeDenseScaled<true>, deleteNormed},
      {"NasDistillDenseBiased", {"x: float", "w: float", "bias: float", "more: float"}, y, {"activation: int"},
       createNormed<false, false, false, true>, computeDenseScaled<false>, deleteNormed},
      {"NasDistillDepthwiseScaled", {"x: float", "w: float", "scale: float", "shift: float"}, y,
       {"window: list(int)", "activation: int"}, createNormed<false, true, false, true>, computeDepthwiseScaled<true>, deleteNormed},
      {"NasDistillDepthwiseBiased", {"x: float", "w: float", "bias: float"}, y, {"window: list(int)", "activation: int"},
       createNormed<false, true, false, true>, computeDepthwiseScaled<false>, deleteNormed},
      {"NasDistillGate", {"x: float", "gate: float"}, y, {}, nullptr, computeGate, nullptr},
      {"NasDistillGateGrad", {"dy: float", "x: float", "gate: float"}, {"dx: float", "dgate: float"}, {}, nullptr, computeGateGrad,
       nullptr},
      {"NasDistillPlaneMean", x, y, {}, nullptr, computePlaneMean, nullptr},
      {"NasDistillPlaneMeanGrad", {"dy: float"}, {"dx: float"}, {"rank: int", "shape: list(int)"}, createSpread,
       computePlaneMeanGrad<false>, deleteSpread},
      {"NasDistillAddPlaneMeanGrad", {"more: float", "dy: float"}, {"dx: float"}, {"rank: int", "shape: list(int)"}, createSpread,
       computePlaneMeanGrad<true>, deleteSpread},
      {"NasDistillMoments", x, moments, {}, nullptr, computeMoments, nullptr},
      {"NasDistillNormActivate", joined({"x: float"}, norm), {"z: float"}, normAttributes, createNormed<true, false, false>,
       computeNormActivate, deleteNormed},
      {"NasDistillNormSlopes", joined({"dz: float", "x: float"}, norm), slopes, normAttributes, createNormed<true, false, false>,
       computeNormSlopes, deleteNormed},
      {"NasDistillNormActivateGrad", joined(joined({"dz: float", "x: float"}, norm), slopes), {"dx: float"}, normAttributes,
       createNormed<true, false, false>, computeNormActivateGrad, deleteNormed},
      {"NasDistillDenseMoments", {"x: float", "w: float", "bias: float"}, joined(y, moments), {}, nullptr, computeDenseMoments,
       nullptr},
      {"NasDistillNormPointGrad", joined(joined(joined({"dz: float", "y: float"}, norm), slopes), {"x: float", "w: float"}),
       {"dx: float", "dw: float"}, normAttributes, createNormed<true, false, false>, computeNormPointGrad, deleteNormed},
      {"NasDistillDepthwiseMoments", {"x: float", "w: float"}, joined(y, moments), {"window: list(int)"}, createNormed<false, true, false>,
       computeDepthwiseMoments<false>, deleteNormed},
      {"NasDistillNormDepthwiseMoments", joined(joined({"x: float"}, norm), {"w: float"}), joined(y, moments),
       joined(normAttributes, {"window: list(int)"}), createNormed<true, true, false>, computeDepthwiseMoments<true>, deleteNormed},
      {"NasDistillNormDepthwiseGrad", joined(joined({"dy: float", "x: float"}, norm), {"w: float"}),
       joined({"dz: float", "dw: float"}, slopes), joined(normAttributes, {"window: list(int)"}),
       createNormed<true, true, false>, computeNormDepthwiseGrad<false>, deleteNormed},
      {"NasDistillNormDepthwiseNormGrad",
       joined(joined({"dz_after: float", "x: float"}, norm),
              {"w: float", "y: float", "mean_after: float", "variance_after: float", "gamma_after: float", "beta_after: float",
               "dgamma_after: float", "dbeta_after: float"}),
       joined({"dz: float", "dw: float"}, slopes),
       joined(normAttributes, {"window: list(int)", "epsilon_after: float", "activation_after: int"}),
       createNormed<true, true, true>, computeNormDepthwiseGrad<true>, deleteNormed},
      {"NasDistillDepthwise", {"x: float", "w: float"}, y, {"window: list(int)"}, createSliding, computeDepthwise, deleteSliding},
      {"NasDistillDepthwiseGradInput", {"dy: float", "w: float"}, {"dx: float"}, {"window: list(int)"}, createSliding,
       computeDepthwiseGradInput, deleteSliding},
      {"NasDistillDepthwiseGradFilter", {"x: float", "dy: float"}, {"dw: float"}, {"window: list(int)"}, createSliding,
       computeDepthwiseGradFilter, deleteSliding},
      {"NasDistillAttention", {"q: float", "k: float", "v: float"}, {"y: float", "weights: float"}, {"heads: int"}, createHeads,
       computeAttention, deleteHeads},
      {"NasDistillAttentionGrad",
       {"dy: float", "dweights: float", "q: float", "k: float", "v: float", "weights: float"},
       {"dq: float", "dk: float", "dv: float"}, {"heads: int"}, createHeads, computeAttentionGrad, deleteHeads},
  };
  for (const Operator &op : operators)
    if (!registerOperator(op)) return false;
  return true;
}
static const bool registered = registerAll();
`;
