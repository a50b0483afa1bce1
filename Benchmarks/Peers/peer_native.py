"""Libraries behind native.h: `peer_native.py LIBRARY NAME CONFIGURATION`, the configuration one of

nhwc      NHWC as it comes
plain     nchw or nhwc as they come
blocked   all layouts are the library's choice; reorders are given apart
winograd  blocked, with Winograd's algorithm asked for (oneDNN 2.x only, which never picks it by itself)
winograd4 the same, but F(4,3) where the library would take F(2,3)
"""
import ctypes
import sys

from peer import Library, Prepared, Unsupported, best_nanoseconds, serve

_SIZES = (
    "batch inputChannels inputHeight inputWidth outputChannels outputHeight outputWidth filterHeight filterWidth "
    "strideHeight strideWidth paddingTop paddingLeft paddingBottom paddingRight dilationHeight dilationWidth groups"
).split()
_WINOGRAD = {"winograd": 1, "winograd4": 2}
_LAYOUTS = {"plain": ("nchw", "nhwc")}
_ACTIVATIONS = {"identity": 0, "relu": 1, "relu6": 2}


class Convolution(Prepared):
    def __init__(self, library, configuration, problem):
        self.library = library
        self.message = ctypes.create_string_buffer(512)
        self.room = ctypes.c_size_t(len(self.message))
        self.nanoseconds = ctypes.c_double()
        is_as_it_comes = configuration in ("plain", "nhwc")
        sizes = (ctypes.c_int * len(_SIZES))(*(getattr(problem, name) for name in _SIZES))
        options = (ctypes.c_int * 5)(
            _ACTIVATIONS[problem.activation], problem.layout == "nhwc", not is_as_it_comes,
            _WINOGRAD.get(configuration, 0), problem.threads)
        arrays = (problem.weights, problem.bias, problem.input, problem.residual, problem.output)
        tensors = (ctypes.c_void_p * 5)(*(None if array is None else array.ctypes.data for array in arrays))
        handle = ctypes.c_void_p()
        status = library.peer_prepare(sizes, options, tensors, ctypes.byref(handle), self.message, self.room)
        if status == 1:
            raise Unsupported(f"no {configuration} implementation: {self.message.value.decode()}")
        self.checked(status)
        self.handle = handle
        library.peer_notes.restype = ctypes.c_char_p
        library.peer_packed_bytes.restype = ctypes.c_size_t
        self.notes = library.peer_notes(handle).decode() or None
        self.packed_bytes = library.peer_packed_bytes(handle) or None
        self.reset = lambda: library.peer_reset(handle)
        if not is_as_it_comes:
            self.reorder_nanoseconds = best_nanoseconds(self.load) + best_nanoseconds(self.store)

    def load(self):
        self.checked(self.library.peer_load(self.handle, self.message, self.room))

    def timed_run(self, _):
        status = self.library.peer_run(self.handle, ctypes.byref(self.nanoseconds), self.message, self.room)
        self.checked(status)
        return self.nanoseconds.value

    def store(self):
        self.checked(self.library.peer_store(self.handle, self.message, self.room))

    def checked(self, status):
        if status != 0:
            raise RuntimeError(self.message.value.decode())

    def release(self):
        self.library.peer_release(self.handle)


class Native(Library):
    def __init__(self, path, name, configuration):
        self.library = ctypes.CDLL(path)
        text = ctypes.create_string_buffer(64)
        self.library.peer_version(text, ctypes.c_size_t(len(text)))
        self.version = text.value.decode()
        self.name = name
        self.configuration = configuration
        self.layouts = _LAYOUTS.get(configuration, ("nhwc",))
        self.winograd = 4 if configuration in _WINOGRAD else 0

    def prepare(self, problem):
        if self.configuration == "nhwc":
            problem.refuse_cropping()
        return Convolution(self.library, self.configuration, problem)


if __name__ == "__main__":
    serve(Native(*sys.argv[1:4]))
