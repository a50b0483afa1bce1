#define _GNU_SOURCE
#include "kernel_loop.h"

#if defined(__linux__)
#include <sched.h>
#endif

// Swift passes a closure as these two words. Declared on its side, where the parameter is a closure.
__attribute__((swiftcall)) kernel_loop_body kernel_loop_body_of(void *function, void *context);

__attribute__((swiftcall)) kernel_loop_body kernel_loop_body_of(void *function, void *context) {
  kernel_loop_body body = {function, context};
  return body;
}

int kernel_allowed_processors(void) {
#if defined(__linux__)
  // Of machines with more processors than these sets hold, the call says nothing.
  cpu_set_t sets[8];
  if (sched_getaffinity(0, sizeof sets, sets) == 0) return CPU_COUNT_S(sizeof sets, sets);
#endif
  return 0;
}
