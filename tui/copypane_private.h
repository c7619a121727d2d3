/*
 * What the files of the copy mode pane share: its life and what is held (copypane.c), actions and
 * searching (copypane_act.c), the mouse (copypane_mouse.c), drawing (copypane_draw.c).
 */
#pragma once

#include "tui/copypane.h"

/* The shell, while it still has our transcript. */
struct shell *copypane_shell(const struct copypane *pane);

/* How many lines the shell has had so far. */
uint64_t copypane_lines_so_far(const struct shell *shell);

/* Whether an action is one of copy mode; carries one out. */
bool copypane_has(enum action action);
void copypane_run(struct copypane *pane, enum action action);

/* Goes on with a search. True when it came to an end. */
bool copypane_search_on(struct copypane *pane);

/* Who scrolled up to have a look has seen it when the end is back. */
void copypane_leave_at_end(struct copypane *pane);

/* Whether keys and mouse must wait for lines or for the end of a search; keeps one of them for then. */
bool copypane_is_waiting(const struct copypane *pane);
void copypane_keep(struct copypane *pane, const struct copypane_held *held);

/* What a mouse report does, the so many-th click in its place; lines go by under a drag that left the pane
 * (true: they did). */
void copypane_run_mouse(struct copypane *pane, const struct mouse *mouse, int clicks);
bool copypane_drag_on(struct copypane *pane);
