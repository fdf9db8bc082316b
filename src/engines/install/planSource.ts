/**
 * C++ of the binding: a step that was recorded once, as a list of TensorFlow operators, is run by one call from JavaScript. From
 * there each operator costs some 15 microseconds beside its work, from here under four.
 */
export const planSource = `
// Tensors have places: first the inputs, then the constants, then what the operators compute.
class Plan {
 public:
  struct Step {
    std::string name;
    // Holds the attributes; never executed.
    TFE_Op *pattern;
    std::vector<int32_t> inputs, outputs, released;
  };
  TFE_Context *context;
  size_t places = 0, inputs = 0;
  std::vector<TFE_TensorHandle *> constants;
  std::vector<Step> steps;
  std::vector<int32_t> outputs;

  ~Plan() {
    for (TFE_TensorHandle *handle : constants) TFE_DeleteTensorHandle(handle);
    for (Step &step : steps) TFE_DeleteOp(step.pattern);
  }

  // The outputs, which belong to the caller, or none and what was wrong.
  std::vector<TFE_TensorHandle *> Run(const std::vector<TFE_TensorHandle *> &given, TF_Status *status) const {
    std::vector<TFE_TensorHandle *> at(places, nullptr), results;
    std::copy(given.begin(), given.end(), at.begin());
    std::copy(constants.begin(), constants.end(), at.begin() + inputs);
    for (const Step &step : steps) {
      Execute(step, &at, status);
      if (TF_GetCode(status) != TF_OK) break;
      for (int32_t place : step.released) Release(&at[place]);
    }
    for (size_t i = 0; TF_GetCode(status) == TF_OK && i < outputs.size(); i++) {
      // A handle of its own: an input may come back, and one value twice.
      TFE_TensorHandle *copy = TFE_TensorHandleCopySharingTensor(at[outputs[i]], status);
      if (TF_GetCode(status) == TF_OK) results.push_back(copy);
    }
    for (size_t place = inputs + constants.size(); place < places; place++) Release(&at[place]);
    if (TF_GetCode(status) != TF_OK)
      for (TFE_TensorHandle *&handle : results) Release(&handle);
    return results;
  }

 private:
  void Execute(const Step &step, std::vector<TFE_TensorHandle *> *at, TF_Status *status) const {
    std::unique_ptr<TFE_Op, decltype(&TFE_DeleteOp)> op(TFE_NewOp(context, step.name.c_str(), status), TFE_DeleteOp);
    if (TF_GetCode(status) != TF_OK) return;
    TFE_OpAddAttrs(op.get(), TFE_OpGetAttrs(step.pattern));
    for (int32_t place : step.inputs) {
      TFE_OpAddInput(op.get(), (*at)[place], status);
      if (TF_GetCode(status) != TF_OK) return;
    }
    int count = static_cast<int>(step.outputs.size());
    std::vector<TFE_TensorHandle *> made(count, nullptr);
    TFE_Execute(op.get(), made.data(), &count, status);
    if (TF_GetCode(status) != TF_OK) return;
    for (int i = 0; i < count; i++) (*at)[step.outputs[i]] = made[i];
  }
  static void Release(TFE_TensorHandle **handle) {
    if (*handle) TFE_DeleteTensorHandle(*handle);
    *handle = nullptr;
  }
};

// A plan that was not deleted goes with its process: at the end of a thread its context may be gone already.
static void ForgetPlan(napi_env, void *, void *) {}

// createPlan({ operators: [{ name, attributes, inputs, outputs, released }], places, inputs, constants, outputs })
static napi_value CreatePlan(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value description;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_cb_info(env, info, &count, &description, nullptr, nullptr), nullptr);
  std::unique_ptr<Plan> plan(new Plan);
  plan->context = Backend(env)->tfe_context_;
  int32_t places = 0, inputs = 0;
  napi_get_value_int32(env, Property(env, description, "places"), &places);
  napi_get_value_int32(env, Property(env, description, "inputs"), &inputs);
  plan->places = places;
  plan->inputs = inputs;
  plan->outputs = Integers(env, Property(env, description, "outputs"));
  TF_AutoStatus status;
  std::vector<TFE_TensorHandle *> constants;
  if (!Handles(env, Integers(env, Property(env, description, "constants")), &constants)) return nullptr;
  for (TFE_TensorHandle *constant : constants) {
    TFE_TensorHandle *copy = TFE_TensorHandleCopySharingTensor(constant, status.status);
    ENSURE_TF_OK_RETVAL(env, status, nullptr);
    plan->constants.push_back(copy);
  }
  for (napi_value step : List(env, Property(env, description, "operators"))) {
    std::string name;
    ENSURE_NAPI_OK_RETVAL(env, GetStringParam(env, Property(env, step, "name"), name), nullptr);
    TFE_Op *pattern = TFE_NewOp(plan->context, name.c_str(), status.status);
    ENSURE_TF_OK_RETVAL(env, status, nullptr);
    plan->steps.push_back({name, pattern, Integers(env, Property(env, step, "inputs")),
                           Integers(env, Property(env, step, "outputs")), Integers(env, Property(env, step, "released"))});
    for (napi_value attribute : List(env, Property(env, step, "attributes"))) {
      AssignOpAttr(env, pattern, attribute);
      if (IsExceptionPending(env)) return nullptr;
    }
  }
  napi_value result;
  ENSURE_NAPI_OK_RETVAL(env, napi_create_external(env, plan.get(), ForgetPlan, nullptr, &result), nullptr);
  plan.release();
  return result;
}

// runPlan(plan, numbers of the inputs): the numbers of the outputs' tensors
static napi_value RunPlan(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  ENSURE_NAPI_OK_RETVAL(env, napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr), nullptr);
  void *data = nullptr;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_value_external(env, arguments[0], &data), nullptr);
  std::vector<TFE_TensorHandle *> inputs;
  if (!Handles(env, Integers(env, arguments[1]), &inputs)) return nullptr;
  TF_AutoStatus status;
  const std::vector<TFE_TensorHandle *> outputs = static_cast<Plan *>(data)->Run(inputs, status.status);
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  napi_value result;
  ENSURE_NAPI_OK_RETVAL(env, napi_create_array_with_length(env, outputs.size(), &result), nullptr);
  for (size_t i = 0; i < outputs.size(); i++) {
    napi_value id;
    napi_create_int32(env, Backend(env)->InsertHandle(outputs[i]), &id);
    napi_set_element(env, result, i, id);
  }
  return result;
}

// deletePlan(plan): it must not be used any more.
static napi_value DeletePlan(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr), nullptr);
  void *data = nullptr;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_value_external(env, argument, &data), nullptr);
  delete static_cast<Plan *>(data);
  return nullptr;
}
`;
