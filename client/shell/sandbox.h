/*
 * What a shell helper may still do once a stranger's bytes reach it (design.md section 1): read and write the
 * descriptors it has, take new ones from the console, wait, use its memory. Everything else ends the process.
 * All that is peculiar to Linux is in sandbox.c; on other systems the limits of setrlimit(2) remain.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>

/* Bytes of address space. A full scrollback of 64 MiB, a picture and the libraries fit. */
enum { SANDBOX_MEMORY = 512 << 20 };

/* Closes every descriptor from `first` on. Only async-signal-safe calls. */
void sandbox_close_from(int first);

/* Takes away, for good: new privileges, core dumps, being traced, memory beyond SANDBOX_MEMORY, new
 * processes, and every system call that opens, executes, connects or creates. A call outside the list kills
 * the process with SIGSYS. False with *err set when the system refuses; the caller must then end. Libraries
 * that open files or ask the system on first use must have been initialised. */
bool sandbox_enter(struct err *err);
