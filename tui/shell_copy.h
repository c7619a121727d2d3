/*
 * What programs in a shell put on the clipboard (OSC 52): by the configuration it is denied, or the operator
 * is asked. Whoever can write there can leave a command for the next paste into a shell of the operator's own
 * machine, so nothing goes out without a key, and only for the shell that the operator types into.
 */
#pragma once

struct app;

/* Once a turn: asks, or says once for each shell that it was denied. */
void shell_copy_tick(struct app *app);
