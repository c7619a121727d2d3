/*
 * Secrets in the output of a terminal. What is seen as one word may be written with escape sequences and line
 * breaks between its letters, so they are looked past; a program that puts letters in their places in another
 * order than they are read is not seen through.
 */
#pragma once

#include <stddef.h>

/* A copy of the output, which the caller frees, with `***` for every form of every secret (log_hide_secret).
 * Escape sequences and control characters inside of one are kept. */
char *recording_mask(const char *text, size_t len);

/* How many bytes at the end of the output must wait until more has come: what may be the beginning of a
 * secret (so many letters of it in *letters), or an escape sequence that is not whole. Some kilobytes at
 * most. */
size_t recording_mask_tail(const char *text, size_t len, size_t *letters);
