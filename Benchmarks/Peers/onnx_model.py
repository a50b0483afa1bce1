"""A problem as a model of ONNX, which several libraries read."""
import onnx
from onnx import TensorProto, helper, numpy_helper


def model(problem, passes_residual=False):
    """One convolution with its epilogue, in NCHW: input `x`, residual `z`, output `y`. The weights are constants.

    With `passes_residual`, the residual comes from a layer, as in a network: a pooling of single pixels named `pass`.
    """
    p = problem
    p.refuse_cropping()
    source = [p.batch, p.inputChannels, p.inputHeight, p.inputWidth]
    result = [p.batch, p.outputChannels, p.outputHeight, p.outputWidth]
    constants = [numpy_helper.from_array(p.weights, "w")]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, source)]
    operands = ["x", "w"]
    if p.has_bias:
        constants.append(numpy_helper.from_array(p.bias, "b"))
        operands.append("b")
    steps = [("Conv", operands, {
        "strides": [p.strideHeight, p.strideWidth], "pads": list(p.padding), "group": p.groups,
        "dilations": [p.dilationHeight, p.dilationWidth], "kernel_shape": [p.filterHeight, p.filterWidth]})]
    if p.has_residual:
        inputs.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, result))
        steps.append(("Add", [None, "passed" if passes_residual else "z"], {}))
    if p.activation == "relu":
        steps.append(("Relu", [None], {}))
    elif p.activation == "relu6":
        constants += [helper.make_tensor("lowest", TensorProto.FLOAT, [], [0.0]),
                      helper.make_tensor("highest", TensorProto.FLOAT, [], [6.0])]
        steps.append(("Clip", [None, "lowest", "highest"], {}))
    nodes = []
    if p.has_residual and passes_residual:
        nodes.append(helper.make_node("MaxPool", ["z"], ["passed"], name="pass", kernel_shape=[1, 1]))
    last = None
    for position, (kind, names, attributes) in enumerate(steps):
        name = "y" if position == len(steps) - 1 else f"t{position}"
        nodes.append(helper.make_node(kind, [last if n is None else n for n in names], [name], name=kind, **attributes))
        last = name
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, result)
    graph = helper.make_graph(nodes, "convolution", inputs, [output], constants)
    # Versions that libraries of the last years read.
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def serialized(problem, passes_residual=False):
    """The model's bytes."""
    return model(problem, passes_residual).SerializeToString()
