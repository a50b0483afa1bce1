#pragma once

#include "kernel_vector.h"

/// 2: AVX-512 (x86-64-v4), 1: AVX2 and FMA (x86-64-v3), 0: baseline. Asks for the operating system's register state too.
int kernel_isa_level(void);

/// Tells the processor that the thread waits in a loop.
static inline void kernel_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Swift has no per-function target attribute. A C `static inline` function in an imported header has one, and Swift emits
// it into the module that uses it. It calls back a Swift `@c` body with a forced inline, so that the body is generated for
// that instruction set while the rest of the module stays at the baseline. All bodies take one pointer to a structure of
// the kernel's own.
//
// Rules: a body and the use of its trampoline stand in the same file; every helper of a body is `@inline(__always)`.
#if defined(__x86_64__)
#define ISA_AVX2 "avx2,fma,bmi,bmi2,lzcnt,movbe,popcnt,f16c"
#define ISA_AVX512 ISA_AVX2 ",avx512f,avx512vl,avx512dq,avx512bw,avx512cd"

#define ISA_TRAMPOLINE(name, features)                                                                   \
  void body_##name(const void *arguments);                                                               \
  __attribute__((target(features), unused)) static inline void run_##name(const void *arguments) {       \
    [[clang::always_inline]] body_##name(arguments);                                                     \
  }

ISA_TRAMPOLINE(fma_probe_avx2, ISA_AVX2)
ISA_TRAMPOLINE(fma_probe_avx512, ISA_AVX512)
ISA_TRAMPOLINE(bandwidth_read_avx2, ISA_AVX2)
ISA_TRAMPOLINE(bandwidth_copy_avx2, ISA_AVX2)
ISA_TRAMPOLINE(bandwidth_read_avx512, ISA_AVX512)
ISA_TRAMPOLINE(bandwidth_copy_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile1x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile2x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile3x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile4x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile5x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile6x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile1x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile2x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile3x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile4x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile5x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile6x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile7x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile8x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile1x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile2x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile3x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile4x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile5x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile6x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile7x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile8x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile1x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile2x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile3x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile4x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile5x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile6x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile7x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile8x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(tile1x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile2x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile3x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile4x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile5x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile6x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile1x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile2x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile3x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile4x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile5x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile6x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile7x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(tile8x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab1x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab2x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab3x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab4x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab5x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab6x4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab1x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab2x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab3x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab4x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab5x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab6x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab7x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab8x3_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab1x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab2x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab3x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab4x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab5x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab6x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab7x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab8x2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab1x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab2x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab3x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab4x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab5x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab6x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab7x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab8x1_avx512, ISA_AVX512)
ISA_TRAMPOLINE(slab1x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab2x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab3x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab4x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab5x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab6x2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab1x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab2x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab3x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab4x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab5x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab6x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab7x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(slab8x1_avx2, ISA_AVX2)
ISA_TRAMPOLINE(winograd_input_f2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(winograd_input_f4_avx2, ISA_AVX2)
ISA_TRAMPOLINE(winograd_input_f6_avx2, ISA_AVX2)
ISA_TRAMPOLINE(winograd_output_f2_avx2, ISA_AVX2)
ISA_TRAMPOLINE(winograd_output_f4_avx2, ISA_AVX2)
ISA_TRAMPOLINE(winograd_output_f6_avx2, ISA_AVX2)
ISA_TRAMPOLINE(winograd_input_f2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(winograd_input_f4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(winograd_input_f6_avx512, ISA_AVX512)
ISA_TRAMPOLINE(winograd_output_f2_avx512, ISA_AVX512)
ISA_TRAMPOLINE(winograd_output_f4_avx512, ISA_AVX512)
ISA_TRAMPOLINE(winograd_output_f6_avx512, ISA_AVX512)
ISA_TRAMPOLINE(depthwise_nhwc_avx2, ISA_AVX2)
ISA_TRAMPOLINE(depthwise_nchw_avx2, ISA_AVX2)
ISA_TRAMPOLINE(depthwise_nhwc_avx512, ISA_AVX512)
ISA_TRAMPOLINE(depthwise_nchw_avx512, ISA_AVX512)
ISA_TRAMPOLINE(pack_panel_avx2, ISA_AVX2)
ISA_TRAMPOLINE(pack_panel_avx512, ISA_AVX512)
#endif
