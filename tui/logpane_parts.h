/*
 * What the files of the viewer (logpane*.c) share.
 */
#pragma once

#include "tui/logpane.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The context of a prompt, which may outlive the lines that are shown, not the pane; and the pane, up to
 * date. */
void *logpane_ref(struct logpane *pane);
struct logpane *logpane_of_ref(void *ref);

/* The lines that are shown, as the widget wants them; brings filter and search up to date first, as far as
 * one slice goes. */
struct logview_source logpane_source(struct logpane *pane);

/* The id, and the line, at an index of what is shown. */
uint64_t logpane_id_at(struct logpane *pane, size_t index);
void logpane_item_at(struct logpane *pane, size_t index, struct logfeed_item *out);

/* Lines that came since the viewer stopped following, of those that are shown. */
size_t logpane_new_count(struct logpane *pane);

/* Other lines are to be shown, or found: begins anew. */
void logpane_refilter(struct logpane *pane);

/* "I" for a line's level; "agent" for its source. */
char logpane_level_letter(enum log_level level);
const char *logpane_source_name(enum log_source source);

/* logpane_search.c and logpane_filter.c and logpane_out.c: each carries out its actions, and says whether it
 * was one. */
bool logpane_search_act(struct logpane *pane, enum action action);
bool logpane_read_act(struct logpane *pane, enum action action);
bool logpane_filter_act(struct logpane *pane, enum action action);
bool logpane_out_act(struct logpane *pane, enum action action);

/* Bookmarks (logpane_bookmark.c): whether a line has one. */
bool logpane_has_bookmark(const struct logpane *pane, const struct logfeed_item *item);
bool logpane_bookmark_act(struct logpane *pane, enum action action);

/* The filter is another one: looks anew, and remembers it. */
void logpane_filter_changed(struct logpane *pane);

/* The list of filters (logpane_filters.c), and its count of lines: begun anew; a step of it, true while there
 * is more. changed: see logfeed. */
void logpane_list_filters(struct logpane *pane);
void logpane_tally_reset(struct logpane *pane);
bool logpane_tally_step(struct logpane *pane, uint64_t changed);

bool logpane_mark_act(struct logpane *pane, enum action action);

/* Whether a line belongs to the range that is being chosen; its ends (with what is folded under the last
 * line). */
bool logpane_is_chosen(const struct logpane *pane, uint64_t id);
void logpane_chosen(const struct logpane *pane, uint64_t *low, uint64_t *high);

/* Saving (logpane_out.c, logpane_save.c): opens the menu; asks for the file; goes on, true while there is
 * more; gives up; says how far it is, "" when nothing is saved; how many lines that would be, about. */
void logpane_open_save(struct logpane *pane);
void logpane_ask_path(struct logpane *pane, enum logpane_out_what what, bool json);
bool logpane_out_step(struct logpane *pane);
void logpane_out_drop(struct logpane *pane);
void logpane_out_describe(const struct logpane *pane, char *words, size_t size);
size_t logpane_out_count(struct logpane *pane, enum logpane_out_what what);

/* Folding (logpane_fold.c): how a line is drawn for it; whether indexes are folded ones; opens what hides a
 * line; forgets it all but whether everything is folded. */
void logpane_fold_dress(struct logpane *pane, uint64_t id, struct logview_line *out);
bool logpane_folds(const struct logpane *pane);
void logpane_unhide(struct logpane *pane, uint64_t id);
void logpane_fold_drop(struct logpane *pane);
bool logpane_fold_act(struct logpane *pane, enum action action);

/* Shows a line without stopping to follow, and without opening what hides it. */
void logpane_keep(struct logpane *pane, uint64_t id);

/* Goes on with a jump; true while there is more. */
bool logpane_jump_step(struct logpane *pane);

/* Goes on with the search; true while there is more. */
bool logpane_search_step(struct logpane *pane, size_t slice);
void logpane_search_drop(struct logpane *pane);

/* Every line is to be looked at again. */
void logpane_search_reset(struct logpane *pane);

/* "/text 3/41" and the like, "" without a search; "e/E 2/5" once somebody asked for errors. */
void logpane_search_describe(struct logpane *pane, char *out, size_t size);
void logpane_bad_describe(struct logpane *pane, char *out, size_t size);

/* Whether anything but the search leaves lines out. */
bool logpane_is_filtered(const struct logpane *pane);
