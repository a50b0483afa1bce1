"""oneDNN through onednn.cpp: `peer_onednn.py LIBRARY NAME CONFIGURATION`, the configuration one of

blocked   all layouts are the library's choice; reorders are given apart
plain     nchw or nhwc as they come
winograd  blocked, with Winograd's algorithm asked for (2.x only; it never picks it by itself)
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
_ACTIVATIONS = {"identity": 0, "relu": 1, "relu6": 2}


class Convolution(Prepared):
    def __init__(self, library, configuration, problem):
        self.library = library
        self.message = ctypes.create_string_buffer(512)
        is_blocked = configuration != "plain"
        sizes = (ctypes.c_int * len(_SIZES))(*(getattr(problem, name) for name in _SIZES))
        options = (ctypes.c_int * 5)(
            _ACTIVATIONS[problem.activation], problem.layout == "nhwc", is_blocked, 
            _WINOGRAD.get(configuration, 0), problem.threads)
        handle = ctypes.c_void_p()

        def address(array):
            return None if array is None else ctypes.c_void_p(array.ctypes.data)

        status = library.peer_prepare(
            sizes, options, address(problem.weights), address(problem.bias), address(problem.input),
            address(problem.residual), address(problem.output), ctypes.byref(handle), self.message,
            ctypes.c_size_t(len(self.message)))
        if status == 1:
            raise Unsupported(f"no {configuration} implementation: {self.message.value.decode()}")
        if status != 0:
            raise RuntimeError(self.message.value.decode())
        self.handle = handle
        self.room = ctypes.c_size_t(len(self.message))
        library.peer_notes.restype = ctypes.c_char_p
        library.peer_packed_bytes.restype = ctypes.c_size_t
        self.notes = library.peer_notes(handle).decode()
        self.packed_bytes = library.peer_packed_bytes(handle)
        self.reset = lambda: library.peer_reset(handle)
        if is_blocked:
            self.reorder_nanoseconds = best_nanoseconds(self.load) + best_nanoseconds(self.store)

    def load(self):
        self.checked(self.library.peer_load(self.handle, self.message, self.room))

    def run(self):
        self.checked(self.library.peer_run(self.handle, self.message, self.room))

    def store(self):
        self.checked(self.library.peer_store(self.handle, self.message, self.room))

    def checked(self, status):
        if status != 0:
            raise RuntimeError(self.message.value.decode())

    def release(self):
        self.library.peer_release(self.handle)


class OneDNN(Library):
    def __init__(self, path, name, configuration):
        self.library = ctypes.CDLL(path)
        text = ctypes.create_string_buffer(64)
        self.library.peer_version(text, ctypes.c_size_t(len(text)))
        self.version = text.value.decode()
        self.name = name
        self.configuration = configuration
        self.layouts = ("nchw", "nhwc") if configuration == "plain" else ("nhwc",)
        self.winograd = 4 if configuration in _WINOGRAD else 0

    def prepare(self, problem):
        return Convolution(self.library, self.configuration, problem)


if __name__ == "__main__":
    serve(OneDNN(*sys.argv[1:4]))
