// oneDNN behind a few C functions, for 2.x and 3.x alike; peer_onednn.py calls them.
//
// blocked: the library chooses all layouts (format_tag::any); converting the input and the output is apart from a run.
// plain: input and output are nchw or nhwc as they lie in memory; the library chooses that of the weights only.
#include <omp.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>

using dnnl::memory;
using tag = memory::format_tag;

namespace {

/// The order is that of peer_onednn.py.
struct Sizes {
  int batch, inputChannels, inputHeight, inputWidth, outputChannels, outputHeight, outputWidth, filterHeight,
      filterWidth, strideHeight, strideWidth, paddingTop, paddingLeft, paddingBottom, paddingRight, dilationHeight,
      dilationWidth, groups;
};

struct Options {
  int activation;  // 0: none, 1: relu, 2: relu6
  int isNHWC, isBlocked;
  int isWinograd;  // 0: no, 1: the library's choice, 2: F(4,3)
  int threads;
};

dnnl::engine &cpu() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

class Convolution {
 public:
  Convolution(
      const Sizes &s, const Options &options, const float *weights, const float *bias, float *input, float *residual,
      float *output)
      : threads(options.threads), stream(cpu()), residualIsSummed(residual != nullptr) {
    omp_set_num_threads(threads);
    const auto f32 = memory::data_type::f32;
    const tag plain = options.isNHWC ? tag::nhwc : tag::nchw;
    const tag wanted = options.isBlocked ? tag::any : plain;
    const memory::dims source{s.batch, s.inputChannels, s.inputHeight, s.inputWidth};
    const memory::dims result{s.batch, s.outputChannels, s.outputHeight, s.outputWidth};
    const int c = s.inputChannels / s.groups;
    const memory::dims filter = s.groups == 1
        ? memory::dims{s.outputChannels, c, s.filterHeight, s.filterWidth}
        : memory::dims{s.groups, s.outputChannels / s.groups, c, s.filterHeight, s.filterWidth};
    const tag filterTag = s.groups == 1 ? tag::oihw : tag::goihw;
    const memory::desc inputAny(source, f32, wanted), outputAny(result, f32, wanted), weightsAny(filter, f32, tag::any);
    const memory::desc biasDesc =
        bias != nullptr ? memory::desc({s.outputChannels}, f32, tag::x) : memory::desc();
    const memory::dims strides{s.strideHeight, s.strideWidth}, dilations{s.dilationHeight - 1, s.dilationWidth - 1};
    const memory::dims before{s.paddingTop, s.paddingLeft}, after{s.paddingBottom, s.paddingRight};
    const auto algorithm =
        options.isWinograd ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct;
    const auto inference = dnnl::prop_kind::forward_inference;

    dnnl::primitive_attr attributes;
    attributes.set_fpmath_mode(dnnl::fpmath_mode::strict);
    dnnl::post_ops operations;
    if (residual != nullptr) operations.append_sum(1.0f);
    const auto kind = options.activation == 2 ? dnnl::algorithm::eltwise_clip : dnnl::algorithm::eltwise_relu;
    const float limit = options.activation == 2 ? 6.0f : 0.0f;
#if DNNL_VERSION_MAJOR >= 3
    if (options.activation != 0) operations.append_eltwise(kind, 0.0f, limit);
    attributes.set_post_ops(operations);
    primitiveDesc = dnnl::convolution_forward::primitive_desc(
        cpu(), inference, algorithm, inputAny, weightsAny, biasDesc, outputAny, strides, dilations, before, after,
        attributes);
#else
    if (options.activation != 0) operations.append_eltwise(1.0f, kind, 0.0f, limit);
    attributes.set_post_ops(operations);
    const auto description = bias != nullptr
        ? dnnl::convolution_forward::desc(
              inference, algorithm, inputAny, weightsAny, biasDesc, outputAny, strides, dilations, before, after)
        : dnnl::convolution_forward::desc(
              inference, algorithm, inputAny, weightsAny, outputAny, strides, dilations, before, after);
    primitiveDesc = dnnl::convolution_forward::primitive_desc(description, attributes, cpu());
#endif
    // Of its Winograd algorithms the library lists F(2,3) first; the next ones have to be asked for.
    if (options.isWinograd == 2) {
      while (std::strstr(primitiveDesc.impl_info_str(), "4x3") == nullptr) {
        if (!primitiveDesc.next_impl()) throw dnnl::error(dnnl_unimplemented, "the library has no F(4,3) for this problem");
      }
    }
    primitive = dnnl::convolution_forward(primitiveDesc);

    userInput = memory({source, f32, plain}, cpu(), input);
    userOutput = memory({result, f32, plain}, cpu(), output);
    if (residual != nullptr) userResidual = memory({result, f32, plain}, cpu(), residual);
    const auto own = [](const memory &user, const memory::desc &desc) {
      return user.get_desc() == desc ? user : memory(desc, cpu());
    };
    libraryInput = own(userInput, primitiveDesc.src_desc());
    libraryOutput = own(userOutput, primitiveDesc.dst_desc());
    if (residual != nullptr) libraryResidual = own(userResidual, primitiveDesc.dst_desc());
    libraryWeights = memory(primitiveDesc.weights_desc(), cpu());
    memory userWeights({filter, f32, filterTag}, cpu(), const_cast<float *>(weights));
    dnnl::reorder(userWeights, libraryWeights).execute(stream, userWeights, libraryWeights);
    arguments = {
        {DNNL_ARG_SRC, libraryInput}, {DNNL_ARG_WEIGHTS, libraryWeights}, {DNNL_ARG_DST, libraryOutput}};
    if (bias != nullptr) {
      libraryBias = memory(biasDesc, cpu());
      std::memcpy(libraryBias.get_data_handle(), bias, sizeof(float) * s.outputChannels);
      arguments.insert({DNNL_ARG_BIAS, libraryBias});
    }
    stream.wait();
    notes = primitiveDesc.impl_info_str();
  }

  void load() {
    omp_set_num_threads(threads);
    convert(userInput, libraryInput);
    if (residualIsSummed) convert(userResidual, libraryResidual);
  }

  /// The sum is done in place, as in a network: the output begins as the residual.
  void reset() {
    if (!residualIsSummed) return;
    std::memcpy(
        libraryOutput.get_data_handle(), libraryResidual.get_data_handle(), libraryOutput.get_desc().get_size());
  }

  void run() {
    omp_set_num_threads(threads);
    primitive.execute(stream, arguments);
    stream.wait();
  }

  void store() { convert(libraryOutput, userOutput); }

  std::string notes;
  size_t packedBytes() const { return libraryWeights.get_desc().get_size(); }

 private:
  void convert(memory &from, memory &to) {
    if (from.get_data_handle() == to.get_data_handle()) return;
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
  }

  int threads;
  dnnl::stream stream;
  bool residualIsSummed;
  dnnl::convolution_forward::primitive_desc primitiveDesc;
  dnnl::convolution_forward primitive;
  memory userInput, userOutput, userResidual, libraryInput, libraryOutput, libraryResidual, libraryWeights, libraryBias;
  std::unordered_map<int, memory> arguments;
};

template <class Body>
int guarded(char *message, size_t room, Body body) {
  try {
    body();
    return 0;
  } catch (const dnnl::error &error) {
    std::snprintf(message, room, "%s", error.message);
    return error.status == dnnl_unimplemented ? 1 : 2;
  } catch (const std::exception &error) {
    std::snprintf(message, room, "%s", error.what());
    return 2;
  }
}

}  // namespace

extern "C" {

/// "2.6.3"
void peer_version(char *text, size_t room) {
  const auto *v = dnnl::version();
  std::snprintf(text, room, "%d.%d.%d", v->major, v->minor, v->patch);
}

/// 0 and a handle; 1 where the library has nothing for the problem, 2 where it failed: then with a message.
int peer_prepare(
    const Sizes *sizes, const Options *options, const float *weights, const float *bias, float *input, float *residual,
    float *output, void **handle, char *message, size_t room) {
  return guarded(message, room, [&] {
    *handle = new Convolution(*sizes, *options, weights, bias, input, residual, output);
  });
}

const char *peer_notes(void *handle) { return static_cast<Convolution *>(handle)->notes.c_str(); }
size_t peer_packed_bytes(void *handle) { return static_cast<Convolution *>(handle)->packedBytes(); }
int peer_load(void *handle, char *message, size_t room) {
  return guarded(message, room, [&] { static_cast<Convolution *>(handle)->load(); });
}
void peer_reset(void *handle) { static_cast<Convolution *>(handle)->reset(); }
int peer_run(void *handle, char *message, size_t room) {
  return guarded(message, room, [&] { static_cast<Convolution *>(handle)->run(); });
}
int peer_store(void *handle, char *message, size_t room) {
  return guarded(message, room, [&] { static_cast<Convolution *>(handle)->store(); });
}
void peer_release(void *handle) { delete static_cast<Convolution *>(handle); }
}
