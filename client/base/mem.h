/*
 * Memory that is always there. boxtop caps what a stranger can make it store long before the machine runs
 * out, so an allocation that fails is the end of the program: mem_* never return NULL. The program may set
 * one hook that runs before the exit, to hand the terminal back.
 *
 * All results are owned by the caller and released with free().
 */
#pragma once

#include <stddef.h>

/* Sets what runs, once, when an allocation fails, before the program ends with status 1. NULL for nothing.
 * Call it before threads start. */
void mem_set_failure_hook(void (*hook)(void));

/* Ends the program with status 1 and this sentence on stderr, by the way that an allocation that fails takes:
 * for what no part of the program can go on without. */
_Noreturn void mem_give_up(const char *sentence);

/* What a library allocated, or the end of the program when that is NULL. */
void *mem_check(void *made) __attribute__((returns_nonnull));

/* size bytes, uninitialised; size 0 is rounded up to 1. */
void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull));

/* count objects of size bytes each, zeroed. The product is checked for overflow. */
void *mem_zalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* Resizes old (may be NULL) to count objects of size bytes. The product is checked for overflow. */
void *mem_resize(void *old, size_t count, size_t size) __attribute__((returns_nonnull));

/* Makes room for `need` objects of `size` bytes in a growing array: *room is the number of objects the array
 * can hold now, and grows by half at least. Returns the array, perhaps moved. */
void *mem_grow(void *old, size_t *room, size_t need, size_t size) __attribute__((returns_nonnull));

/* A copy of a C string; NULL stays NULL. */
char *mem_dup(const char *text);

/* A NUL-terminated copy of `len` bytes. */
char *mem_dup_bytes(const void *bytes, size_t len) __attribute__((returns_nonnull));

/* A formatted string. */
char *mem_format(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));
