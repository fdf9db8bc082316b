/** Depthwise convolutions of one filter per channel, and their gradients; channels last. */
export const depthwise = `
// Attribute of all three: the filter's height and width, strides, rows and columns of padding before the image, and height and
// width of what comes out (not of a filter's gradient).
struct Sliding {
  int32_t size[2], stride[2], before[2], out[2];
};
static void readSliding(TF_OpKernelConstruction *construction, Sliding *to, TF_Status *status) {
  int32_t v[8] = {};
  TF_OpKernelConstruction_GetAttrInt32List(construction, "window", v, 8, status);
  *to = {{v[0], v[1]}, {v[2], v[3]}, {v[4], v[5]}, {v[6], v[7]}};
}
static void *createSliding(TF_OpKernelConstruction *construction) {
  Sliding *sliding = new Sliding;
  TF_Status *status = TF_NewStatus();
  readSliding(construction, sliding, status);
  if (TF_GetCode(status) != 0) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return sliding;
}
static void deleteSliding(void *kernel) { delete static_cast<Sliding *>(kernel); }

struct Image {
  int64_t samples, height, width, channels;
};
static Image imageOf(TF_Tensor *t) { return {TF_Dim(t, 0), TF_Dim(t, 1), TF_Dim(t, 2), TF_Dim(t, 3)}; }

// First and last place of a filter (of so many places) that meets the image when it begins at from.
static inline int64_t firstInside(int64_t from) { return from < 0 ? -from : 0; }
static inline int64_t endInside(int64_t from, int64_t places, int64_t size) { return std::min(places, size - from); }

// Some points of one row of the output, for some channels; they share each filter value that is loaded.
template <int points>
static inline __attribute__((always_inline)) void depthwisePoints(const float *x, const float *w, float *y, const Sliding &s,
                                                                  int64_t row, int64_t step, int64_t channels, int64_t width,
                                                                  int64_t i0, int64_t i1, int64_t j0, int64_t j1) {
  Eight sums[points] = {};
  for (int64_t i = i0; i < i1; i++) {
    for (int64_t j = j0; j < j1; j++) {
      const Eight filter = loadEight(w + (i * s.size[1] + j) * channels, width);
      const float *from = x + i * row + j * channels;
#pragma GCC unroll 4
      for (int p = 0; p < points; p++) sums[p] += filter * loadEight(from + p * step, width);
    }
  }
#pragma GCC unroll 4
  for (int p = 0; p < points; p++) storeEight(y + p * channels, sums[p], width);
}

template <bool whole>
static inline __attribute__((always_inline)) void depthwiseRow(const float *x, const float *w, float *y, const Sliding &s,
                                                               const Image &in, int64_t columns, int64_t i0, int64_t i1) {
  const int64_t channels = in.channels, row = in.width * channels, step = s.stride[1] * channels;
  for (int64_t c = 0; c < channels; c += 8) {
    const int64_t width = whole ? 8 : std::min<int64_t>(channels - c, 8);
    for (int64_t column = 0; column < columns;) {
      const int64_t from = column * s.stride[1] - s.before[1];
      const float *image = x + from * channels + c;
      float *to = y + column * channels + c;
      if (from >= 0 && column + 4 <= columns && from + 3 * s.stride[1] + s.size[1] <= in.width) {
        depthwisePoints<4>(image, w + c, to, s, row, step, channels, width, i0, i1, 0, s.size[1]);
        column += 4;
      } else {
        depthwisePoints<1>(image, w + c, to, s, row, step, channels, width, i0, i1, firstInside(from),
                           endInside(from, s.size[1], in.width));
        column++;
      }
    }
  }
}

MULTIPLIED static void slide(const float *x, const float *w, float *y, const Sliding &s, const Image &in, int64_t rows,
                             int64_t columns) {
  for (int64_t n = 0; n < in.samples; n++) {
    for (int64_t r = 0; r < rows; r++, y += columns * in.channels) {
      const int64_t top = r * s.stride[0] - s.before[0];
      const float *from = x + (n * in.height + top) * in.width * in.channels;
      const int64_t i0 = firstInside(top), i1 = endInside(top, s.size[0], in.height);
      if (in.channels % 8 == 0) depthwiseRow<true>(from, w, y, s, in, columns, i0, i1);
      else depthwiseRow<false>(from, w, y, s, in, columns, i0, i1);
    }
  }
}

// Some points of one row of the image, a stride apart: each gathers from the windows that it is in. From place to place of the
// filter (every stride-th one) the windows move back by one.
template <int points>
static inline __attribute__((always_inline)) void gatherPoints(const std::vector<std::pair<const float *, const float *>> &rows,
                                                               float *dx, int64_t step, int64_t stride, int64_t column,
                                                               int64_t channels, int64_t width, int64_t t0, int64_t t1) {
  Eight sums[points] = {};
  for (const auto &row : rows) {
    for (int64_t t = t0; t < t1; t++) {
      const Eight filter = loadEight(row.first + t * stride * channels, width);
      const float *from = row.second + (column - t) * channels;
#pragma GCC unroll 4
      for (int p = 0; p < points; p++) sums[p] += filter * loadEight(from + p * channels, width);
    }
  }
#pragma GCC unroll 4
  for (int p = 0; p < points; p++) storeEight(dx + p * step, sums[p], width);
}

template <bool whole>
static inline __attribute__((always_inline)) void gatherRow(const std::vector<std::pair<const float *, const float *>> &given,
                                                            float *dx, const Sliding &s, const Image &above, int64_t width) {
  const int64_t channels = above.channels, stride = s.stride[1];
  std::vector<std::pair<const float *, const float *>> rows = given;
  for (int64_t c = 0; c < channels; c += 8) {
    const int64_t some = whole ? 8 : std::min<int64_t>(channels - c, 8);
    for (int64_t phase = 0; phase < stride && phase < width; phase++) {
      const int64_t first = (phase + s.before[1]) % stride, ahead = (phase + s.before[1] - first) / stride;
      const int64_t places = first < s.size[1] ? (s.size[1] - first + stride - 1) / stride : 0;
      const int64_t points = (width - phase + stride - 1) / stride;
      for (size_t i = 0; i < rows.size(); i++) rows[i] = {given[i].first + first * channels + c, given[i].second + c};
      for (int64_t q = 0; q < points;) {
        const int64_t column = q + ahead;
        float *to = dx + (phase + q * stride) * channels + c;
        if (q + 4 <= points && column - places + 1 >= 0 && column + 3 < above.width) {
          gatherPoints<4>(rows, to, stride * channels, stride, column, channels, some, 0, places);
          q += 4;
        } else {
          gatherPoints<1>(rows, to, stride * channels, stride, column, channels, some,
                          std::max<int64_t>(0, column - above.width + 1), std::min(places, column + 1));
          q++;
        }
      }
    }
  }
}

// The gradient of the image where strides leave points out.
MULTIPLIED static void gather(const float *dy, const float *w, float *dx, const Sliding &s, const Image &above, int64_t height,
                              int64_t width) {
  const int64_t channels = above.channels;
  // Rows of the filter, and of dy under them.
  std::vector<std::pair<const float *, const float *>> rows;
  for (int64_t n = 0; n < above.samples; n++) {
    for (int64_t h = 0; h < height; h++, dx += width * channels) {
      rows.clear();
      for (int64_t i = (h + s.before[0]) % s.stride[0]; i < s.size[0]; i += s.stride[0]) {
        const int64_t r = (h + s.before[0] - i) / s.stride[0];
        if (h + s.before[0] < i || r >= above.height) continue;
        rows.push_back({w + i * s.size[1] * channels, dy + (n * above.height + r) * above.width * channels});
      }
      if (channels % 8 == 0) gatherRow<true>(rows, dx, s, above, width);
      else gatherRow<false>(rows, dx, s, above, width);
    }
  }
}

// Adds to the gradient of one row of the filter, for eight channels: what lies under so many of its columns at once.
template <int places>
static inline __attribute__((always_inline)) void gradPlaces(const float *x, const float *dy, float *dw, int64_t step,
                                                             int64_t channels, int64_t width, int64_t columns) {
  Eight sums[places] = {};
  for (int64_t column = 0; column < columns; column++) {
    const Eight above = loadEight(dy + column * channels, width);
#pragma GCC unroll 5
    for (int j = 0; j < places; j++) sums[j] += above * loadEight(x + column * step + j * channels, width);
  }
#pragma GCC unroll 5
  for (int j = 0; j < places; j++) storeEight(dw + j * channels, loadEight(dw + j * channels, width) + sums[j], width);
}

MULTIPLIED static void slideGradFilter(const float *x, const float *dy, float *dw, const Sliding &s, const Image &in,
                                       const Image &above) {
  const int64_t channels = in.channels, step = s.stride[1] * channels;
  std::vector<float> padded((in.width + 2 * s.size[1] + s.stride[1]) * channels), sums(s.size[0] * s.size[1] * channels);
  // Columns of the padded row that the windows reach.
  const int64_t reach = (above.width - 1) * s.stride[1] + s.size[1], held = std::min(in.width, reach - s.before[1]);
  if (padded.size() < static_cast<size_t>(reach * channels)) padded.resize(reach * channels);
  for (int64_t n = 0; n < in.samples; n++) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (int64_t h = 0; h < in.height; h++) {
      bool ready = false;
      for (int64_t i = (h + s.before[0]) % s.stride[0]; i < s.size[0]; i += s.stride[0]) {
        const int64_t r = (h + s.before[0] - i) / s.stride[0];
        if (h + s.before[0] < i || r >= above.height) continue;
        if (!ready) memcpy(padded.data() + s.before[1] * channels, x + (n * in.height + h) * in.width * channels, held * channels * sizeof(float));
        ready = true;
        const float *slopes = dy + (n * above.height + r) * above.width * channels;
        for (int64_t c = 0; c < channels; c += 8) {
          const int64_t width = std::min<int64_t>(channels - c, 8);
          for (int64_t j = 0; j < s.size[1];) {
            const float *from = padded.data() + j * channels + c;
            float *to = sums.data() + (i * s.size[1] + j) * channels + c;
            const int64_t left = s.size[1] - j;
            if (left >= 5) gradPlaces<5>(from, slopes + c, to, step, channels, width, above.width), j += 5;
            else if (left >= 3) gradPlaces<3>(from, slopes + c, to, step, channels, width, above.width), j += 3;
            else gradPlaces<1>(from, slopes + c, to, step, channels, width, above.width), j++;
          }
        }
      }
    }
    for (size_t i = 0; i < sums.size(); i++) dw[i] += sums[i];
  }
}

// Without strides, the gradient of the image is a convolution of the gradient with the filter turned round.
static std::vector<float> turnedFilter(const float *w, const Sliding &s, int64_t channels) {
  const int64_t places = s.size[0] * s.size[1];
  std::vector<float> turned(places * channels);
  for (int64_t i = 0; i < places; i++)
    memcpy(turned.data() + i * channels, w + (places - 1 - i) * channels, channels * sizeof(float));
  return turned;
}
static Sliding turnedWindow(const Sliding &s) {
  return {{s.size[0], s.size[1]}, {1, 1}, {s.size[0] - 1 - s.before[0], s.size[1] - 1 - s.before[1]}, {0, 0}};
}

// x [N, H, W, C], w [kh, kw, C, 1] -> [N, H', W', C]
static void computeDepthwise(void *kernel, TF_OpKernelContext *context) {
  const Sliding &s = *static_cast<Sliding *>(kernel);
  Call call(context);
  TF_Tensor *x = call.input(0), *w = x ? call.input(1) : nullptr;
  if (!w) return;
  const Image in = imageOf(x);
  TF_Tensor *y = call.output(0, {in.samples, s.out[0], s.out[1], in.channels});
  if (y) slide(floats(x), floats(w), floats(y), s, in, s.out[0], s.out[1]);
}

// dy [N, H', W', C], w [kh, kw, C, 1] -> [N, H, W, C]
static void computeDepthwiseGradInput(void *kernel, TF_OpKernelContext *context) {
  const Sliding &s = *static_cast<Sliding *>(kernel);
  Call call(context);
  TF_Tensor *dy = call.input(0), *w = dy ? call.input(1) : nullptr;
  if (!w) return;
  const Image above = imageOf(dy);
  TF_Tensor *dx = call.output(0, {above.samples, s.out[0], s.out[1], above.channels});
  if (!dx) return;
  if (s.stride[0] > 1 || s.stride[1] > 1) return gather(floats(dy), floats(w), floats(dx), s, above, s.out[0], s.out[1]);
  const std::vector<float> turned = turnedFilter(floats(w), s, above.channels);
  slide(floats(dy), turned.data(), floats(dx), turnedWindow(s), above, s.out[0], s.out[1]);
}

// x [N, H, W, C], dy [N, H', W', C] -> [kh, kw, C, 1]
static void computeDepthwiseGradFilter(void *kernel, TF_OpKernelContext *context) {
  const Sliding &s = *static_cast<Sliding *>(kernel);
  Call call(context);
  TF_Tensor *x = call.input(0), *dy = x ? call.input(1) : nullptr;
  if (!dy) return;
  const Image in = imageOf(x);
  TF_Tensor *dw = call.output(0, {s.size[0], s.size[1], in.channels, 1});
  if (!dw) return;
  memset(floats(dw), 0, static_cast<size_t>(count(dw)) * sizeof(float));
  slideGradFilter(floats(x), floats(dy), floats(dw), s, in, imageOf(dy));
}
`;
