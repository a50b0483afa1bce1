"""MNN, converted from ONNX by its own converter so that it fuses what it can, in single precision."""
import os
import tempfile

from peer import Library, Prepared, best_nanoseconds, serve
import MNN
import MNN.expr as F
import MNN.nn as nn
import _tools
import onnx_model


class Session(Prepared):
    def __init__(self, problem):
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
        # Blocks of four and more channels are what its layers hand on. A residual that is an input of the whole network
        # is taken in NCHW only: converting it is part of the time.
        p = self.problem
        self.inputs = [F.convert(F.const(p.input, list(p.input.shape), F.NCHW), F.NC4HW4)]
        if p.has_residual:
            self.inputs.append(F.const(p.residual, list(p.residual.shape), F.NCHW))
            self.notes = "the residual is reordered within the time"
        for variable in self.inputs:
            variable.fix_as_const()

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
