/** What the operators are built on: the C API for kernels, declared here, since its header draws in others that wheels may lack. */
export const api = `
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <algorithm>
#include <initializer_list>
#include <memory>
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
void TF_OpKernelConstruction_GetAttrInt32(TF_OpKernelConstruction *, const char *, int32_t *, TF_Status *);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction *, const char *, float *, TF_Status *);
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
  TF_Tensor *output(int index, const std::vector<int64_t> &dims) {
    size_t bytes = sizeof(float);
    for (int64_t size : dims) bytes *= static_cast<size_t>(size);
    TF_Tensor *tensor = TF_AllocateOutput(context, index, kFloat, dims.data(), static_cast<int>(dims.size()), bytes, status);
    if (!good()) return nullptr;
    tensors.push_back(tensor);
    return tensor;
  }
  TF_Tensor *outputLike(TF_Tensor *like, int index = 0) { return output(index, dimsOf(like)); }
  static std::vector<int64_t> dimsOf(TF_Tensor *tensor) {
    std::vector<int64_t> dims(TF_NumDims(tensor));
    for (size_t i = 0; i < dims.size(); i++) dims[i] = TF_Dim(tensor, static_cast<int>(i));
    return dims;
  }
};

static int64_t count(TF_Tensor *tensor) { return TF_TensorElementCount(tensor); }
static int64_t lastDim(TF_Tensor *tensor) { return TF_Dim(tensor, TF_NumDims(tensor) - 1); }
static float *floats(TF_Tensor *tensor) { return static_cast<float *>(TF_TensorData(tensor)); }
`;
