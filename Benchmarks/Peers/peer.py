"""The protocol loop that all peers in Python share; see Documentation/external-kernels.md.

A peer is a file that imports this module first, then its library, and ends with `serve(Peer())`. Its `prepare` gives an
object with `load`, `run` and `store`: only `run` is timed.

Importing this module claims standard output for the protocol: whatever a library prints goes to standard error.
"""
import json
import mmap
import os
import sys
import time

# Before any library is loaded: threads that wait must not spin, since others are being timed then.
for _name, _value in (("OMP_WAIT_POLICY", "PASSIVE"), ("KMP_BLOCKTIME", "0")):
    os.environ.setdefault(_name, _value)

_answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
os.dup2(2, 1)


class Unsupported(Exception):
    """The library can't do this problem; the text says which size or option it is."""


_HUGE_PAGE = 1 << 21


def memory(byte_count):
    """Private memory as the host's own tensors have it: in large pages from half a megabyte on, where the system has some."""
    is_huge = 4 * byte_count >= _HUGE_PAGE and hasattr(mmap, "MADV_HUGEPAGE")
    size = -(-byte_count // _HUGE_PAGE) * _HUGE_PAGE if is_huge else max(byte_count, 1)
    private = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if is_huge:
        try:
            private.madvise(mmap.MADV_HUGEPAGE)
        except OSError:
            pass  # Advice.
    return private


class Problem:
    """One `prepare` command: its sizes as attributes, and its tensors as arrays of the layout asked for.

    The arrays are the worker's own memory: files that are shared with the host have small pages, and the host's kernels
    read and write large ones.
    """

    batch: int
    inputChannels: int
    inputHeight: int
    inputWidth: int
    outputChannels: int
    outputHeight: int
    outputWidth: int
    filterHeight: int
    filterWidth: int
    strideHeight: int
    strideWidth: int
    paddingTop: int
    paddingLeft: int
    paddingBottom: int
    paddingRight: int
    dilationHeight: int
    dilationWidth: int
    groups: int

    @classmethod
    def smallest(cls, layout, threads):
        """One multiplication on numbers of its own: what calling a library takes that has next to nothing to do."""
        import numpy

        problem = cls.__new__(cls)
        for name in cls.__annotations__:
            setattr(problem, name, 0 if name.startswith("padding") else 1)
        problem.has_bias = problem.has_residual = False
        problem.activation, problem.layout, problem.threads = "identity", layout, threads
        problem.weights, problem.input, problem.output = (numpy.ones((1, 1, 1, 1), numpy.float32) for _ in range(3))
        problem.bias = problem.residual = None
        return problem

    def __init__(self, command, array):
        """Takes a command and a function that makes an array of a view of bytes and a shape."""
        for name, value in command["sizes"].items():
            setattr(self, name, value)
        epilogue = command["epilogue"]
        self.has_bias = epilogue["bias"]
        self.has_residual = epilogue["residual"]
        self.activation = epilogue["activation"]
        self.layout = command["layout"]
        self.threads = command["threads"]
        self._copies = {}
        shapes = {
            "weights": self.weights_shape, "bias": (self.outputChannels,), "input": self.input_shape,
            "residual": self.output_shape, "output": self.output_shape,
        }
        self.tensors = {}
        for name, place in command["tensors"].items():
            if name not in shapes:
                continue
            count = 1
            for extent in shapes[name]:
                count *= extent
            if place["bytes"] != 4 * count:
                raise ValueError(f"{name} has {place['bytes']} bytes; its shape {shapes[name]} takes {4 * count}")
            own = memoryview(memory(place["bytes"]))[:place["bytes"]]
            with open(place["path"], "r+b") as file:
                shared = memoryview(mmap.mmap(file.fileno(), 0))[place["offset"]:place["offset"] + place["bytes"]]
            self._copies[name] = (own, shared)
            self.tensors[name] = array(own, shapes[name])
        self._take(self.tensors)
        self.weights = self.tensors["weights"]
        self.bias = self.tensors.get("bias")
        self.input = self.tensors["input"]
        self.residual = self.tensors.get("residual")
        self.output = self.tensors["output"]

    def _take(self, names):
        for name in names:
            if name in self._copies:
                own, shared = self._copies[name]
                own[:] = shared

    def take_inputs(self):
        """Takes what the host has written since."""
        self._take(("input", "residual"))

    def give_output(self):
        """Gives the host what the library wrote."""
        own, shared = self._copies["output"]
        shared[:] = own

    def _shape(self, channels, height, width):
        if self.layout == "nchw":
            return (self.batch, channels, height, width)
        return (self.batch, height, width, channels)

    @property
    def weights_shape(self):
        return (self.outputChannels, self.inputChannels // self.groups, self.filterHeight, self.filterWidth)

    @property
    def input_shape(self):
        return self._shape(self.inputChannels, self.inputHeight, self.inputWidth)

    @property
    def output_shape(self):
        return self._shape(self.outputChannels, self.outputHeight, self.outputWidth)

    @property
    def padding(self):
        """Top, left, bottom, right."""
        return (self.paddingTop, self.paddingLeft, self.paddingBottom, self.paddingRight)

    @property
    def is_depthwise(self):
        return self.groups > 1 and self.groups == self.inputChannels

    @property
    def input_bytes(self):
        return 4 * self.batch * self.inputChannels * self.inputHeight * self.inputWidth

    @property
    def output_bytes(self):
        return 4 * self.batch * self.outputChannels * self.outputHeight * self.outputWidth

    def refuse_cropping(self):
        """For libraries that have no negative padding."""
        if min(self.padding) < 0:
            raise Unsupported(f"padding {self.padding}: the library has no negative padding")


class Prepared:
    """A problem whose weights are packed. Subclasses replace what they need."""

    packed_bytes = None
    reorder_nanoseconds = None
    winograd = None
    notes = None

    def load(self):
        """Takes input and residual from the problem's tensors where the library can't read them there; untimed."""

    def reset(self):
        """Called before each run, untimed: restores what a run that works in place has changed."""

    def run(self):
        """Calls the library, and nothing else: this is timed."""
        raise NotImplementedError

    def timed_run(self, clock):
        """Nanoseconds of one run; for libraries that can be timed closer than around a call from Python."""
        run = self.run
        start = clock()
        run()
        return clock() - start

    def store(self):
        """Brings the output to the problem's tensor where the library couldn't write it there; untimed."""

    def release(self):
        """Frees what isn't freed with the object."""


class Library:
    """What a peer says of itself."""

    name = ""
    version = ""
    layouts = ("nchw",)
    winograd = 0
    max_threads = os.cpu_count() or 1
    isa = None
    notes = None

    def prepare(self, problem):
        """A `Prepared` of a `Problem`; raises `Unsupported`."""
        raise NotImplementedError


def best_nanoseconds(body, times=5):
    """The shortest of a few calls, after one that isn't counted: what a reorder costs."""
    body()
    best = None
    for _ in range(times):
        start = time.perf_counter_ns()
        body()
        elapsed = time.perf_counter_ns() - start
        best = elapsed if best is None else min(best, elapsed)
    return best


def call_nanoseconds(library, layout, threads, clock):
    """What a call takes that has one multiplication to do; None where the library can't do that, or times runs itself."""
    try:
        prepared = library.prepare(Problem.smallest(layout, threads))
        if type(prepared).timed_run is not Prepared.timed_run:
            return None
        prepared.load()
        best = None
        for _ in range(200):
            prepared.reset()
            elapsed = prepared.timed_run(clock)
            best = elapsed if best is None else min(best, elapsed)
        prepared.release()
        return best
    except Exception:  # A library may raise anything; this is for the record only.
        return None


def numpy_array(view, shape):
    """A tensor in memory, as numpy sees it."""
    import numpy

    return numpy.frombuffer(view, dtype=numpy.float32).reshape(shape)


class Conversation:
    """Answers commands one by one; knows nothing of pipes."""

    protocol = 1

    def __init__(self, library, array=numpy_array, clock=time.perf_counter_ns):
        self.library = library
        self.array = array
        self.clock = clock
        self.prepared = {}
        self.calls = {}
        self.is_over = False

    def answer(self, line):
        """The answer to one line; never raises for what the host or the library does."""
        try:
            command = json.loads(line)
            kind = command["type"]
        except (ValueError, KeyError, TypeError) as error:
            return {"type": "error", "reason": f"not a command: {error}"}
        handler = {
            "hello": self._hello, "prepare": self._prepare, "run": self._run, "release": self._release,
            "bye": self._bye,
        }.get(kind)
        if handler is None:
            return {"type": "error", "reason": f"{kind!r} is no command of protocol {self.protocol}"}
        try:
            return handler(command)
        except Exception as error:  # A library may raise anything; the worker lives on.
            return {"type": "error", "reason": f"{type(error).__name__}: {error}"}

    def _hello(self, command):
        library = self.library
        if command.get("protocol") != self.protocol:
            return {"type": "error", "reason": f"protocol {command.get('protocol')}: this worker speaks {self.protocol}"}
        answer = {
            "type": "hello", "protocol": self.protocol, "name": library.name, "version": library.version,
            "capabilities": {
                "layouts": list(library.layouts), "maxThreads": library.max_threads, "winograd": library.winograd},
        }
        return _with(answer, isa=library.isa, notes=library.notes)

    def _prepare(self, command):
        number = command["id"]
        if number in self.prepared:
            raise ValueError(f"problem {number} is prepared already")
        problem = Problem(command, self.array)
        if problem.layout not in self.library.layouts:
            return {"type": "unsupported", "id": number, "reason": f"{self.library.name} has no layout {problem.layout}"}
        start = self.clock()
        try:
            prepared = self.library.prepare(problem)
        except Unsupported as reason:
            return {"type": "unsupported", "id": number, "reason": str(reason)}
        elapsed = self.clock() - start
        # The tensors must stay as long as the library may read them.
        self.prepared[number] = (problem, prepared)
        answer = {
            "type": "prepared", "id": number, "nanoseconds": elapsed, "inputBytes": problem.input_bytes,
            "outputBytes": problem.output_bytes,
        }
        return _with(
            answer, packedBytes=prepared.packed_bytes, reorderNanoseconds=prepared.reorder_nanoseconds,
            winograd=prepared.winograd, notes=self._notes(prepared, problem))

    def _notes(self, prepared, problem):
        """Those of the problem, and what of a time may be the call from Python."""
        key = (problem.layout, problem.threads)
        if key not in self.calls:
            self.calls[key] = call_nanoseconds(self.library, *key, self.clock)
        call = self.calls[key]
        notes = [prepared.notes, None if call is None else f"an empty call takes {call / 1000:.1f} µs"]
        return "; ".join(note for note in notes if note) or None

    def _run(self, command):
        problem, prepared = self.prepared[command["id"]]
        clock, timed_run, reset = self.clock, prepared.timed_run, prepared.reset
        problem.take_inputs()
        prepared.load()
        nanoseconds = []
        for _ in range(command["warmups"] + command["times"]):
            reset()
            nanoseconds.append(timed_run(clock))
        del nanoseconds[:command["warmups"]]
        prepared.store()
        problem.give_output()
        return {"type": "ran", "id": command["id"], "nanoseconds": nanoseconds}

    def _release(self, command):
        self.prepared.pop(command["id"])[1].release()
        return {"type": "released", "id": command["id"]}

    def _bye(self, _):
        self.prepared.clear()
        self.is_over = True
        return {"type": "bye"}


def _with(answer, **optional):
    answer.update({key: value for key, value in optional.items() if value is not None})
    return answer


def serve(library, array=numpy_array):
    """Answers standard input line by line until `bye` or its end."""
    conversation = Conversation(library, array)
    for line in sys.stdin:
        _answers.write(json.dumps(conversation.answer(line)) + "\n")
        _answers.flush()
        if conversation.is_over:
            break
    # Some libraries crash while they take themselves down; all is said by now.
    sys.stderr.flush()
    os._exit(0)
