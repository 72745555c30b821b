/*
 * base - attributes, cache lines and the few limits that every room shares.
 *
 * Includes nothing of ours; every room may include it.
 */
#ifndef TIDEPOOL_BASE_H
#define TIDEPOOL_BASE_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Rare code: out of line, so that the way past it stays straight. */
#define COLD __attribute__((cold, noinline))
#define HOT __attribute__((hot))
#define INLINE static inline __attribute__((always_inline))

/* What a program may bind to. Everything else is hidden (-fvisibility=hidden). */
#define EXPORT __attribute__((visibility("default")))

/* We are loaded at start, so our thread-locals may live in the static TLS block: one instruction, no call, no allocation. */
#define THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))

#define CACHE_LINE 64
#define CACHE_ALIGNED __attribute__((aligned(CACHE_LINE)))

/* Pools are numbered 1 … POOLS_MAX; 0 is "not pooled". A page map entry is one byte, which bounds it too. */
#define POOLS_MAX 96

/* Orders a thread against its own signal handlers, and keeps the compiler from moving accesses across. */
#define handler_fence() atomic_signal_fence(memory_order_seq_cst)

/* A relaxed load of what another thread may write, for an operand of a comparison: of an atomic load gcc makes an instruction of its own.
 * Only between fences, so that it is made where it stands. */
#if defined(__SANITIZE_THREAD__)
#define load_operand(field) atomic_load_explicit(field, memory_order_relaxed) /* sync: none, see its uses */
#else
#define load_operand(field) (*(__typeof__((void)0, *(field)) *)(uintptr_t)(field))
#endif

struct size_range {
	size_t low, high; /* bytes, both included; low == high for a single size. What settings name and classes are chosen by */
};

INLINE size_t
size_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

INLINE size_t
size_max(size_t a, size_t b)
{
	return a > b ? a : b;
}

#endif
