/*
 * SGR: the parameters of `ESC [ ... m` become a style (ECMA-48 8.3.117, ISO 8613-6 for the colon forms,
 * xterm's 90-107). Of the attributes only those of safety.md section 1 count: conceal and blink are ignored,
 * so that nothing can hide, and so is faint, which is how boxtop's own marks look.
 */
#pragma once

#include "client/base/style.h"

#include <stddef.h>

/* Applies the parameters (the bytes between `[` and `m`: digits, `;` and `:`) to *pen. Unknown ones are
 * skipped; after the 64th they are ignored. */
void sgr_apply(struct style *pen, const char *params, size_t len);

/* The style to draw with: text in the colour of its background gets the default foreground. */
struct style sgr_visible(struct style pen);
