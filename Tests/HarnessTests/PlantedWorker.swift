import Foundation

@testable import Harness

/// A worker in plain Python, right but for what it's told to do wrong.
enum PlantedWorker {
  /// The command of a worker; the file of the script must outlive it.
  static func command(_ mode: String, script: String) throws -> ExternalCommand {
    try ExternalCommand("python3 '\(script)' \(mode)")
  }

  /// Whether there is a Python to run it.
  static let hasPython: Bool = {
    let paths = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let isThere = paths.contains { FileManager.default.isExecutableFile(atPath: "\($0)/python3") }
    if !isThere { print("skipped: planted workers need python3") }
    return isThere
  }()

  /// Writes the script into a file of its own and removes it afterwards.
  static func withScript<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.appending(path: "planted-worker-\(UUID().uuidString).py").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  private static let text = #"""
    import json, mmap, os, signal, struct, sys, time

    mode = sys.argv[1]
    problems = {}

    def say(answer):
        sys.stdout.write((answer if isinstance(answer, str) else json.dumps(answer)) + "\n")
        sys.stdout.flush()

    def opened(tensor):
        file = open(tensor["path"], "r+b")
        return file, mmap.mmap(file.fileno(), 0), tensor["offset"], tensor["bytes"] // 4

    def read(tensor):
        return struct.unpack_from(f"<{tensor[3]}f", tensor[1], tensor[2])

    def convolve(p):
        z, nhwc = p["sizes"], p["layout"] == "nhwc"
        x, w = read(p["input"]), read(p["weights"])
        b = read(p["bias"]) if "bias" in p else None
        e = read(p["residual"]) if "residual" in p else None
        if mode == "half":
            x = [struct.unpack("<e", struct.pack("<e", v))[0] for v in x]
        if mode == "flush-inputs":
            x = [v if abs(v) >= 2.0 ** -126 else 0.0 for v in x]
        N, K, P, Q = z["batch"], z["outputChannels"], z["outputHeight"], z["outputWidth"]
        A, H, W = z["inputChannels"], z["inputHeight"], z["inputWidth"]
        R, S, G = z["filterHeight"], z["filterWidth"], z["groups"]
        C = A // G
        out = [0.0] * (N * K * P * Q)
        places = ((n, k, y, q) for n in range(N) for k in range(K) for y in range(P) for q in range(Q))
        for n, k, y, q in places:
            total = b[k] if b else 0.0
            first = k // (K // G) * C if mode != "wrong-group" else 0
            for r in range(R):
                for s in range(S):
                    i = y * z["strideHeight"] + r * z["dilationHeight"] - z["paddingTop"]
                    j = q * z["strideWidth"] + s * z["dilationWidth"] - z["paddingLeft"]
                    if 0 <= i < H and 0 <= j < W:
                        for c in range(mode == "winograd-tap" and r + s == 0, C):
                            a = first + c
                            at = ((n * H + i) * W + j) * A + a if nhwc else ((n * A + a) * H + i) * W + j
                            total += x[at] * w[((k * C + c) * R + r) * S + s]
            if mode == "over-read":
                # The channel after the last one, for which there is a zero among the weights.
                total += 0.0 * struct.unpack_from("<f", p["input"][1], p["input"][2] + 4 * p["input"][3])[0]
            place = ((n * P + y) * Q + q) * K + k if nhwc else ((n * K + k) * P + y) * Q + q
            if e:
                total += e[place]
            if p["activation"] != "identity":
                total = max(0.0, total) if mode == "swallow-nan" else max(total, 0.0)
            if p["activation"] == "relu6":
                total = min(total, 6.0)
            if mode == "flush-outputs" and abs(total) < 2.0 ** -126:
                total = 0.0
            out[place] = total
        return out

    def run(p, command):
        timed = command["warmups"] > 0
        if mode == "hang-in-run": time.sleep(1000)
        if mode == "die" or mode == "die-when-timed" and timed:
            sys.stderr.write("first line\nout of luck\n")
            sys.stderr.flush()
            os._exit(7)
        if mode == "crash": os.kill(os.getpid(), signal.SIGSEGV)
        if mode == "nonsense": return "Segmentation fault, or so it seems"
        if mode == "endless": return "x" * (1 << 21)
        if mode == "silent-close":
            os.close(1)
            time.sleep(1000)
        if mode == "error": return {"type": "error", "reason": "no such primitive"}
        if mode == "other-answer": return {"type": "released", "id": command["id"]}
        start = time.perf_counter_ns()
        out = convolve(p) if mode != "stale" or "out" not in p else p["out"]
        p["out"] = out
        if mode == "wrong" or mode == "wrong-when-timed" and timed:
            out[-1] += 1
        if mode == "winograd-half": out[-1] += 0.49
        if mode == "winograd-bit": out = [v * (1 + 2e-6) for v in out]
        if mode == "winograd-at-stride-1" and p["sizes"]["strideHeight"] == 1: out = [v * (1 + 2e-6) for v in out]
        file, mapping, offset, count = p["output"]
        if mode == "truncate": os.ftruncate(file.fileno(), offset)
        else:
            runs = p["runs"] = p.get("runs", 0) + 1
            written = count - 1 if mode == "incomplete" or mode == "incomplete-later" and runs > 2 else count
            struct.pack_into(f"<{written}f", mapping, offset, *out[:written])
        if mode == "stray-after": mapping[offset + 4 * count] = 0
        if mode == "stray-vector": struct.pack_into("<8f", mapping, offset + 4 * count, *[0.0] * 8)
        if mode == "stray-copy":
            edge = p["input"][2] + 4 * p["input"][3]
            mapping[offset + 4 * count:offset + 4 * count + 4] = p["input"][1][edge:edge + 4]
        if mode == "append": os.ftruncate(file.fileno(), os.fstat(file.fileno()).st_size + 4 * count)
        if mode == "stray-before": mapping[offset - 1] = 0
        for name in ("input", "weights", "bias"):
            if mode == "change-" + name: p[name][1][p[name][2]] ^= 1
        spent = time.perf_counter_ns() - start
        times = [spent] * command["times"]
        if mode == "too-many-times": times.append(spent)
        if mode == "no-time": times = [0] * len(times)
        if mode == "too-long": times = [1e12] * len(times)
        return {"type": "ran", "id": command["id"] + (mode == "other-id"), "nanoseconds": times}

    for line in sys.stdin:
        command = json.loads(line)
        kind = command["type"]
        if kind == "hello":
            if mode == "hang-at-hello": time.sleep(1000)
            say({"type": "hello", "protocol": 1, "name": "planted-" + mode, "version": "0", "capabilities":
                 {"layouts": ["nchw", "nhwc"], "winograd": 6 if mode.startswith("winograd") else 0}, "notes": "planted"})
        elif kind == "prepare":
            if mode == "refuse":
                say({"type": "unsupported", "id": command["id"], "reason": "a 3×3 filter; expected 1×1"})
                continue
            if mode == "one-image" and command["sizes"]["batch"] > 1:
                say({"type": "unsupported", "id": command["id"], "reason": "more than one image"})
                continue
            sizes = command["sizes"]
            if mode == "wrong-group" and 2000 < command["tensors"]["weights"]["bytes"] // 4 * (
                    sizes["batch"] * sizes["outputHeight"] * sizes["outputWidth"]):
                say({"type": "unsupported", "id": command["id"], "reason": "too large for a test"})
                continue
            if mode == "hang-in-prepare": time.sleep(1000)
            p = {name: opened(tensor) for name, tensor in command["tensors"].items()}
            p.update(sizes=command["sizes"], layout=command["layout"], activation=command["epilogue"]["activation"])
            problems[command["id"]] = p
            lie = 4 if mode == "other-size" else 0
            say({"type": "prepared", "id": command["id"], "nanoseconds": 1000, "inputBytes": 4 * p["input"][3],
                 "outputBytes": 4 * p["output"][3] + lie, "packedBytes": 12, "reorderNanoseconds": 34})
            if mode == "chatter": say("by the way")
        elif kind == "run":
            say(run(problems[command["id"]], command))
        elif kind == "release":
            del problems[command["id"]]
            say({"type": "released", "id": command["id"]})
        else:
            say({"type": "bye"})
            if mode == "stay": time.sleep(1000)
            break
    """#
}
