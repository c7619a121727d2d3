/*
 * Which view stands in which pane, and where the panes are: what app.h promises of them, and what only the
 * app's own files use.
 */
#pragma once

#include "tui/app.h"

/* The view in the focused pane. */
struct view *panes_focused(const struct app *app);

/* The tabs of the main pane, in order. The array is constant. */
const enum view_id *panes_tabs(const struct app *app, int *count);

/* Shows the next (1) or previous (-1) tab. */
void panes_turn_tab(struct app *app, int step);

/* The number of a pane on screen, from 1: the key that focuses it. */
int panes_number(const struct app *app, enum layout_pane pane);

/* Focuses the pane with this number on screen, from 1. */
void panes_focus(struct app *app, int number);

/* Focuses the next (1) or previous (-1) pane. */
void panes_next(struct app *app, int step);

/* Whether a refused key or a dead link is said across the panes. */
bool panes_have_banner(const struct app *app);

/* Whether a live shell has the focus and nothing lies over its pane. */
bool panes_show_shell_alone(const struct app *app);

/* When the main pane shows something of the account (attention, cost), it shows the selected box again. */
void panes_leave_account(struct app *app);
