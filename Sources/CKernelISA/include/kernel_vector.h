#pragma once

// Arithmetic on whole vectors of floats. Swift's library has it lane by lane only, as loops that the optimizer takes minutes
// to undo; here each operation is one instruction of the intermediate language, split or joined later to the registers of
// the instruction set. Vectors go by pointer, never by value, since their registers differ between instruction sets; after
// inlining no memory is left. No alignment beyond a float's is assumed.

#define KERNEL_VECTOR_INLINE static inline __attribute__((always_inline, unused)) void

/// Asks for the cache line of an address, to be read soon, from the second-level cache on. An address that can't be read
/// does no harm.
KERNEL_VECTOR_INLINE kernel_prefetch(const float *source) { __builtin_prefetch(source, 0, 2); }

/// The same pointer, of which the optimizer doesn't know where it came from: so it stays in a register where it would rather
/// be computed anew for each use.
static inline __attribute__((always_inline, unused)) const float *kernel_opaque(const float *source) {
  __asm__("" : "+r"(source));
  return source;
}

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
KERNEL_VECTOR(2)
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

/// Reads two floats and repeats them through all lanes.
KERNEL_VECTOR_INLINE kernel_repeat_pair16(void *target, const float *source) {
  kernel_lanes2 pair = *(const kernel_lanes2 *)source;
  *(kernel_lanes16 *)target =
      __builtin_shufflevector(pair, pair, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1);
}
KERNEL_VECTOR_INLINE kernel_repeat_pair32(void *target, const float *source) {
  kernel_repeat_pair16(target, source);
  kernel_repeat_pair16((float *)target + 16, source);
}

/// Adds the two lanes of each pair.
KERNEL_VECTOR_INLINE kernel_fold_pairs16(void *sums, const void *source) {
  kernel_lanes16 x = *(const kernel_lanes16 *)source;
  *(kernel_lanes8 *)sums = __builtin_shufflevector(x, x, 0, 2, 4, 6, 8, 10, 12, 14)
                           + __builtin_shufflevector(x, x, 1, 3, 5, 7, 9, 11, 13, 15);
}
KERNEL_VECTOR_INLINE kernel_fold_pairs32(void *sums, const void *source) {
  kernel_lanes16 x = ((const kernel_lanes16 *)source)[0];
  kernel_lanes16 y = ((const kernel_lanes16 *)source)[1];
  *(kernel_lanes16 *)sums =
      __builtin_shufflevector(x, y, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
      + __builtin_shufflevector(x, y, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

#if defined(__x86_64__)
// The first lanes of some registers of AVX-512: all but the last register in full, of that one those that a mask has. Not
// forced inline, since what calls them has the instruction set only once it is inlined into its trampoline.
#define KERNEL_AVX512_INLINE static inline __attribute__((target("avx512f,avx512vl"), unused)) void

#define KERNEL_MASKED(n)                                                                                              \
  KERNEL_AVX512_INLINE kernel_store_masked##n(float *target, const void *source, unsigned short mask) {               \
    const float *values = (const float *)source;                                                                      \
    for (int lane = 0; lane < n - 16; lane += 16)                                                                     \
      *(kernel_lanes16 *)(target + lane) = *(const kernel_lanes16 *)(values + lane);                                  \
    __builtin_ia32_storeups512_mask(target + n - 16, *(const kernel_lanes16 *)(values + n - 16), mask);               \
  }                                                                                                                   \
  KERNEL_AVX512_INLINE kernel_load_masked##n(void *target, const float *source, unsigned short mask) {                \
    float *values = (float *)target;                                                                                  \
    for (int lane = 0; lane < n - 16; lane += 16)                                                                     \
      *(kernel_lanes16 *)(values + lane) = *(const kernel_lanes16 *)(source + lane);                                  \
    *(kernel_lanes16 *)(values + n - 16) =                                                                            \
        __builtin_ia32_loadups512_mask(source + n - 16, (kernel_lanes16)0, mask);                                     \
  }

// What the two intrinsics of 256 bits call their memory.
typedef float kernel_memory8 __attribute__((vector_size(32)));
KERNEL_AVX512_INLINE kernel_store_masked8(float *target, const void *source, unsigned short mask) {
  __builtin_ia32_storeups256_mask((kernel_memory8 *)target, *(const kernel_lanes8 *)source, (unsigned char)mask);
}
KERNEL_AVX512_INLINE kernel_load_masked8(void *target, const float *source, unsigned short mask) {
  *(kernel_lanes8 *)target = __builtin_ia32_loadups256_mask((const kernel_memory8 *)source, (kernel_lanes8)0, (unsigned char)mask);
}
KERNEL_MASKED(16)
KERNEL_MASKED(32)
KERNEL_MASKED(64)
#endif

// Reads 2n floats, those at even places.
#define KERNEL_EVEN(n, places)                                                                                         \
  KERNEL_VECTOR_INLINE kernel_even##n(void *even, const float *source) {                                              \
    *(kernel_lanes##n *)even = __builtin_shufflevector(                                                               \
        *(const kernel_lanes##n *)source, *(const kernel_lanes##n *)(source + n), places(0));                         \
  }
KERNEL_EVEN(4, KERNEL_PLACES4)
KERNEL_EVEN(8, KERNEL_PLACES8)
KERNEL_EVEN(16, KERNEL_PLACES16)

// Transposes four columns of n rows of floats, rows `stride` floats apart, to four vectors of n lanes: rows i, i + 4, i + 8 …
// side by side first, then four by four inside each 128 bits, where moving is cheapest.
#define KERNEL_GROUPS4(place) place(4, 0)
#define KERNEL_GROUPS8(place) place(8, 0), place(8, 4)
#define KERNEL_GROUPS16(place) place(16, 0), place(16, 4), place(16, 8), place(16, 12)
#define KERNEL_LOW(n, first) first, first + n, first + 1, first + n + 1
#define KERNEL_HIGH(n, first) first + 2, first + n + 2, first + 3, first + n + 3
#define KERNEL_LOW_PAIRS(n, first) first, first + 1, first + n, first + n + 1
#define KERNEL_HIGH_PAIRS(n, first) first + 2, first + 3, first + n + 2, first + n + 3

#define KERNEL_FOUR(source) (*(const kernel_lanes4 *)(source))
#define KERNEL_ROWS4(source, stride) KERNEL_FOUR(source)
#define KERNEL_ROWS8(source, stride)                                                                                  \
  __builtin_shufflevector(KERNEL_FOUR(source), KERNEL_FOUR((source) + 4 * (stride)), 0, 1, 2, 3, 4, 5, 6, 7)
#define KERNEL_ROWS16(source, stride)                                                                                 \
  __builtin_shufflevector(KERNEL_ROWS8(source, stride), KERNEL_ROWS8((source) + 8 * (stride), stride), 0, 1, 2, 3, 4, \
                          5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

#define KERNEL_COLUMNS(n)                                                                                             \
  KERNEL_VECTOR_INLINE kernel_columns##n(void *c0, void *c1, void *c2, void *c3, const float *source, long stride) {  \
    kernel_lanes##n r0 = KERNEL_ROWS##n(source, stride);                                                              \
    kernel_lanes##n r1 = KERNEL_ROWS##n(source + stride, stride);                                                     \
    kernel_lanes##n r2 = KERNEL_ROWS##n(source + 2 * stride, stride);                                                 \
    kernel_lanes##n r3 = KERNEL_ROWS##n(source + 3 * stride, stride);                                                 \
    kernel_lanes##n low01 = __builtin_shufflevector(r0, r1, KERNEL_GROUPS##n(KERNEL_LOW));                            \
    kernel_lanes##n low23 = __builtin_shufflevector(r2, r3, KERNEL_GROUPS##n(KERNEL_LOW));                            \
    kernel_lanes##n high01 = __builtin_shufflevector(r0, r1, KERNEL_GROUPS##n(KERNEL_HIGH));                          \
    kernel_lanes##n high23 = __builtin_shufflevector(r2, r3, KERNEL_GROUPS##n(KERNEL_HIGH));                          \
    *(kernel_lanes##n *)c0 = __builtin_shufflevector(low01, low23, KERNEL_GROUPS##n(KERNEL_LOW_PAIRS));               \
    *(kernel_lanes##n *)c1 = __builtin_shufflevector(low01, low23, KERNEL_GROUPS##n(KERNEL_HIGH_PAIRS));              \
    *(kernel_lanes##n *)c2 = __builtin_shufflevector(high01, high23, KERNEL_GROUPS##n(KERNEL_LOW_PAIRS));             \
    *(kernel_lanes##n *)c3 = __builtin_shufflevector(high01, high23, KERNEL_GROUPS##n(KERNEL_HIGH_PAIRS));            \
  }
KERNEL_COLUMNS(4)
KERNEL_COLUMNS(8)
KERNEL_COLUMNS(16)
