"""Tests of the protocol loop with a fake library; needs nothing but Python: python3 -m unittest test_peer"""
import array
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))

WORKER = '''
import sys
sys.path.insert(0, {here!r})
from peer import Library, Prepared, Unsupported, serve

print("a library that talks")

class Doubled(Prepared):
    """The output is the input twice; works in place, so that a missing reset shows."""
    def __init__(self, problem):
        self.problem = problem
        self.values = None
        self.notes = "doubles"
        self.reorder_nanoseconds = 5
    def load(self):
        self.values = list(self.problem.input)
        self.work = None
    def reset(self):
        self.work = list(self.values)
    def run(self):
        self.work = [2 * x for x in self.work]
    def store(self):
        for position, value in enumerate(self.work):
            self.problem.output[position] = value

class OwnClock(Doubled):
    """A library that times itself, each run a nanosecond longer."""
    count = 0
    def timed_run(self, _):
        self.run()
        self.count += 1
        return self.count

class Fake(Library):
    name, version, layouts, winograd = "fake", "1.2", ("nhwc",), 2
    def prepare(self, problem):
        if problem.groups > 1:
            raise Unsupported(f"{{problem.groups}} groups")
        if problem.activation == "relu":
            raise RuntimeError("the library broke")
        return OwnClock(problem) if problem.activation == "relu6" else Doubled(problem)

def floats(view, shape):
    return view.cast("f")

serve(Fake(), floats)
'''


class Loop(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.worker = subprocess.Popen(
            [sys.executable, "-c", WORKER.format(here=HERE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    def tearDown(self):
        if self.worker.poll() is None:
            self.worker.kill()
        self.worker.communicate()
        self.directory.cleanup()

    def ask(self, command):
        text = command if isinstance(command, str) else json.dumps(command)
        self.worker.stdin.write(text + "\n")
        self.worker.stdin.flush()
        return json.loads(self.worker.stdout.readline())

    def tensor(self, name, values):
        path = os.path.join(self.directory.name, name)
        with open(path, "wb") as file:
            file.write(bytes(4096) + array.array("f", values).tobytes())
        return {"path": path, "offset": 4096, "bytes": 4 * len(values)}

    def write(self, name, values):
        with open(os.path.join(self.directory.name, name), "r+b") as file:
            file.seek(4096)
            file.write(array.array("f", values).tobytes())

    def read(self, name):
        with open(os.path.join(self.directory.name, name), "rb") as file:
            file.seek(4096)
            return list(array.array("f", file.read()))

    def command(self, number=1, layout="nhwc", activation="identity", groups=1):
        sizes = {
            "batch": 1, "inputChannels": 2, "inputHeight": 1, "inputWidth": 2, "outputChannels": 2, "outputHeight": 1,
            "outputWidth": 2, "filterHeight": 1, "filterWidth": 1, "strideHeight": 1, "strideWidth": 1,
            "paddingTop": 0, "paddingLeft": 0, "paddingBottom": 0, "paddingRight": 0, "dilationHeight": 1,
            "dilationWidth": 1, "groups": groups}
        return {
            "type": "prepare", "id": number, "problem": "ic2ih1iw2oc2", "sizes": sizes,
            "epilogue": {"bias": False, "residual": False, "activation": activation}, "layout": layout, "threads": 1,
            "tensors": {
                "weights": self.tensor("weights", [0] * (4 // groups)), "input": self.tensor("input", [1, 2, 3, 4]),
                "output": self.tensor("output", [float("nan")] * 4)}}

    def test_conversation(self):
        # What the library prints doesn't come between.
        hello = self.ask({"type": "hello", "protocol": 1, "later": "field"})
        self.assertEqual(hello, {
            "type": "hello", "protocol": 1, "name": "fake", "version": "1.2",
            "capabilities": {"layouts": ["nhwc"], "maxThreads": os.cpu_count(), "winograd": 2}})
        prepared = self.ask(self.command())
        self.assertEqual(prepared["type"], "prepared")
        self.assertEqual((prepared["id"], prepared["inputBytes"], prepared["outputBytes"]), (1, 16, 16))
        self.assertEqual((prepared["reorderNanoseconds"], prepared["notes"].split("; ")[0]), (5, "doubles"))
        # Numpy is what makes the smallest problem.
        if importlib.util.find_spec("numpy"):
            self.assertRegex(prepared["notes"], r"; an empty call takes [0-9.]+ µs$")
        # Input may change after prepare, files may lose their names, and each run starts anew.
        self.write("input", [5, 6, 7, 8])
        ran = self.ask({"type": "run", "id": 1, "times": 3, "warmups": 2})
        self.assertEqual(len(ran["nanoseconds"]), 3)
        self.assertTrue(all(n > 0 for n in ran["nanoseconds"]))
        self.assertEqual(self.read("output"), [10, 12, 14, 16])
        self.assertEqual(self.ask({"type": "release", "id": 1}), {"type": "released", "id": 1})
        self.assertEqual(self.ask({"type": "run", "id": 1, "times": 1, "warmups": 0})["type"], "error")
        self.assertEqual(self.ask({"type": "bye"}), {"type": "bye"})
        self.assertEqual(self.worker.wait(timeout=10), 0)

    def test_a_library_may_time_itself(self):
        self.assertEqual(self.ask(self.command(1, activation="relu6"))["type"], "prepared")
        ran = self.ask({"type": "run", "id": 1, "times": 3, "warmups": 2})
        self.assertEqual(ran["nanoseconds"], [3, 4, 5])
        self.assertEqual(self.read("output"), [2, 4, 6, 8])

    def test_what_goes_wrong_is_answered(self):
        self.assertEqual(self.ask({"type": "hello", "protocol": 2})["type"], "error")
        self.assertEqual(self.ask("{")["type"], "error")
        self.assertIn("stir", self.ask({"type": "stir"})["reason"])
        self.assertEqual(
            self.ask(self.command(2, groups=2)), {"type": "unsupported", "id": 2, "reason": "2 groups"})
        self.assertIn("nchw", self.ask(self.command(3, layout="nchw"))["reason"])
        self.assertIn("the library broke", self.ask(self.command(4, activation="relu"))["reason"])
        self.assertEqual(self.ask(self.command(5))["type"], "prepared")
        self.assertIn("prepared already", self.ask(self.command(5))["reason"])
        lie = self.command(6)
        lie["tensors"]["input"]["bytes"] = 12
        self.assertIn("input has 12 bytes", self.ask(lie)["reason"])

    def test_end_of_input_is_goodbye(self):
        self.worker.stdin.close()
        self.assertEqual(self.worker.wait(timeout=10), 0)
        self.worker.stdin = open(os.devnull, "w")


if __name__ == "__main__":
    unittest.main()
