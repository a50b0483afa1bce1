"""OpenVINO on its CPU plugin, NHWC, in single precision, timed by its own latency counter.

A residual that is an input of the whole network, and the output that it's added to, it reorders within a run, which it
doesn't between the layers of a network. So a time is then the latency times the share of the nodes that don't reorder, by
the plugin's own profile, and the rest is given apart."""
import statistics

from peer import Library, Prepared, serve
import numpy
import openvino
import onnx_model
from openvino.preprocess import PrePostProcessor


class Compiled(Prepared):
    def __init__(self, core, problem):
        model = core.read_model(onnx_model.serialized(problem))
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
        self.share, self.notes = self.profile(core.compile_model(model, "CPU", settings | {"PERF_COUNT": True}), problem)
        if self.share < 1:
            self.timed_run(None)
            whole = min(self.timed_run(None) for _ in range(3)) / self.share
            self.reorder_nanoseconds = (1 - self.share) * whole

    @staticmethod
    def bound(compiled, problem):
        request = compiled.create_infer_request()
        for name, array in (("x", problem.input), ("z", problem.residual)):
            if array is not None:
                request.set_tensor(name, openvino.Tensor(array, shared_memory=True))
        request.set_output_tensor(openvino.Tensor(problem.output, shared_memory=True))
        return request

    @classmethod
    def profile(cls, compiled, problem):
        """The share of the nodes that compute, and how they do it. Any output is written over by the first run."""
        request = cls.bound(compiled, problem)
        runs, shares, before = 0, [], {}
        for _ in range(6):
            for _ in range(3):
                request.infer(share_outputs=True)
                runs += 1
            nodes = [node for node in request.get_profiling_info() if node.status == node.Status.EXECUTED]
            # The plugin gives the average of all runs so far.
            totals = {node.node_name: runs * node.real_time.total_seconds() for node in nodes}
            spent = {name: max(total - before.get(name, 0), 0) for name, total in totals.items()}
            before = totals
            reordering = sum(spent[node.node_name] for node in nodes if cls.is_reorder(node))
            everything = sum(spent.values())
            shares.append(1 - reordering / everything if everything > 0 else 1.0)
        # The first ones touched their memory for the first time.
        return statistics.median(shares[1:]), ", ".join(node.exec_type for node in nodes if not cls.is_reorder(node))

    @staticmethod
    def is_reorder(node):
        return node.node_type in ("Reorder", "Transpose")

    def run(self):
        self.request.infer(share_outputs=True)

    def timed_run(self, _):
        self.run()
        return 1e6 * self.request.latency * self.share


class OpenVINO(Library):
    name = "openvino"
    version = openvino.__version__.split("-")[0]
    layouts = ("nhwc",)

    def __init__(self):
        self.core = openvino.Core()

    def prepare(self, problem):
        return Compiled(self.core, problem)


if __name__ == "__main__":
    serve(OpenVINO())
