"""LiteRT, whose interpreter hands float models to XNNPACK; NHWC. The model is written for each problem."""
from peer import Library, Prepared, Unsupported, serve
import ai_edge_litert
import flatbuffers
import numpy
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter


class Model:
    """A model under construction: one graph, its tensors and operators."""

    def __init__(self):
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = "convolution"
        self.model.operatorCodes = []
        self.model.buffers = [schema.BufferT()]  # The first is the empty one.
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs, self.graph.outputs = [], []
        self.model.subgraphs = [self.graph]

    def tensor(self, name, shape, data=None, kind=schema.TensorType.FLOAT32):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name.encode(), list(shape), kind, 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = numpy.frombuffer(numpy.ascontiguousarray(data).tobytes(), numpy.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def add(self, code, version, inputs, output, kind, options):
        operator_code = schema.OperatorCodeT()
        operator_code.builtinCode, operator_code.version = code, version
        operator_code.deprecatedBuiltinCode = min(code, 127)
        self.model.operatorCodes.append(operator_code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes) - 1
        operator.inputs, operator.outputs = inputs, [output]
        operator.builtinOptionsType, operator.builtinOptions = kind, options
        self.graph.operators.append(operator)

    def bytes(self):
        builder = flatbuffers.Builder(1024)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())


def written(p):
    """The problem as a model. Padding that is neither SAME nor VALID is an operator of its own, which XNNPACK fuses."""
    kinds = {
        "identity": schema.ActivationFunctionType.NONE, "relu": schema.ActivationFunctionType.RELU,
        "relu6": schema.ActivationFunctionType.RELU6,
    }
    activation = kinds[p.activation]
    model = Model()
    source = model.tensor("x", p.input_shape)
    model.graph.inputs.append(source)
    padding = schema.Padding.VALID
    if is_same(p):
        padding = schema.Padding.SAME
    elif any(p.padding):
        pads = numpy.array([[0, 0], [p.paddingTop, p.paddingBottom], [p.paddingLeft, p.paddingRight], [0, 0]], numpy.int32)
        amounts = model.tensor("pads", pads.shape, pads, schema.TensorType.INT32)
        shape = (p.batch, p.inputHeight + p.paddingTop + p.paddingBottom,
                 p.inputWidth + p.paddingLeft + p.paddingRight, p.inputChannels)
        padded = model.tensor("padded", shape)
        model.add(schema.BuiltinOperator.PAD, 1, [source, amounts], padded, schema.BuiltinOptions.PadOptions,
                  schema.PadOptionsT())
        source = padded
    bias = p.bias if p.has_bias else numpy.zeros(p.outputChannels, numpy.float32)
    if p.is_depthwise:
        # [1][R][S][K]
        weights = model.tensor("w", (1, p.filterHeight, p.filterWidth, p.outputChannels),
                               p.weights[:, 0].transpose(1, 2, 0))
        options = schema.DepthwiseConv2DOptionsT()
        options.depthMultiplier = p.outputChannels // p.inputChannels
        code, kind = schema.BuiltinOperator.DEPTHWISE_CONV_2D, schema.BuiltinOptions.DepthwiseConv2DOptions
    else:
        # [K][R][S][C/groups]: the number of groups follows.
        data = p.weights.transpose(0, 2, 3, 1)
        weights = model.tensor("w", data.shape, data)
        options = schema.Conv2DOptionsT()
        code, kind = schema.BuiltinOperator.CONV_2D, schema.BuiltinOptions.Conv2DOptions
    options.padding = padding
    options.strideH, options.strideW = p.strideHeight, p.strideWidth
    options.dilationHFactor, options.dilationWFactor = p.dilationHeight, p.dilationWidth
    options.fusedActivationFunction = schema.ActivationFunctionType.NONE if p.has_residual else activation
    result = model.tensor("y", p.output_shape)
    model.add(code, 2, [source, weights, model.tensor("b", bias.shape, bias)], result, kind, options)
    if p.has_residual:
        residual = model.tensor("z", p.output_shape)
        model.graph.inputs.append(residual)
        total = model.tensor("sum", p.output_shape)
        addition = schema.AddOptionsT()
        addition.fusedActivationFunction = activation
        model.add(schema.BuiltinOperator.ADD, 1, [result, residual], total, schema.BuiltinOptions.AddOptions, addition)
        result = total
    model.graph.outputs.append(result)
    return model.bytes()


def is_same(p):
    """Whether the padding is what SAME means: just enough for ⌈input/stride⌉ outputs, the odd one after."""
    def fits(extent, output, stride, taps, dilation, before, after):
        needed = max(0, (output - 1) * stride + (taps - 1) * dilation + 1 - extent)
        return output == -(-extent // stride) and before == needed // 2 and after == needed - needed // 2

    return any(p.padding) and fits(
        p.inputHeight, p.outputHeight, p.strideHeight, p.filterHeight, p.dilationHeight, p.paddingTop, p.paddingBottom
    ) and fits(p.inputWidth, p.outputWidth, p.strideWidth, p.filterWidth, p.dilationWidth, p.paddingLeft, p.paddingRight)


class Interpreted(Prepared):
    def __init__(self, problem):
        problem.refuse_cropping()
        self.problem = problem
        self.interpreter = Interpreter(model_content=written(problem), num_threads=problem.threads)
        self.interpreter.allocate_tensors()
        self.inputs = [entry["index"] for entry in self.interpreter.get_input_details()]
        self.output = self.interpreter.get_output_details()[0]["index"]
        self.run = self.interpreter.invoke

    def load(self):
        self.interpreter.set_tensor(self.inputs[0], self.problem.input)
        if self.problem.has_residual:
            self.interpreter.set_tensor(self.inputs[1], self.problem.residual)

    def store(self):
        self.problem.output[...] = self.interpreter.get_tensor(self.output)


class LiteRT(Library):
    name = "litert"
    version = ai_edge_litert.__version__ if hasattr(ai_edge_litert, "__version__") else "2.3.0"
    layouts = ("nhwc",)

    def prepare(self, problem):
        return Interpreted(problem)


if __name__ == "__main__":
    serve(LiteRT())
