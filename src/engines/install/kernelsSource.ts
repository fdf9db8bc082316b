/**
 * TensorFlow operators of our own, for the CPU, where TensorFlow's are slow or are many: the gradient of max pooling (six
 * times as fast), hard-swish and its gradient (one pass each). Through the C API for kernels, which
 * TensorFlow keeps stable; its functions are declared here, since their header draws in others that wheels may lack.
 * Loops over channels are written so that compilers vectorise them, for three generations of x86 at once.
 */
export const kernelsSource = `
#include <stdint.h>
#include <string.h>
#include <vector>

extern "C" {
typedef struct TF_Status TF_Status;
typedef struct TF_Tensor TF_Tensor;
typedef struct TF_OpKernelConstruction TF_OpKernelConstruction;
typedef struct TF_OpKernelContext TF_OpKernelContext;
typedef struct TF_KernelBuilder TF_KernelBuilder;
typedef struct TF_OpDefinitionBuilder TF_OpDefinitionBuilder;
typedef struct TF_ShapeInferenceContext TF_ShapeInferenceContext;
TF_Status *TF_NewStatus(void);
void TF_DeleteStatus(TF_Status *);
int TF_GetCode(const TF_Status *);
int TF_NumDims(const TF_Tensor *);
int64_t TF_Dim(const TF_Tensor *, int);
int64_t TF_TensorElementCount(const TF_Tensor *);
void *TF_TensorData(const TF_Tensor *);
void TF_DeleteTensor(TF_Tensor *);
void TF_GetInput(TF_OpKernelContext *, int, TF_Tensor **, TF_Status *);
TF_Tensor *TF_AllocateOutput(TF_OpKernelContext *, int, int, const int64_t *, int, size_t, TF_Status *);
void TF_OpKernelContext_Failure(TF_OpKernelContext *, TF_Status *);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction *, TF_Status *);
void TF_OpKernelConstruction_GetAttrInt32List(TF_OpKernelConstruction *, const char *, int32_t *, int, TF_Status *);
TF_KernelBuilder *TF_NewKernelBuilder(const char *, const char *, void *(*)(TF_OpKernelConstruction *),
                                      void (*)(void *, TF_OpKernelContext *), void (*)(void *));
void TF_RegisterKernelBuilder(const char *, TF_KernelBuilder *, TF_Status *);
TF_OpDefinitionBuilder *TF_NewOpDefinitionBuilder(const char *);
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder *, const char *);
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder *, const char *);
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder *, const char *);
void TF_OpDefinitionBuilderSetShapeInferenceFunction(TF_OpDefinitionBuilder *,
                                                     void (*)(TF_ShapeInferenceContext *, TF_Status *));
void TF_ShapeInferenceContextSetUnknownShape(TF_ShapeInferenceContext *, TF_Status *);
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder *, TF_Status *);
}

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define VECTORISED __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define VECTORISED
#endif

static const int kFloat = 1;

// One call of an operator: its inputs, and an output shaped like one of them.
struct Call {
  TF_OpKernelContext *context;
  TF_Status *status = TF_NewStatus();
  std::vector<TF_Tensor *> tensors;
  explicit Call(TF_OpKernelContext *c) : context(c) {}
  ~Call() {
    for (TF_Tensor *tensor : tensors) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status);
  }
  bool good() {
    if (TF_GetCode(status) == 0) return true;
    TF_OpKernelContext_Failure(context, status);
    return false;
  }
  TF_Tensor *input(int index) {
    TF_Tensor *tensor = nullptr;
    TF_GetInput(context, index, &tensor, status);
    if (!good()) return nullptr;
    tensors.push_back(tensor);
    return tensor;
  }
  TF_Tensor *outputLike(TF_Tensor *like) {
    std::vector<int64_t> dims(TF_NumDims(like));
    for (size_t i = 0; i < dims.size(); i++) dims[i] = TF_Dim(like, static_cast<int>(i));
    const size_t bytes = static_cast<size_t>(TF_TensorElementCount(like)) * sizeof(float);
    TF_Tensor *tensor = TF_AllocateOutput(context, 0, kFloat, dims.data(), static_cast<int>(dims.size()), bytes, status);
    if (!good()) return nullptr;
    tensors.push_back(tensor);
    return tensor;
  }
};

static float *floats(TF_Tensor *tensor) { return static_cast<float *>(TF_TensorData(tensor)); }

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

// Where x is the window's maximum y and nothing took the gradient before, it goes there: to the first, as in TensorFlow.
VECTORISED static void takeGradient(const float *__restrict x, const float *__restrict y, float *__restrict left,
                                    float *__restrict dx, int64_t channels) {
  for (int64_t c = 0; c < channels; c++) {
    const float here = x[c] == y[c] ? left[c] : 0.0f;
    dx[c] += here;
    left[c] = x[c] == y[c] ? 0.0f : left[c];
  }
}

static void computeHardSwish(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *x = call.input(0);
  TF_Tensor *y = x ? call.outputLike(x) : nullptr;
  if (y) hardSwish(floats(x), floats(y), TF_TensorElementCount(x));
}

static void computeHardSwishGrad(void *, TF_OpKernelContext *context) {
  Call call(context);
  TF_Tensor *dy = call.input(0);
  TF_Tensor *x = dy ? call.input(1) : nullptr;
  TF_Tensor *dx = x ? call.outputLike(x) : nullptr;
  if (dx) hardSwishGrad(floats(dy), floats(x), floats(dx), TF_TensorElementCount(x));
}

// Height and width of the window, strides, rows and columns of padding before the image.
struct Window {
  int32_t size[2], stride[2], before[2];
};

static void *createMaxPoolGrad(TF_OpKernelConstruction *construction) {
  int32_t values[6];
  TF_Status *status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt32List(construction, "window", values, 6, status);
  if (TF_GetCode(status) != 0) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return new Window{{values[0], values[1]}, {values[2], values[3]}, {values[4], values[5]}};
}

static void deleteMaxPoolGrad(void *kernel) { delete static_cast<Window *>(kernel); }

static void computeMaxPoolGrad(void *kernel, TF_OpKernelContext *context) {
  const Window &w = *static_cast<Window *>(kernel);
  Call call(context);
  TF_Tensor *xTensor = call.input(0);
  TF_Tensor *yTensor = xTensor ? call.input(1) : nullptr;
  TF_Tensor *dyTensor = yTensor ? call.input(2) : nullptr;
  TF_Tensor *dxTensor = dyTensor ? call.outputLike(xTensor) : nullptr;
  if (!dxTensor) return;
  const float *x = floats(xTensor), *y = floats(yTensor), *dy = floats(dyTensor);
  float *dx = floats(dxTensor);
  const int64_t samples = TF_Dim(xTensor, 0), height = TF_Dim(xTensor, 1), width = TF_Dim(xTensor, 2);
  const int64_t channels = TF_Dim(xTensor, 3), rows = TF_Dim(yTensor, 1), columns = TF_Dim(yTensor, 2);
  memset(dx, 0, static_cast<size_t>(samples * height * width * channels) * sizeof(float));
  std::vector<float> left(channels);
  for (int64_t n = 0; n < samples; n++) {
    for (int64_t row = 0; row < rows; row++) {
      for (int64_t column = 0; column < columns; column++) {
        const int64_t out = ((n * rows + row) * columns + column) * channels;
        memcpy(left.data(), dy + out, channels * sizeof(float));
        for (int32_t i = 0; i < w.size[0]; i++) {
          const int64_t h = row * w.stride[0] - w.before[0] + i;
          if (h < 0 || h >= height) continue;
          for (int32_t j = 0; j < w.size[1]; j++) {
            const int64_t v = column * w.stride[1] - w.before[1] + j;
            if (v < 0 || v >= width) continue;
            const int64_t in = ((n * height + h) * width + v) * channels;
            takeGradient(x + in, y + out, left.data(), dx + in, channels);
          }
        }
      }
    }
  }
}

static void unknownShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

static bool registerOperator(const char *name, std::vector<const char *> inputs, const char *attribute,
                             void *(*create)(TF_OpKernelConstruction *), void (*compute)(void *, TF_OpKernelContext *),
                             void (*destroy)(void *)) {
  TF_Status *status = TF_NewStatus();
  TF_OpDefinitionBuilder *definition = TF_NewOpDefinitionBuilder(name);
  for (const char *input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  TF_OpDefinitionBuilderAddOutput(definition, "output: float");
  if (attribute) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, unknownShape);
  TF_RegisterOpDefinition(definition, status);
  bool good = TF_GetCode(status) == 0;
  if (good) {
    TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, compute, destroy), status);
    good = TF_GetCode(status) == 0;
  }
  TF_DeleteStatus(status);
  return good;
}

// When the library is loaded: once a process, for it is never unloaded.
static const bool registered =
    registerOperator("NasDistillHardSwish", {"x: float"}, nullptr, nullptr, computeHardSwish, nullptr) &&
    registerOperator("NasDistillHardSwishGrad", {"dy: float", "x: float"}, nullptr, nullptr, computeHardSwishGrad, nullptr) &&
    registerOperator("NasDistillMaxPoolGrad", {"x: float", "y: float", "dy: float"}, "window: list(int)", createMaxPoolGrad,
                     computeMaxPoolGrad, deleteMaxPoolGrad);
`;
