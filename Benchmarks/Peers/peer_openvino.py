"""OpenVINO on its CPU plugin, in both layouts, in single precision. It reorders to blocks and back within a run where it
thinks that this pays: the share of that is in the notes."""
from peer import Library, Prepared, serve
import numpy
import openvino
import onnx_model
from openvino.preprocess import PrePostProcessor


class Compiled(Prepared):
    def __init__(self, core, problem):
        model = core.read_model(onnx_model.serialized(problem))
        if problem.layout == "nhwc":
            steps = PrePostProcessor(model)
            for position in range(len(model.inputs)):
                steps.input(position).tensor().set_layout(openvino.Layout("NHWC"))
                steps.input(position).model().set_layout(openvino.Layout("NCHW"))
            steps.output().tensor().set_layout(openvino.Layout("NHWC"))
            steps.output().model().set_layout(openvino.Layout("NCHW"))
            model = steps.build()
        settings = {
            "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": problem.threads, "ENABLE_CPU_PINNING": False,
        }
        compiled = core.compile_model(model, "CPU", settings)
        self.request = self.bound(compiled, problem)
        self.notes = self.algorithm(core.compile_model(model, "CPU", settings | {"PERF_COUNT": True}), problem)

    @staticmethod
    def bound(compiled, problem):
        request = compiled.create_infer_request()
        for name, array in (("x", problem.input), ("z", problem.residual)):
            if array is not None:
                request.set_tensor(name, openvino.Tensor(array, shared_memory=True))
        request.set_output_tensor(openvino.Tensor(problem.output, shared_memory=True))
        return request

    @classmethod
    def algorithm(cls, compiled, problem):
        request = cls.bound(compiled, problem)
        for _ in range(3):
            request.infer()
        # What is written here is written over by the first run.
        nodes = [node for node in request.get_profiling_info() if node.status == node.Status.EXECUTED]
        reorders = sum(n.real_time.total_seconds() for n in nodes if n.node_type in ("Reorder", "Transpose"))
        others = [n.exec_type for n in nodes if n.node_type not in ("Reorder", "Transpose", "Parameter", "Result")]
        return f"{', '.join(others)}; reorders within the time: {1e6 * reorders:.0f} µs"

    def run(self):
        self.request.infer(share_outputs=True)


class OpenVINO(Library):
    name = "openvino"
    version = openvino.__version__.split("-")[0]
    layouts = ("nchw", "nhwc")

    def __init__(self):
        self.core = openvino.Core()

    def prepare(self, problem):
        return Compiled(self.core, problem)


if __name__ == "__main__":
    serve(OpenVINO())
