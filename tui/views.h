/*
 * What the app asks of particular views beyond the table in view.h.
 */
#pragma once

#include "client/model.h"
#include "tui/rules.h"
#include "tui/view.h"
#include "widgets/widget.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The ids of the boxes on screen, or marked: up to `room`, valid until the next change. Return the count. */
size_t view_boxes_visible(struct view *view, const char **out, size_t room);
size_t view_boxes_marked(struct view *view, const char **out, size_t room);

/* Shows a line of the selected box's log, by its number in the logbook. */
void view_logs_go(struct view *view, int64_t number);

/* How many things need attention; going to the worst of them. */
int view_attention_rows(const struct view *view);
void view_attention_go(struct view *view);

/* What is much and long, where to keep what was seen (NULL: nowhere), and whether to ring the bell or to send
 * a notification (OSC 9) for what is new. */
void view_attention_setup(struct view *view, const struct rules_limits *limits, const char *acks_file,
                          bool bell, bool notify);

/* Looks whether there is something new, and calls the operator if that is wished. */
void view_attention_tick(struct view *view);

/* Opens the page of a run of the selected box. */
void view_runs_open(struct view *view, const char *run_id);

/* Whether the shell of the selected box takes the keys. */
bool view_shell_is_live(const struct view *view);

/* Whether it is that or on its way there: it gets all rows but one. */
bool view_shell_is_full(const struct view *view);

/* Whether the operator moves over its lines (copypane.h); lines that came and searches go on in tick, which
 * says whether anything visible changed, and does not want to wait while it is busy. */
bool view_shell_is_copying(const struct view *view);
bool view_shell_tick(struct view *view);
bool view_shell_busy(const struct view *view);

/* When tick wants to be called although nothing came (clock_ms), -1 for not at all. */
int64_t view_shell_deadline(const struct view *view);

/* Sends a key to the shell when that is all it does: nothing on the screen changes before the box answers.
 * False when it may be for boxtop. */
bool view_shell_types(struct view *view, struct key key);

/* Lets it take them. */
void view_shell_enter(struct view *view);

/* The size a new shell would have. */
void view_shell_size(const struct view *view, int *rows, int *cols);

/* The cursor movement an action stands for, MOVE_NONE for none. */
enum widget_move view_move_of(enum action action);

/* The colours of the states, as the Console has them (box-api.md 4.1). */
enum role view_status_role(enum box_status status);
enum role view_run_role(enum run_status status);
