import { planSource } from './planSource.js';
import { shapesSource } from './shapesSource.js';

const helpers = `
#include <algorithm>
#include <memory>
#include <string>
#include <vector>
#include "tensorflow/c/eager/c_api.h"
#include "tensorflow/c/eager/c_api_experimental.h"
#include "tf_auto_status.h"
#include "tfjs_backend.h"
#include "utils.h"

namespace tfnodejs {

void AssignOpAttr(napi_env env, TFE_Op *tfe_op, napi_value attr_value);

// Nothing after an error in JavaScript's own calls would make sense: they only fail where one is pending already.
static napi_value Property(napi_env env, napi_value object, const char *name) {
  napi_value value;
  return napi_get_named_property(env, object, name, &value) == napi_ok ? value : nullptr;
}
static std::vector<napi_value> List(napi_env env, napi_value array) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  std::vector<napi_value> values(length);
  for (uint32_t i = 0; i < length; i++) napi_get_element(env, array, i, &values[i]);
  return values;
}
static std::vector<int32_t> Integers(napi_env env, napi_value array) {
  std::vector<int32_t> values;
  for (napi_value element : List(env, array)) {
    int32_t value = 0;
    napi_get_value_int32(env, element, &value);
    values.push_back(value);
  }
  return values;
}
static TFJSBackend *Backend(napi_env env) {
  void *backend = nullptr;
  napi_get_instance_data(env, &backend);
  return static_cast<TFJSBackend *>(backend);
}

// The tensors of these numbers; empty, with a pending error, where one is not there.
static bool Handles(napi_env env, const std::vector<int32_t> &ids, std::vector<TFE_TensorHandle *> *handles) {
  for (int32_t id : ids) {
    auto found = Backend(env)->tfe_handle_map_.find(id);
    if (found == Backend(env)->tfe_handle_map_.end()) {
      NAPI_THROW_ERROR(env, "Input Tensor ID not referenced (tensor_id: %d)", id);
      return false;
    }
    handles->push_back(found->second);
  }
  return true;
}
`;

const definitions = `
void DefineSteps(napi_env env, napi_value exports) {
  const napi_property_descriptor properties[] = {
      {"createPlan", nullptr, CreatePlan, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"runPlan", nullptr, RunPlan, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"deletePlan", nullptr, DeletePlan, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"createShapes", nullptr, CreateShapes, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"addShape", nullptr, AddShape, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"addConstant", nullptr, AddConstant, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"inferOp", nullptr, InferOp, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"deleteShapes", nullptr, DeleteShapes, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  ENSURE_NAPI_OK(env, napi_define_properties(env, exports, ARRAY_SIZE(properties), properties));
}

}  // namespace tfnodejs
`;

/** C++ that is compiled into tfjs-node's binding beside its own files: plans, and the shapes that a recording needs. */
export const bindingSource = [helpers, planSource, shapesSource, definitions].join('');

/** What is changed in tfjs-node's files: it exports the functions above, and they see the backend's tensors. */
export const bindingPatches: Readonly<Record<string, readonly { readonly from: string; readonly to: string }[]>> = {
  'tfjs_backend.h': [{ from: ' private:\n  TFJSBackend(', to: ' public:\n  TFJSBackend(' }],
  'tfjs_binding.cc': [
    {
      from: 'namespace tfnodejs {\n',
      to: 'namespace tfnodejs {\n\nvoid DefineSteps(napi_env env, napi_value exports);\n',
    },
    {
      from: '  // Export TF property types to JS\n',
      to: '  DefineSteps(env, exports);\n\n  // Export TF property types to JS\n',
    },
  ],
};
