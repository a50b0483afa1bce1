#pragma once

#include <stdbool.h>

/// Whether allocations can be counted here: with glibc, and without a sanitizer that has an allocator of its own.
bool allocation_counter_is_available(void);

/// Allocations that the calling thread has asked for since it started.
long allocation_counter_value(void);
