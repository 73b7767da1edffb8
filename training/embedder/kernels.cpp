// Backward passes on tensors, bf16 or float32, that lie channels last in memory ([N, H, W, C]); sums are float32. Compiled by kernels.py.
#include <cstdint>
#include <cstring>
#include <vector>

static inline float widen(uint16_t value) {
    uint32_t bits = uint32_t(value) << 16;
    float result;
    std::memcpy(&result, &bits, 4);
    return result;
}

static inline float widen(float value) { return value; }

static inline void put(float* target, float value) { *target = value; }

static inline void put(uint16_t* target, float value) {  // to nearest, ties to even
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    *target = uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// PReLU: x, grad, grad_x are [rows, channels]; grad_slope [channels] is added to.
template <typename T>
static void prelu(const T* x, const T* grad, const float* slope, T* grad_x, float* grad_slope, int64_t rows, int64_t channels) {
#pragma omp parallel
    {
        std::vector<float> sums(channels, 0.0f);
        float* sum = sums.data();
#pragma omp for schedule(static)
        for (int64_t row = 0; row < rows; row++) {
            const T* xs = x + row * channels;
            const T* gs = grad + row * channels;
            T* out = grad_x + row * channels;
#pragma GCC ivdep
            for (int64_t c = 0; c < channels; c++) {
                float value = widen(xs[c]), g = widen(gs[c]);
                bool positive = value > 0;
                put(out + c, positive ? g : g * slope[c]);
                sum[c] += positive ? 0.0f : g * value;
            }
        }
#pragma omp critical
        for (int64_t c = 0; c < channels; c++) grad_slope[c] += sum[c];
    }
}

// A 3×3 convolution of each channel alone, padded by its dilation. x and grad_x are [n, h, w, channels], grad [n, oh, ow, channels],
// weight [9, channels]; grad_weight [9, channels] and grad_bias [channels] are added to. Channels go in blocks of 64, so that one
// block of one image stays in the cache; channels are a multiple of 64.
template <typename T>
static void depthwise(const T* x, const T* grad, const float* weight, T* grad_x, float* grad_weight, float* grad_bias, int64_t n, int64_t h,
                      int64_t w, int64_t channels, int64_t stride, int64_t dilation) {
    constexpr int block = 64;
    const int64_t oh = (h - 1) / stride + 1, ow = (w - 1) / stride + 1, blocks = channels / block;
#pragma omp parallel
    {
        std::vector<float> plane(h * w * block);
#pragma omp for schedule(dynamic)
        for (int64_t part = 0; part < blocks; part++) {
            const int64_t first = part * block;
            float taps[9][block], tap_sums[9][block] = {}, bias_sum[block] = {};
            for (int t = 0; t < 9; t++) std::memcpy(taps[t], weight + t * channels + first, sizeof taps[t]);
            for (int64_t image = 0; image < n; image++) {
                std::memset(plane.data(), 0, plane.size() * sizeof(float));
                const T* in = x + image * h * w * channels + first;
                for (int64_t oy = 0; oy < oh; oy++)
                    for (int64_t ox = 0; ox < ow; ox++) {
                        const T* source = grad + ((image * oh + oy) * ow + ox) * channels + first;
                        float g[block];
                        for (int c = 0; c < block; c++) g[c] = widen(source[c]), bias_sum[c] += g[c];
                        for (int t = 0; t < 9; t++) {
                            const int64_t iy = oy * stride + (t / 3 - 1) * dilation, ix = ox * stride + (t % 3 - 1) * dilation;
                            if (iy < 0 || iy >= h || ix < 0 || ix >= w) continue;
                            float* target = plane.data() + (iy * w + ix) * block;
                            const T* value = in + (iy * w + ix) * channels;
                            for (int c = 0; c < block; c++) target[c] += g[c] * taps[t][c];
                            for (int c = 0; c < block; c++) tap_sums[t][c] += g[c] * widen(value[c]);
                        }
                    }
                T* out = grad_x + image * h * w * channels + first;
                for (int64_t pixel = 0; pixel < h * w; pixel++)
                    for (int c = 0; c < block; c++) put(out + pixel * channels + c, plane[pixel * block + c]);
            }
            for (int c = 0; c < block; c++) grad_bias[first + c] += bias_sum[c];
            for (int t = 0; t < 9; t++)
                for (int c = 0; c < block; c++) grad_weight[t * channels + first + c] += tap_sums[t][c];
        }
    }
}

extern "C" void prelu_backward_bf16(const uint16_t* x, const uint16_t* grad, const float* slope, uint16_t* grad_x, float* grad_slope,
                                    int64_t rows, int64_t channels) {
    prelu(x, grad, slope, grad_x, grad_slope, rows, channels);
}

extern "C" void prelu_backward_f32(const float* x, const float* grad, const float* slope, float* grad_x, float* grad_slope, int64_t rows,
                                   int64_t channels) {
    prelu(x, grad, slope, grad_x, grad_slope, rows, channels);
}

extern "C" void depthwise_backward_bf16(const uint16_t* x, const uint16_t* grad, const float* weight, uint16_t* grad_x, float* grad_weight,
                                        float* grad_bias, int64_t n, int64_t h, int64_t w, int64_t channels, int64_t stride, int64_t dilation) {
    depthwise(x, grad, weight, grad_x, grad_weight, grad_bias, n, h, w, channels, stride, dilation);
}

extern "C" void depthwise_backward_f32(const float* x, const float* grad, const float* weight, float* grad_x, float* grad_weight,
                                       float* grad_bias, int64_t n, int64_t h, int64_t w, int64_t channels, int64_t stride, int64_t dilation) {
    depthwise(x, grad, weight, grad_x, grad_weight, grad_bias, n, h, w, channels, stride, dilation);
}
