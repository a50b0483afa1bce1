#pragma once

// Arithmetic on whole vectors of floats. Swift's library has it lane by lane only, as loops that the optimizer takes minutes
// to undo; here each operation is one instruction of the intermediate language, split or joined later to the registers of
// the instruction set. Vectors go by pointer, never by value, since their registers differ between instruction sets; after
// inlining no memory is left. No alignment beyond a float's is assumed.

#define KERNEL_VECTOR_INLINE static inline __attribute__((always_inline, unused)) void

/// Asks for the cache line of an address, to be read soon, from the second-level cache on. An address that can't be read
/// does no harm.
KERNEL_VECTOR_INLINE kernel_prefetch(const float *source) { __builtin_prefetch(source, 0, 2); }

/// Asks for the cache line of an address, to be written soon.
KERNEL_VECTOR_INLINE kernel_prefetch_to_write(const float *target) { __builtin_prefetch(target, 1, 3); }

#define KERNEL_VECTOR(n)                                                                                              \
  typedef float kernel_lanes##n __attribute__((ext_vector_type(n), aligned(4)));                                      \
  KERNEL_VECTOR_INLINE kernel_load##n(void *target, const float *source) {                                            \
    *(kernel_lanes##n *)target = *(const kernel_lanes##n *)source;                                                    \
  }                                                                                                                   \
  KERNEL_VECTOR_INLINE kernel_store##n(float *target, const void *source) {                                           \
    *(kernel_lanes##n *)target = *(const kernel_lanes##n *)source;                                                    \
  }                                                                                                                   \
  KERNEL_VECTOR_INLINE kernel_repeat##n(void *target, float value) { *(kernel_lanes##n *)target = value; }            \
  KERNEL_VECTOR_INLINE kernel_add##n(void *sum, const void *x) {                                                      \
    *(kernel_lanes##n *)sum += *(const kernel_lanes##n *)x;                                                           \
  }                                                                                                                   \
  KERNEL_VECTOR_INLINE kernel_subtract##n(void *difference, const void *x) {                                          \
    *(kernel_lanes##n *)difference -= *(const kernel_lanes##n *)x;                                                    \
  }                                                                                                                   \
  KERNEL_VECTOR_INLINE kernel_multiply##n(void *product, const void *x) {                                             \
    *(kernel_lanes##n *)product *= *(const kernel_lanes##n *)x;                                                       \
  }                                                                                                                   \
  /* sum += a · b, rounded once. */                                                                                   \
  KERNEL_VECTOR_INLINE kernel_add_product_fused##n(void *sum, const void *a, const void *b) {                         \
    *(kernel_lanes##n *)sum = __builtin_elementwise_fma(                                                              \
        *(const kernel_lanes##n *)a, *(const kernel_lanes##n *)b, *(kernel_lanes##n *)sum);                           \
  }                                                                                                                   \
  /* sum += a · b, rounded twice: without a fused instruction the one above is a call for each lane. */               \
  KERNEL_VECTOR_INLINE kernel_add_product_plain##n(void *sum, const void *a, const void *b) {                         \
    *(kernel_lanes##n *)sum += *(const kernel_lanes##n *)a * *(const kernel_lanes##n *)b;                             \
  }                                                                                                                   \
  /* sum -= a · b, rounded once. */                                                                                   \
  KERNEL_VECTOR_INLINE kernel_subtract_product_fused##n(void *sum, const void *a, const void *b) {                    \
    *(kernel_lanes##n *)sum = __builtin_elementwise_fma(                                                              \
        -*(const kernel_lanes##n *)a, *(const kernel_lanes##n *)b, *(kernel_lanes##n *)sum);                          \
  }                                                                                                                   \
  /* sum -= a · b, rounded twice. */                                                                                  \
  KERNEL_VECTOR_INLINE kernel_subtract_product_plain##n(void *sum, const void *a, const void *b) {                    \
    *(kernel_lanes##n *)sum -= *(const kernel_lanes##n *)a * *(const kernel_lanes##n *)b;                             \
  }                                                                                                                   \
  /* min(max(x, low), high); not a number stays so. */                                                                \
  KERNEL_VECTOR_INLINE kernel_clamp##n(void *x, float low, float high) {                                              \
    kernel_lanes##n value = *(const kernel_lanes##n *)x;                                                              \
    value = value < low ? (kernel_lanes##n)low : value;                                                               \
    *(kernel_lanes##n *)x = value > high ? (kernel_lanes##n)high : value;                                             \
  }

#pragma clang fp contract(off)
KERNEL_VECTOR(4)
KERNEL_VECTOR(8)
KERNEL_VECTOR(16)
KERNEL_VECTOR(32)
KERNEL_VECTOR(64)

/// Reads eight floats and writes those at even places to one target and those at odd places to the other.
KERNEL_VECTOR_INLINE kernel_split_pairs8(float *even, float *odd, const float *source) {
  kernel_lanes8 pairs = *(const kernel_lanes8 *)source;
  *(kernel_lanes4 *)even = __builtin_shufflevector(pairs, pairs, 0, 2, 4, 6);
  *(kernel_lanes4 *)odd = __builtin_shufflevector(pairs, pairs, 1, 3, 5, 7);
}
