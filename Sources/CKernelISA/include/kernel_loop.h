#ifndef KERNEL_LOOP_H
#define KERNEL_LOOP_H

#include <stdint.h>

// A Swift closure `(Int) -> Void` that doesn't escape, as two words: Swift lets no other thread see such a closure unless it's
// boxed, and a parallel loop may allocate nothing. It's valid as long as the call lasts that the closure was passed to.
typedef struct {
  void *function;
  void *context;
} kernel_loop_body;

// Calls the closure.
static inline void kernel_loop_call(kernel_loop_body body, intptr_t part) {
  typedef __attribute__((swiftcall)) void (*loop_function)(intptr_t, __attribute__((swift_context)) void *);
  ((loop_function)body.function)(part, body.context);
}

// How many processors the calling thread may use by its affinity; 0 where the system doesn't say.
int kernel_allowed_processors(void);

#endif
