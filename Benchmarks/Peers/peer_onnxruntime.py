"""onnxruntime, in NCHW: `plain` times what a user calls; `nchwc` times its blocked convolution without the reorders that
it puts around it, and gives their cost apart."""
import os
import sys
import tempfile

from peer import Library, Prepared, Unsupported, best_nanoseconds, serve
import numpy
import onnx
import onnxruntime
import onnx_model


def options(threads):
    result = onnxruntime.SessionOptions()
    result.intra_op_num_threads = threads
    result.inter_op_num_threads = 1
    result.log_severity_level = 3
    result.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Threads may spin within a run, not after it.
    result.add_session_config_entry("session.force_spinning_stop", "1")
    return result


class Session:
    """A session whose inputs and output lie in arrays of ours."""

    def __init__(self, model, threads, inputs, output):
        self.session = onnxruntime.InferenceSession(model, options(threads), providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        self.arrays = list(inputs.values()) + [output]
        for name, array in inputs.items():
            self.binding.bind_input(name, "cpu", 0, numpy.float32, array.shape, array.ctypes.data)
        name = self.session.get_outputs()[0].name
        self.binding.bind_output(name, "cpu", 0, numpy.float32, output.shape, output.ctypes.data)

    def run(self):
        self.session.run_with_iobinding(self.binding)


class Plain(Prepared):
    def __init__(self, problem):
        inputs = {"x": problem.input}
        if problem.has_residual:
            inputs["z"] = problem.residual
        self.session = Session(onnx_model.serialized(problem), problem.threads, inputs, problem.output)
        self.run = self.session.run


class Blocked(Prepared):
    """The optimizer's own graph with its reorders cut off."""

    def __init__(self, problem):
        self.problem = problem
        graph = self.optimized(problem)
        for node in [n for n in graph.graph.node if n.op_type == "MaxPool"]:
            self.rename(graph, node.output[0], node.input[0])
            graph.graph.node.remove(node)
        reorders = [n for n in graph.graph.node if n.op_type in ("ReorderInput", "ReorderOutput")]
        if not any(n.domain == "com.microsoft.nchwc" and n.op_type == "Conv" for n in graph.graph.node):
            raise Unsupported("the library doesn't block this convolution; see onnxruntime-plain")
        others = [n.op_type for n in graph.graph.node if n not in reorders and n.op_type != "Conv"]
        if others:
            raise Unsupported(f"the library doesn't fuse this epilogue into its blocked convolution: {others}")
        self.sources = {"x": problem.input}
        if problem.has_residual:
            self.sources["z"] = problem.residual
        self.buffers = {}
        self.block = self.block_size()
        blocked = {name: False for name in self.sources}
        is_output_blocked = False
        for node in reorders:
            if node.op_type == "ReorderInput":
                name = node.input[0]
                if any(a.name == "channels_last" and a.i for a in node.attribute) or name not in blocked:
                    raise Unsupported("the library reorders in a way that can't be cut off")
                blocked[name] = True
                self.rename(graph, node.output[0], name)
            else:
                is_output_blocked = True
                self.rename(graph, node.input[0], "y")
            graph.graph.node.remove(node)
        for name, source in self.sources.items():
            shape = self.blocked_shape(source.shape) if blocked[name] else source.shape
            self.buffers[name] = numpy.zeros(shape, numpy.float32) if blocked[name] else source
        self.blocked = blocked
        self.output = (
            numpy.zeros(self.blocked_shape(problem.output.shape), numpy.float32) if is_output_blocked else problem.output)
        for value in list(graph.graph.input) + list(graph.graph.output):
            array = self.output if value.name == "y" else self.buffers[value.name]
            for dimension, extent in zip(value.type.tensor_type.shape.dim, self.flat_shape(array)):
                dimension.dim_value = extent
        del graph.graph.value_info[:]
        self.session = Session(
            graph.SerializeToString(), problem.threads, {n: self.flat(b) for n, b in self.buffers.items()},
            self.flat(self.output))
        self.run = self.session.run
        whole = Plain(problem)
        self.reorder_nanoseconds = max(0, best_nanoseconds(whole.run) - best_nanoseconds(self.run))

    @staticmethod
    def optimized(problem):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "model.onnx")
            settings = options(problem.threads)
            settings.optimized_model_filepath = path
            # A residual is added within the blocked convolution only where it comes from a blocked layer.
            onnxruntime.InferenceSession(onnx_model.serialized(problem, passes_residual=True), settings, providers=["CPUExecutionProvider"])
            return onnx.load(path)

    @staticmethod
    def rename(graph, old, new):
        for node in graph.graph.node:
            for names in (node.input, node.output):
                for position, name in enumerate(names):
                    if name == old:
                        names[position] = new

    @staticmethod
    def block_size():
        """Channels of a block: as many as a vector has numbers."""
        for isa, block in (("avx512f", 16), ("avx", 8)):
            with open("/proc/cpuinfo", encoding="utf-8") as file:
                if f" {isa} " in file.read():
                    return block
        raise Unsupported("the size of the library's blocks isn't known on this processor")

    def blocked_shape(self, shape):
        n, c, h, w = shape
        b = self.block
        return (n, -(-c // b), h, w, b)

    @staticmethod
    def flat_shape(array):
        if array.ndim == 4:
            return array.shape
        n, c, h, w, b = array.shape
        return (n, c * b, h, w)

    def flat(self, array):
        return array.reshape(self.flat_shape(array))

    def load(self):
        for name, source in self.sources.items():
            if self.blocked[name]:
                n, c, h, w = source.shape
                b = self.block
                whole = numpy.zeros((n, -(-c // b) * b, h, w), numpy.float32)
                whole[:, :c] = source
                self.buffers[name][...] = whole.reshape(n, -1, b, h, w).transpose(0, 1, 3, 4, 2)

    def store(self):
        if self.output is not self.problem.output:
            n, c, h, w, b = self.output.shape
            plain = self.output.transpose(0, 1, 4, 2, 3).reshape(n, c * b, h, w)
            self.problem.output[...] = plain[:, : self.problem.outputChannels]


class ONNXRuntime(Library):
    version = onnxruntime.__version__
    layouts = ("nchw",)

    def __init__(self, configuration):
        self.configuration = configuration
        self.name = f"onnxruntime-{configuration}"

    def prepare(self, problem):
        return Blocked(problem) if self.configuration == "nchwc" else Plain(problem)


if __name__ == "__main__":
    serve(ONNXRuntime(sys.argv[1] if len(sys.argv) > 1 else "plain"))
