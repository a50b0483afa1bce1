// What a library behind C++ has to offer so that peer_native.py can verify and time it: `version`, and `make`, which gives
// a `Convolution`. The functions that Python calls are here; a run is timed here, so that no call from Python is in it.
#pragma once
#include <time.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

/// The order is that of peer_native.py.
struct Sizes {
  int batch, inputChannels, inputHeight, inputWidth, outputChannels, outputHeight, outputWidth, filterHeight,
      filterWidth, strideHeight, strideWidth, paddingTop, paddingLeft, paddingBottom, paddingRight, dilationHeight,
      dilationWidth, groups;
};

struct Options {
  int activation;  // 0: none, 1: relu, 2: relu6
  int isNHWC, isBlocked;
  int isWinograd;  // 0: no, 1: the library's choice, 2: F(4,3)
  int threads;
};

/// The tensors as they lie in memory; bias and residual may be missing. Weights are [K][C/groups][R][S].
struct Tensors {
  const float *weights, *bias;
  float *input, *residual, *output;
};

/// The library has nothing for a problem.
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A problem whose weights are packed.
class Convolution {
 public:
  virtual ~Convolution() = default;
  /// Takes input and residual from the tensors where the library can't read them there; untimed.
  virtual void load() {}
  /// Before each run, untimed: restores what a run that works in place has changed.
  virtual void reset() {}
  /// Calls the library, and nothing else.
  virtual void run() = 0;
  /// Brings the output to its tensor where the library couldn't write it there; untimed.
  virtual void store() {}

  std::string notes;
  size_t packedBytes = 0;
};

std::string version();
std::unique_ptr<Convolution> make(const Sizes &, const Options &, const Tensors &);

namespace native {
/// 0; 1 where the library has nothing for the problem, 2 where it failed: then with a message.
template <class Body>
int guarded(char *message, size_t room, Body body) {
  try {
    body();
    return 0;
  } catch (const Unsupported &error) {
    std::snprintf(message, room, "%s", error.what());
    return 1;
  } catch (const std::exception &error) {
    std::snprintf(message, room, "%s", error.what());
    return 2;
  }
}

inline double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC_RAW, &time);
  return 1e9 * time.tv_sec + time.tv_nsec;
}
}  // namespace native

extern "C" {
void peer_version(char *text, size_t room) { std::snprintf(text, room, "%s", version().c_str()); }

int peer_prepare(
    const Sizes *sizes, const Options *options, const Tensors *tensors, Convolution **handle, char *message,
    size_t room) {
  return native::guarded(message, room, [&] { *handle = make(*sizes, *options, *tensors).release(); });
}

const char *peer_notes(Convolution *handle) { return handle->notes.c_str(); }
size_t peer_packed_bytes(Convolution *handle) { return handle->packedBytes; }
int peer_load(Convolution *handle, char *message, size_t room) {
  return native::guarded(message, room, [&] { handle->load(); });
}
void peer_reset(Convolution *handle) { handle->reset(); }
int peer_run(Convolution *handle, double *nanoseconds, char *message, size_t room) {
  return native::guarded(message, room, [&] {
    const double start = native::now();
    handle->run();
    *nanoseconds = native::now() - start;
  });
}
int peer_store(Convolution *handle, char *message, size_t room) {
  return native::guarded(message, room, [&] { handle->store(); });
}
void peer_release(Convolution *handle) { delete handle; }
}
