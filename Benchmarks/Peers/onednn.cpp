// oneDNN 2.x and 3.x alike.
//
// blocked: the library chooses all layouts (format_tag::any); converting the input and the output is apart from a run.
// plain: input and output are nchw or nhwc as they lie in memory; the library chooses that of the weights only.
#include <omp.h>

#include <cstring>
#include <oneapi/dnnl/dnnl.hpp>

#include "native.h"

using dnnl::memory;
using tag = memory::format_tag;

namespace {

dnnl::engine &cpu() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

class Primitive : public Convolution {
 public:
  Primitive(const Sizes &s, const Options &options, const Tensors &tensors)
      : threads(options.threads), stream(cpu()), residualIsSummed(tensors.residual != nullptr) {
    const auto [weights, bias, input, residual, output] = tensors;
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
        if (!primitiveDesc.next_impl()) throw Unsupported("the library has no F(4,3) for this problem");
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
    packedBytes = libraryWeights.get_desc().get_size();
  }

  void load() override {
    omp_set_num_threads(threads);
    convert(userInput, libraryInput);
    if (residualIsSummed) convert(userResidual, libraryResidual);
  }

  /// The sum is done in place, as in a network: the output begins as the residual.
  void reset() override {
    if (!residualIsSummed) return;
    std::memcpy(
        libraryOutput.get_data_handle(), libraryResidual.get_data_handle(), libraryOutput.get_desc().get_size());
  }

  void run() override {
    omp_set_num_threads(threads);
    primitive.execute(stream, arguments);
    stream.wait();
  }

  void store() override { convert(libraryOutput, userOutput); }

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

}  // namespace

/// "2.6.3"
std::string version() {
  const auto *v = dnnl::version();
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

std::unique_ptr<Convolution> make(const Sizes &sizes, const Options &options, const Tensors &tensors) {
  try {
    return std::make_unique<Primitive>(sizes, options, tensors);
  } catch (const dnnl::error &error) {
    if (error.status == dnnl_unimplemented) throw Unsupported(error.message);
    throw;
  }
}
