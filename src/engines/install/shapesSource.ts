/**
 * C++ of the binding: what a TensorFlow operator would return, without computing it. The operators become nodes of a graph that is
 * never run; TensorFlow infers shapes and types when a node is added.
 */
export const shapesSource = `
class Shapes {
 public:
  TF_Graph *graph = TF_NewGraph();
  // By the numbers that JavaScript knows.
  std::vector<TF_Output> values;

  ~Shapes() { TF_DeleteGraph(graph); }
  TF_OperationDescription *Describe(const std::string &op) {
    return TF_NewOperation(graph, op.c_str(), ("n" + std::to_string(made++)).c_str());
  }

 private:
  int64_t made = 0;
};

// Values that a shape may depend on: a new shape, axes, paddings. Larger tensors are known by their shapes only.
static const int64_t kMostValues = 256;

static int32_t Integer(napi_env env, napi_value value) {
  int32_t number = 0;
  napi_get_value_int32(env, value, &number);
  return number;
}
static double Number(napi_env env, napi_value value) {
  double number = 0;
  napi_get_value_double(env, value, &number);
  return number;
}
static bool Truth(napi_env env, napi_value value) {
  bool truth = false;
  napi_get_value_bool(env, value, &truth);
  return truth;
}
static std::vector<int64_t> Sizes(napi_env env, napi_value array) {
  const std::vector<int32_t> sizes = Integers(env, array);
  return {sizes.begin(), sizes.end()};
}

// As AssignOpAttr does for an operator that is executed.
static void DescribeAttribute(napi_env env, TF_OperationDescription *description, napi_value attribute) {
  std::string name;
  ENSURE_NAPI_OK(env, GetStringParam(env, Property(env, attribute, "name"), name));
  const napi_value value = Property(env, attribute, "value");
  bool listed = false;
  napi_is_array(env, value, &listed);
  const std::vector<napi_value> list = listed ? List(env, value) : std::vector<napi_value>{value};
  const int size = static_cast<int>(list.size());
  const TF_AttrType type = static_cast<TF_AttrType>(Integer(env, Property(env, attribute, "type")));
  switch (type) {
    case TF_ATTR_STRING: {
      std::string text;
      ENSURE_NAPI_OK(env, GetStringParam(env, value, text));
      TF_SetAttrString(description, name.c_str(), text.data(), text.size());
      break;
    }
    case TF_ATTR_INT: {
      std::vector<int64_t> numbers;
      for (napi_value element : list) numbers.push_back(static_cast<int64_t>(Number(env, element)));
      if (listed) TF_SetAttrIntList(description, name.c_str(), numbers.data(), size);
      else TF_SetAttrInt(description, name.c_str(), numbers[0]);
      break;
    }
    case TF_ATTR_FLOAT: {
      std::vector<float> numbers;
      for (napi_value element : list) numbers.push_back(static_cast<float>(Number(env, element)));
      if (listed) TF_SetAttrFloatList(description, name.c_str(), numbers.data(), size);
      else TF_SetAttrFloat(description, name.c_str(), numbers[0]);
      break;
    }
    case TF_ATTR_BOOL: {
      std::vector<unsigned char> truths;
      for (napi_value element : list) truths.push_back(Truth(env, element));
      if (listed) TF_SetAttrBoolList(description, name.c_str(), truths.data(), size);
      else TF_SetAttrBool(description, name.c_str(), truths[0]);
      break;
    }
    case TF_ATTR_TYPE:
      TF_SetAttrType(description, name.c_str(), static_cast<TF_DataType>(Integer(env, value)));
      break;
    case TF_ATTR_SHAPE: {
      const std::vector<int64_t> sizes = Sizes(env, value);
      TF_SetAttrShape(description, name.c_str(), sizes.data(), static_cast<int>(sizes.size()));
      break;
    }
    default:
      REPORT_UNKNOWN_TF_ATTR_TYPE(env, type);
  }
}

// { id, shape, dtype } of a value, as the backend describes tensors; the id is the value's number here. shape is null where it
// depends on values.
static napi_value DescribeValue(napi_env env, Shapes *shapes, TF_Output value, TF_Status *status) {
  const int rank = TF_GraphGetTensorNumDims(shapes->graph, value, status);
  std::vector<int64_t> sizes(rank > 0 ? rank : 0);
  if (TF_GetCode(status) == TF_OK && rank > 0) TF_GraphGetTensorShape(shapes->graph, value, sizes.data(), rank, status);
  if (TF_GetCode(status) != TF_OK) return nullptr;
  napi_value described, id, dtype, shape;
  napi_create_object(env, &described);
  napi_create_int32(env, static_cast<int32_t>(shapes->values.size()), &id);
  napi_create_int32(env, TF_OperationOutputType(value), &dtype);
  if (rank < 0 || std::any_of(sizes.begin(), sizes.end(), [](int64_t size) { return size < 0; })) {
    napi_get_null(env, &shape);
  } else {
    napi_create_array_with_length(env, sizes.size(), &shape);
    for (size_t i = 0; i < sizes.size(); i++) {
      napi_value size;
      napi_create_int64(env, sizes[i], &size);
      napi_set_element(env, shape, i, size);
    }
  }
  napi_set_named_property(env, described, "id", id);
  napi_set_named_property(env, described, "shape", shape);
  napi_set_named_property(env, described, "dtype", dtype);
  shapes->values.push_back(value);
  return described;
}

static TF_Output Placeholder(Shapes *shapes, TF_DataType type, const std::vector<int64_t> &sizes, TF_Status *status) {
  TF_OperationDescription *description = shapes->Describe("Placeholder");
  TF_SetAttrType(description, "dtype", type);
  TF_SetAttrShape(description, "shape", sizes.data(), static_cast<int>(sizes.size()));
  return {TF_FinishOperation(description, status), 0};
}

static void ForgetShapes(napi_env, void *data, void *) { delete static_cast<std::unique_ptr<Shapes> *>(data); }
static std::unique_ptr<Shapes> *ShapesOf(napi_env env, napi_value external) {
  void *data = nullptr;
  napi_get_value_external(env, external, &data);
  return static_cast<std::unique_ptr<Shapes> *>(data);
}

// createShapes()
static napi_value CreateShapes(napi_env env, napi_callback_info) {
  std::unique_ptr<std::unique_ptr<Shapes>> shapes(new std::unique_ptr<Shapes>(new Shapes));
  napi_value result;
  ENSURE_NAPI_OK_RETVAL(env, napi_create_external(env, shapes.get(), ForgetShapes, nullptr, &result), nullptr);
  shapes.release();
  return result;
}

// deleteShapes(shapes): they must not be used any more.
static napi_value DeleteShapes(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  ENSURE_NAPI_OK_RETVAL(env, napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr), nullptr);
  ShapesOf(env, argument)->reset();
  return nullptr;
}

// addShape(shapes, shape, dtype): a value of which no more is known
static napi_value AddShape(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  ENSURE_NAPI_OK_RETVAL(env, napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr), nullptr);
  Shapes *shapes = ShapesOf(env, arguments[0])->get();
  TF_AutoStatus status;
  const TF_DataType type = static_cast<TF_DataType>(Integer(env, arguments[2]));
  const TF_Output value = Placeholder(shapes, type, Sizes(env, arguments[1]), status.status);
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  napi_value described = DescribeValue(env, shapes, value, status.status);
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  return described;
}

// addConstant(shapes, number of a tensor)
static napi_value AddConstant(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  ENSURE_NAPI_OK_RETVAL(env, napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr), nullptr);
  Shapes *shapes = ShapesOf(env, arguments[0])->get();
  std::vector<TFE_TensorHandle *> handles;
  if (!Handles(env, {Integer(env, arguments[1])}, &handles)) return nullptr;
  TF_AutoStatus status;
  const TF_DataType type = TFE_TensorHandleDataType(handles[0]);
  const int rank = TFE_TensorHandleNumDims(handles[0], status.status);
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  std::vector<int64_t> sizes;
  int64_t elements = 1;
  for (int i = 0; i < rank; i++) {
    sizes.push_back(TFE_TensorHandleDim(handles[0], i, status.status));
    ENSURE_TF_OK_RETVAL(env, status, nullptr);
    elements *= sizes.back();
  }
  TF_Output value = {nullptr, 0};
  if (elements <= kMostValues && type != TF_STRING && type != TF_RESOURCE) {
    std::unique_ptr<TF_Tensor, decltype(&TF_DeleteTensor)> tensor(TFE_TensorHandleResolve(handles[0], status.status), TF_DeleteTensor);
    ENSURE_TF_OK_RETVAL(env, status, nullptr);
    TF_OperationDescription *description = shapes->Describe("Const");
    TF_SetAttrType(description, "dtype", type);
    TF_SetAttrTensor(description, "value", tensor.get(), status.status);
    TF_AutoStatus finished;
    value.oper = TF_FinishOperation(description, finished.status);
    ENSURE_TF_OK_RETVAL(env, status, nullptr);
    ENSURE_TF_OK_RETVAL(env, finished, nullptr);
  } else {
    value = Placeholder(shapes, type, sizes, status.status);
    ENSURE_TF_OK_RETVAL(env, status, nullptr);
  }
  napi_value described = DescribeValue(env, shapes, value, status.status);
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  return described;
}

// inferOp(shapes, name, attributes, numbers of the inputs, number of outputs): what executeOp returns. Where an operator takes a
// list of tensors, it is its first input, and the attribute N tells its length.
static napi_value InferOp(napi_env env, napi_callback_info info) {
  size_t count = 5;
  napi_value arguments[5];
  ENSURE_NAPI_OK_RETVAL(env, napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr), nullptr);
  Shapes *shapes = ShapesOf(env, arguments[0])->get();
  std::string name;
  ENSURE_NAPI_OK_RETVAL(env, GetStringParam(env, arguments[1], name), nullptr);
  TF_OperationDescription *description = shapes->Describe(name);
  size_t listed = 0;
  for (napi_value attribute : List(env, arguments[2])) {
    std::string attributeName;
    GetStringParam(env, Property(env, attribute, "name"), attributeName);
    if (attributeName == "N") listed = Integer(env, Property(env, attribute, "value"));
    if (!IsExceptionPending(env)) DescribeAttribute(env, description, attribute);
  }
  std::vector<TF_Output> inputs;
  for (int32_t number : Integers(env, arguments[3])) inputs.push_back(shapes->values.at(number));
  listed = std::min(listed, inputs.size());
  if (listed > 0) TF_AddInputList(description, inputs.data(), static_cast<int>(listed));
  for (size_t i = listed; i < inputs.size(); i++) TF_AddInput(description, inputs[i]);
  TF_AutoStatus status;
  TF_Operation *operation = TF_FinishOperation(description, status.status);
  if (IsExceptionPending(env)) return nullptr;
  ENSURE_TF_OK_RETVAL(env, status, nullptr);
  const int outputs = Integer(env, arguments[4]);
  if (TF_OperationNumOutputs(operation) < outputs) {
    NAPI_THROW_ERROR(env, "%s has %d outputs, %d are asked for", name.c_str(), TF_OperationNumOutputs(operation), outputs);
    return nullptr;
  }
  napi_value results;
  napi_create_array_with_length(env, outputs, &results);
  for (int i = 0; i < outputs; i++) {
    napi_value described = DescribeValue(env, shapes, {operation, i}, status.status);
    ENSURE_TF_OK_RETVAL(env, status, nullptr);
    napi_set_element(env, results, i, described);
  }
  return results;
}
`;
