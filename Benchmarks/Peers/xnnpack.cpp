// XNNPACK's operators, NHWC, with weights packed beforehand, from and to the tensors as they lie in memory. A residual is
// an operator of its own, as in the library's own graphs, and so is the activation's clamp then part of that.
#include <pthreadpool.h>
#include <xnnpack.h>

#include <limits>
#include <vector>

#include "native.h"

namespace {

void check(xnn_status status, const char *what) {
  if (status == xnn_status_success) return;
  const std::string text = std::string(what) + ": status " + std::to_string(status);
  if (status == xnn_status_unsupported_parameter || status == xnn_status_unsupported_hardware) throw Unsupported(text);
  throw std::runtime_error(text);
}

using Operator = std::unique_ptr<xnn_operator, decltype(&xnn_delete_operator)>;
using Pool = std::unique_ptr<pthreadpool, decltype(&pthreadpool_destroy)>;

class Operators : public Convolution {
 public:
  Operators(const Sizes &s, const Options &options, const Tensors &tensors)
      : pool(options.threads > 1 ? pthreadpool_create(options.threads) : nullptr, pthreadpool_destroy),
        convolution(nullptr, xnn_delete_operator), addition(nullptr, xnn_delete_operator) {
    const int channels = s.inputChannels / s.groups, filters = s.outputChannels / s.groups;
    const int taps = s.filterHeight * s.filterWidth;
    // [K][R][S][C/groups]
    std::vector<float> weights(size_t(s.outputChannels) * taps * channels);
    for (int k = 0; k < s.outputChannels; k++)
      for (int c = 0; c < channels; c++)
        for (int t = 0; t < taps; t++)
          weights[(size_t(k) * taps + t) * channels + c] = tensors.weights[(size_t(k) * channels + c) * taps + t];
    const float infinity = std::numeric_limits<float>::infinity();
    const float low = options.activation == 0 ? -infinity : 0, high = options.activation == 2 ? 6 : infinity;
    const bool adds = tensors.residual != nullptr;
    xnn_operator_t made = nullptr;
    check(
        xnn_create_convolution2d_nhwc_f32(
            s.paddingTop, s.paddingRight, s.paddingBottom, s.paddingLeft, s.filterHeight, s.filterWidth, s.strideHeight,
            s.strideWidth, s.dilationHeight, s.dilationWidth, s.groups, channels, filters, s.inputChannels,
            s.outputChannels, weights.data(), tensors.bias, adds ? -infinity : low, adds ? infinity : high,
            adds ? 0 : XNN_FLAG_YIELD_WORKERS, &made),
        "convolution");
    convolution.reset(made);
    check(
        xnn_setup_convolution2d_nhwc_f32(
            made, s.batch, s.inputHeight, s.inputWidth, tensors.input, tensors.output, pool.get()),
        "setup of the convolution");
    if (!adds) return;
    const size_t shape[] = {size_t(s.batch), size_t(s.outputHeight), size_t(s.outputWidth), size_t(s.outputChannels)};
    check(xnn_create_add_nd_f32(low, high, XNN_FLAG_YIELD_WORKERS, &made), "addition");
    addition.reset(made);
    check(
        xnn_setup_add_nd_f32(
            made, 4, shape, 4, shape, tensors.output, tensors.residual, tensors.output, pool.get()),
        "setup of the addition");
    notes = "the residual is an operator of its own";
  }

  void run() override {
    check(xnn_run_operator(convolution.get(), pool.get()), "convolution");
    if (addition) check(xnn_run_operator(addition.get(), pool.get()), "addition");
  }

 private:
  Pool pool;
  Operator convolution, addition;
};

}  // namespace

/// The library has no number of its own; PEER_VERSION is that of its package.
std::string version() { return PEER_VERSION; }

std::unique_ptr<Convolution> make(const Sizes &sizes, const Options &options, const Tensors &tensors) {
  check(xnn_initialize(nullptr), "initialization");
  return std::make_unique<Operators>(sizes, options, tensors);
}
