/*
 * What a box prints may hold our own API key: it is shown as `***`, in every form that the debug log knows
 * (client/base/log.h). Made inert text passes here, after its escape sequences went, which might stand
 * inside.
 */
#pragma once

#include "client/base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_PART = 4 }; /* so many bytes at the end of an unfinished text may be the beginning of one */

/* Replaces every secret in the `len` bytes, which only become fewer (a NUL follows then); returns how many
 * are left. Spans (NULL for none) keep to their text; *span_count becomes less when one is empty. `cut`: the
 * text goes on elsewhere, so the beginning of a secret at its end counts, too. */
size_t secret_hide(char *bytes, size_t len, struct text_span *spans, size_t *span_count, bool cut);

/* Whether there is any in it. */
bool secret_is_in(const char *bytes, size_t len);

/* How many bytes at the end may be the beginning of one, 0 when they are fewer than SECRET_PART: who shows an
 * unfinished text keeps them back. */
size_t secret_tail(const char *bytes, size_t len);
