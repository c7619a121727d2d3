/*
 * The door for text: a stranger's bytes become inert text here, once, and nowhere else. The rules are
 * safety.md section 1, column (a).
 *
 * Two kinds: a *line* (the body of a log line or of a command's output), in which SGR sequences become style
 * spans; and a *label* (names, titles, prompts, error sentences), in which everything unusual is made
 * visible.
 */
#pragma once

#include "client/base/text.h"

#include <stddef.h>

enum { INERT_LINE_MAX = 16384, INERT_LABEL_MAX = 4096 };

/* Makes a line of one log message or one line of output. A newline inside becomes a visible mark: split
 * before. A lone CR shows what follows the last one, with a leading ellipsis. At most INERT_LINE_MAX bytes;
 * the rest is counted in out->cut. */
void inert_line(struct text *out, const char *bytes, size_t len);

/* Makes a label: no styles, one line, at most INERT_LABEL_MAX bytes. The caller frees the string. */
char *inert_label(const char *bytes, size_t len);

/* As inert_label into `size` bytes, cut at a character boundary; always NUL-terminated. Returns the length.
 */
size_t inert_label_into(char *out, size_t size, const char *bytes, size_t len);

/* Many lines: newlines (LF, CRLF) stay, each line is inert and without styles; at most `cap` bytes of result.
 * The caller frees the string. */
char *inert_block(const char *bytes, size_t len, size_t cap);
