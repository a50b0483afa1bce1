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

// Reads 2n floats and writes those at even places to one target and those at odd places to the other.
#define KERNEL_SPLIT(n, places)                                                                                       \
  KERNEL_VECTOR_INLINE kernel_split##n(void *even, void *odd, const float *source) {                                  \
    kernel_lanes##n lower = *(const kernel_lanes##n *)source;                                                         \
    kernel_lanes##n upper = *(const kernel_lanes##n *)(source + n);                                                   \
    *(kernel_lanes##n *)even = __builtin_shufflevector(lower, upper, places(0));                                      \
    *(kernel_lanes##n *)odd = __builtin_shufflevector(lower, upper, places(1));                                       \
  }
#define KERNEL_PLACES4(first) first, first + 2, first + 4, first + 6
#define KERNEL_PLACES8(first) KERNEL_PLACES4(first), KERNEL_PLACES4(first + 8)
#define KERNEL_PLACES16(first) KERNEL_PLACES8(first), KERNEL_PLACES8(first + 16)
KERNEL_SPLIT(4, KERNEL_PLACES4)
KERNEL_SPLIT(8, KERNEL_PLACES8)
KERNEL_SPLIT(16, KERNEL_PLACES16)

// x with the bits that a mask has.
#define KERNEL_KEEP(n)                                                                                                \
  typedef int kernel_bits##n __attribute__((ext_vector_type(n), aligned(4)));                                         \
  KERNEL_VECTOR_INLINE kernel_keep##n(void *x, const void *mask) {                                                    \
    *(kernel_bits##n *)x &= *(const kernel_bits##n *)mask;                                                            \
  }
KERNEL_KEEP(8)
KERNEL_KEEP(16)

// Sixteen lanes of two vectors beside each other, from one of the lower vector's lanes on.
#define KERNEL_FROM4(first) first, first + 1, first + 2, first + 3
#define KERNEL_FROM16(first) \
  KERNEL_FROM4(first), KERNEL_FROM4(first + 4), KERNEL_FROM4(first + 8), KERNEL_FROM4(first + 12)
#define KERNEL_JOIN16(first)                                                                                          \
  KERNEL_VECTOR_INLINE kernel_join16_from##first(void *target, const void *lower, const void *upper) {                \
    *(kernel_lanes16 *)target = __builtin_shufflevector(                                                              \
        *(const kernel_lanes16 *)lower, *(const kernel_lanes16 *)upper, KERNEL_FROM16(first));                        \
  }
KERNEL_JOIN16(1)
KERNEL_JOIN16(2)
KERNEL_JOIN16(14)
KERNEL_JOIN16(15)
