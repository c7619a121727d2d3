/*
 * Pictures for tests: what an emulator shows, as lines of text that can stand in a test beside the keys that
 * made them.
 */
#pragma once

#include "client/shell/emulator.h"

/* The screen as UTF-8, a line per row, blanks at the end of a row left out, blank rows at the bottom too. The
 * caller frees it. */
char *picture_text(const struct emulator *emulator);

/*
 * As picture_text, with styles in braces where they change: "{bold red}warn{} rest". Words: bold dim italic
 * underline double curly reverse strike conceal; colours: the eight names, "bright-red" for 8..15, "c123" for
 * the palette, "#rrggbb"; a background has "on-" before it. "{}" is the default. Blanks with a background are
 * kept as spaces.
 */
char *picture_styled(const struct emulator *emulator);

/* The scrollback, oldest line first, and the rows below it, with styles as picture_styled; a line that
 * continues the one above starts with a backslash. */
char *picture_history(const struct emulator *emulator);

/* Whether two pictures are equal; prints both when they are not. */
bool picture_equal(const char *have, const char *want);

/* Feeds a C string. */
void picture_feed(struct emulator *emulator, const char *bytes);
