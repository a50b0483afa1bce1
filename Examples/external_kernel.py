#!/usr/bin/env python3
"""An external kernel in Python with numpy: one matrix product for each tap of the filter.

    bench verify --external 'python3 Examples/external_kernel.py' --problem ic64ih56oc64oh56kh3ph1mb1

It speaks the protocol of Documentation/external-kernels.md.
"""

import json
import os
import sys
import time

# One thread, unless the command says otherwise: numpy's matrix product reads these once, when it's loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy


class Problem:
    """A problem that is ready to run."""

    def __init__(self, command):
        sizes = command["sizes"]
        self.__dict__.update(sizes)
        self.is_nhwc = command["layout"] == "nhwc"
        self.activation = command["epilogue"]["activation"]
        tensors = command["tensors"]
        filter_shape = (self.outputChannels, self.inputChannels // self.groups, self.filterHeight, self.filterWidth)
        weights = self.mapped(tensors["weights"], filter_shape, "r")
        # Packing, once: a [C/groups][K/groups] matrix for each group and tap.
        self.matrices = numpy.ascontiguousarray(
            weights.reshape(self.groups, -1, *filter_shape[1:]).transpose(0, 3, 4, 2, 1))
        self.bias = None
        if "bias" in tensors:
            self.bias = numpy.array(self.mapped(tensors["bias"], (self.outputChannels,), "r"))
        self.input = self.image(tensors["input"], self.inputChannels, self.inputHeight, self.inputWidth, "r")
        self.output = self.image(tensors["output"], self.outputChannels, self.outputHeight, self.outputWidth, "r+")
        self.residual = None
        if "residual" in tensors:
            self.residual = self.image(
                tensors["residual"], self.outputChannels, self.outputHeight, self.outputWidth, "r")

        def padded(outputs, stride, taps, dilation):
            return (outputs - 1) * stride + (taps - 1) * dilation + 1

        self.room = numpy.zeros((
            self.batch,
            max(padded(self.outputHeight, self.strideHeight, self.filterHeight, self.dilationHeight),
                self.paddingTop + self.inputHeight),
            max(padded(self.outputWidth, self.strideWidth, self.filterWidth, self.dilationWidth),
                self.paddingLeft + self.inputWidth),
            self.inputChannels), numpy.float32)
        self.sums = numpy.empty(
            (self.groups, self.batch * self.outputHeight * self.outputWidth, self.outputChannels // self.groups),
            numpy.float32)

    @staticmethod
    def mapped(tensor, shape, mode):
        size = 4
        for extent in shape:
            size *= extent
        if size != tensor["bytes"]:
            raise ValueError(f"the tensor has {tensor['bytes']} bytes; expected {size}")
        return numpy.memmap(tensor["path"], numpy.dtype("<f4"), mode, tensor["offset"], shape)

    def image(self, tensor, channels, height, width, mode):
        """A tensor of images as [N][H][W][C], whatever its order in memory."""
        if self.is_nhwc:
            return self.mapped(tensor, (self.batch, height, width, channels), mode)
        return self.mapped(tensor, (self.batch, channels, height, width), mode).transpose(0, 2, 3, 1)

    def run(self):
        top, left = self.paddingTop, self.paddingLeft
        self.room[:, top:top + self.inputHeight, left:left + self.inputWidth] = self.input
        share = self.inputChannels // self.groups
        self.sums.fill(0)
        for r in range(self.filterHeight):
            for s in range(self.filterWidth):
                y, x = r * self.dilationHeight, s * self.dilationWidth
                seen = self.room[
                    :, y:y + (self.outputHeight - 1) * self.strideHeight + 1:self.strideHeight,
                    x:x + (self.outputWidth - 1) * self.strideWidth + 1:self.strideWidth]
                columns = seen.reshape(-1, self.groups, share).transpose(1, 0, 2)
                self.sums += columns @ self.matrices[:, r, s]
        result = self.sums.transpose(1, 0, 2).reshape(
            self.batch, self.outputHeight, self.outputWidth, self.outputChannels)
        if self.bias is not None:
            result = result + self.bias
        if self.residual is not None:
            result = result + self.residual
        if self.activation != "identity":
            result = numpy.clip(result, 0, 6 if self.activation == "relu6" else None)
        self.output[...] = result


def answer(command, problems):
    kind = command["type"]
    if kind == "hello":
        return {
            "type": "hello", "protocol": 1, "name": "example-numpy", "version": numpy.__version__,
            "capabilities": {"layouts": ["nchw", "nhwc"], "maxThreads": 1}, "notes": "a matrix product a tap"}
    if kind == "prepare":
        start = time.perf_counter_ns()
        problem = Problem(command)
        problems[command["id"]] = problem
        return {
            "type": "prepared", "id": command["id"], "nanoseconds": time.perf_counter_ns() - start,
            "inputBytes": 4 * problem.input.size, "outputBytes": 4 * problem.output.size,
            "packedBytes": problem.matrices.nbytes}
    if kind == "run":
        problem = problems[command["id"]]
        for _ in range(command["warmups"]):
            problem.run()
        times = []
        for _ in range(command["times"]):
            start = time.perf_counter_ns()
            problem.run()
            times.append(time.perf_counter_ns() - start)
        return {"type": "ran", "id": command["id"], "nanoseconds": times}
    if kind == "release":
        problems.pop(command["id"], None)
        return {"type": "released", "id": command["id"]}
    if kind == "bye":
        return {"type": "bye"}
    return {"type": "error", "reason": f"unknown command {kind}"}


def main():
    problems = {}
    for line in sys.stdin:
        command = json.loads(line)
        try:
            said = answer(command, problems)
        except Exception as error:  # The conversation goes on; the host shows the reason.
            said = {"type": "error", "reason": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)
        if command["type"] == "bye":
            break


if __name__ == "__main__":
    main()
