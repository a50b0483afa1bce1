"""MNN in single precision: `peer_mnn.py CONFIGURATION`, the configuration one of

winograd  the library's choice. Its F(6×6, 3×3) interpolates at 0, ±1, ±2, ±3, which costs three digits: verification says so
direct    without Winograd's algorithm, so that there is a right result for these layers too
"""
import os
import sys
import tempfile

from peer import Library, Prepared, Unsupported, best_nanoseconds, serve
import MNN
import MNN.expr as F
import MNN.nn as nn
import _tools
import onnx_model

# MNN::Interpreter::HintMode; with 0, Winograd's algorithm isn't among the candidates.
_WINOGRAD_MEMORY_LEVEL = 3


class Session(Prepared):
    def __init__(self, problem, is_direct):
        self.problem = problem
        runtime = nn.create_runtime_manager(
            ({"backend": "CPU", "precision": "high", "numThread": problem.threads},))
        if is_direct:
            runtime.set_hint(_WINOGRAD_MEMORY_LEVEL, 0)
        names = ["x", "z"] if problem.has_residual else ["x"]
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "model.mnn")
            if problem.has_residual:
                self.write_expression(path)
            else:
                self.write_converted(path, directory)
            self.module = nn.load_module_from_file(path, names, ["y"], runtime_manager=runtime, shape_mutable=False)
        self.load()
        self.run()
        self.reorder_nanoseconds = best_nanoseconds(self.load) + best_nanoseconds(self.store)

    def write_converted(self, path, directory):
        """The model from ONNX, so that the library fuses what it can."""
        source = os.path.join(directory, "model.onnx")
        with open(source, "wb") as file:
            file.write(onnx_model.serialized(self.problem))
        # The converter itself: the command of that name also reports to its makers over the network.
        _tools.mnnconvert([
            "mnnconvert", "-f", "ONNX", "--modelFile", source, "--MNNModel", path, "--bizCode", "peer",
            "--keepInputFormat=0"])
        if not os.path.exists(path):
            raise RuntimeError("the converter wrote no model; see standard error")

    def write_expression(self, path):
        """The model from expressions: there a residual can be an input in the layout that layers hand on; the converter
        takes it in NCHW only, and would reorder it within the time."""
        p = self.problem
        p.refuse_cropping()
        if p.paddingTop != p.paddingBottom or p.paddingLeft != p.paddingRight:
            raise Unsupported(f"a residual with padding {p.padding}: its expressions have the same on both sides")
        x, z = F.placeholder(list(p.input.shape), F.NC4HW4), F.placeholder(list(p.output.shape), F.NC4HW4)
        x.name, z.name = "x", "z"
        weights = F.const(p.weights, list(p.weights.shape), F.NCHW)
        bias = p.bias if p.has_bias else [0.0] * p.outputChannels
        y = F.conv2d(
            x, weights, F.const(bias, [p.outputChannels], F.NCHW), (p.strideHeight, p.strideWidth),
            (p.paddingTop, p.paddingLeft), (p.dilationHeight, p.dilationWidth), p.groups,
            F.Padding_Mode.CAFFE)
        y = F.add(y, z)
        if p.activation != "identity":
            y = (F.relu6 if p.activation == "relu6" else F.relu)(y)
        y.name = "y"
        F.save([y], path)

    def load(self):
        # Blocks of four and more channels are what its layers hand on.
        p = self.problem
        arrays = [p.input, p.residual] if p.has_residual else [p.input]
        self.inputs = [F.convert(F.const(array, list(array.shape), F.NCHW), F.NC4HW4) for array in arrays]
        for variable in self.inputs:
            variable.fix_as_const()

    def run(self):
        self.result = self.module.forward(self.inputs)[0]

    def store(self):
        plain = F.convert(self.result, F.NCHW)
        self.problem.output[...] = plain.read().reshape(self.problem.output.shape)


class MNNLibrary(Library):
    version = MNN.version()
    layouts = ("nchw",)

    def __init__(self, configuration):
        self.is_direct = configuration == "direct"
        self.name = f"mnn-{configuration}"
        self.winograd = 0 if self.is_direct else 6

    def prepare(self, problem):
        return Session(problem, self.is_direct)


if __name__ == "__main__":
    serve(MNNLibrary(sys.argv[1] if len(sys.argv) > 1 else "winograd"))
