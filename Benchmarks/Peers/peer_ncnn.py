"""ncnn in its packed layout, which it keeps from layer to layer of a network; the cost of packing an NCHW input and
unpacking the output is given apart."""
import os
import tempfile

from peer import Library, Prepared, Unsupported, best_nanoseconds, serve
import ncnn
import numpy


class Network(Prepared):
    def __init__(self, problem):
        p = problem
        if p.batch > 1:
            raise Unsupported(f"batch {p.batch}: the library computes one image at a time")
        p.refuse_cropping()
        if not p.is_depthwise and p.groups > 1 and (p.inputChannels % p.groups or p.outputChannels % p.groups):
            raise Unsupported(f"{p.groups} groups of unequal size")
        self.problem = p
        self.net = ncnn.Net()
        option = self.net.opt
        option.num_threads = p.threads
        option.use_vulkan_compute = False
        for name in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_packed", "bf16_storage"):
            if hasattr(option, "use_" + name):
                setattr(option, "use_" + name, False)
        option.openmp_blocktime = 0
        self.load_network()
        self.packed = {}
        self.result = None
        self.load()
        self.reset()
        self.run()
        self.reorder_nanoseconds = best_nanoseconds(self.load) + best_nanoseconds(self.store)

    def load_network(self):
        p = self.problem
        fused = {"identity": "0", "relu": "1", "relu6": "3 -23310=2,0.0,6.0"}
        activation = "0" if p.has_residual else fused[p.activation]
        kind = "Convolution" if p.groups == 1 else "ConvolutionDepthWise"
        keys = (
            f"0={p.outputChannels} 1={p.filterWidth} 11={p.filterHeight} 2={p.dilationWidth} 12={p.dilationHeight} "
            f"3={p.strideWidth} 13={p.strideHeight} 4={p.paddingLeft} 15={p.paddingRight} 14={p.paddingTop} "
            f"16={p.paddingBottom} 5={int(p.has_bias)} 6={p.weights.size} 9={activation}")
        if p.groups > 1:
            keys += f" 7={p.groups}"
        lines = ["Input x 0 1 x"]
        last = "y"
        if p.has_residual:
            lines.append("Input z 0 1 z")
            last = "c"
        lines.append(f"{kind} conv 1 1 x {last} {keys}")
        if p.has_residual:
            is_last = p.activation == "identity"
            lines.append(f"BinaryOp add 2 1 c z {'y' if is_last else 's'} 0=0")
            if p.activation == "relu":
                lines.append("ReLU relu 1 1 s y")
            elif p.activation == "relu6":
                lines.append("Clip clip 1 1 s y 0=0.0 1=6.0")
        blobs = {name for line in lines for name in line.split(" ")[4:] if "=" not in name}
        text = f"7767517\n{len(lines)} {len(blobs)}\n" + "\n".join(lines) + "\n"
        weights = numpy.zeros(1, numpy.uint32).tobytes() + p.weights.tobytes()  # 0: plain numbers of 32 bits
        if p.has_bias:
            weights += p.bias.tobytes()
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "weights")
            with open(path, "wb") as file:
                file.write(weights)
            if self.net.load_param_mem(text) != 0 or self.net.load_model(path) != 0:
                raise RuntimeError("the library can't read the network:\n" + text)

    def pack(self, array):
        """An image as the library's own layers would hand it on."""
        plain = ncnn.Mat(array[0]).clone()
        elements = next((n for n in self.packings if array.shape[1] % n == 0), 1)
        if elements == 1:
            return plain
        packed = ncnn.Mat()
        ncnn.convert_packing(plain, packed, elements, self.net.opt)
        return packed

    def load(self):
        self.packed["x"] = self.pack(self.problem.input)
        if self.problem.has_residual:
            self.packed["z"] = self.pack(self.problem.residual)

    def reset(self):
        # An extractor computes once; naming its inputs copies nothing.
        self.extractor = self.net.create_extractor()
        for name, image in self.packed.items():
            self.extractor.input(name, image)

    def run(self):
        # 1: as it comes from the layer, still packed.
        status, self.result = self.extractor.extract("y", 1)
        if status != 0:
            raise RuntimeError(f"the library failed with {status}")

    def store(self):
        result = self.result
        if result.elempack > 1:
            plain = ncnn.Mat()
            ncnn.convert_packing(result, plain, 1, self.net.opt)
            result = plain
        self.problem.output[0] = result.numpy()


def _packings():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        flags = file.read()
    return [16, 8, 4] if " avx512f " in flags else [8, 4] if " avx " in flags else [4]


Network.packings = _packings()


class NCNN(Library):
    name = "ncnn"
    version = ncnn.__version__
    layouts = ("nchw",)
    winograd = 6

    def prepare(self, problem):
        return Network(problem)


if __name__ == "__main__":
    serve(NCNN())
