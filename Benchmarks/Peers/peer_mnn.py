"""MNN, converted from ONNX by its own converter so that it fuses what it can, in single precision."""
import os
import tempfile

from peer import Library, Prepared, Unsupported, best_nanoseconds, serve
import MNN
import MNN.expr as F
import MNN.nn as nn
import _tools
import onnx_model


class Session(Prepared):
    def __init__(self, problem):
        if problem.layout != "nchw":
            raise Unsupported(f"layout {problem.layout}")
        self.problem = problem
        with tempfile.TemporaryDirectory() as directory:
            source, converted = os.path.join(directory, "model.onnx"), os.path.join(directory, "model.mnn")
            with open(source, "wb") as file:
                file.write(onnx_model.serialized(problem))
            # The converter itself: the command of that name also reports to its makers over the network.
            _tools.mnnconvert([
                "mnnconvert", "-f", "ONNX", "--modelFile", source, "--MNNModel", converted, "--bizCode", "peer",
                "--keepInputFormat=0"])
            if not os.path.exists(converted):
                raise RuntimeError("the converter wrote no model; see standard error")
            runtime = nn.create_runtime_manager(
                ({"backend": "CPU", "precision": "high", "numThread": problem.threads},))
            names = ["x", "z"] if problem.has_residual else ["x"]
            self.module = nn.load_module_from_file(
                converted, names, ["y"], runtime_manager=runtime, shape_mutable=False)
        self.load()
        self.run()
        self.reorder_nanoseconds = best_nanoseconds(self.load) + best_nanoseconds(self.store)

    def load(self):
        self.inputs = []
        for array in (self.problem.input, self.problem.residual):
            if array is not None:
                self.inputs.append(F.convert(F.const(array, list(array.shape), F.NCHW), F.NC4HW4))
        for variable in self.inputs:
            variable.fix(F.CONSTANT) if hasattr(variable, "fix") else variable.read()

    def run(self):
        self.result = self.module.forward(self.inputs)[0]

    def store(self):
        plain = F.convert(self.result, F.NCHW)
        self.problem.output[...] = plain.read().reshape(self.problem.output.shape)


class MNNLibrary(Library):
    name = "mnn"
    version = MNN.version()
    layouts = ("nchw",)
    winograd = 6

    def prepare(self, problem):
        return Session(problem)


if __name__ == "__main__":
    serve(MNNLibrary())
