/*
 * Style roles: what a piece of the screen means, and the themes that say how each meaning looks. Views name a
 * role and never a colour. Colour is the third cue, after letter and word: every theme stays readable when
 * the colours are taken away, and none blinks.
 */
#pragma once

#include "client/base/style.h"

#include <stdbool.h>

/* What a theme chooses: few, so that a screen stays calm. */
enum theme_slot {
    SLOT_PLAIN,       /* text */
    SLOT_QUIET,       /* may be overlooked */
    SLOT_LINE,        /* borders */
    SLOT_ACCENT,      /* focus, keys */
    SLOT_GREEN,       /* good */
    SLOT_AMBER,       /* look at it */
    SLOT_RED,         /* bad */
    SLOT_CYAN,        /* at work */
    SLOT_VIOLET,      /* snapshots, the system */
    SLOT_BLUE,        /* neutral notes */
    SLOT_SELECT,      /* selected row, with the focus */
    SLOT_SELECT_IDLE, /* selected row, without */
    SLOT_FIELD,       /* input fields, buttons */
    SLOT_BUTTON,      /* the button that Enter presses */
    SLOT_HIT,         /* search hits */
    SLOT_HIT_CURRENT, /* the one under the cursor */
    SLOT_BAR,         /* toasts */
    SLOT_ALARM,       /* banners, toasts of failures */
    SLOT_COUNT,
};

/* The one list of roles: identifier, name, slot, attributes on top of the slot's, meaning. */
#define THEME_ROLES(X)                                                                                       \
    X(TEXT, "text", PLAIN, 0, "ordinary text")                                                               \
    X(DIM, "dim", QUIET, 0, "text that may be overlooked: ages, units, hints")                               \
    X(STRONG, "strong", PLAIN, STYLE_BOLD, "text that carries the row: names, figures")                      \
    X(TITLE, "title", PLAIN, 0, "title in a frame")                                                          \
    X(TITLE_FOCUSED, "title-focused", ACCENT, STYLE_BOLD, "title of the frame that has the focus")           \
    X(FRAME, "frame", LINE, 0, "border of a pane")                                                           \
    X(FRAME_FOCUSED, "frame-focused", ACCENT, 0, "border of the pane that has the focus")                    \
    X(HEADER, "header", PLAIN, STYLE_BOLD, "the first line of the screen")                                   \
    X(COLUMN, "column", QUIET, STYLE_BOLD, "column titles of a table")                                       \
    X(FOOTER, "footer", PLAIN, 0, "the last line of the screen")                                             \
    X(KEY, "key", ACCENT, STYLE_BOLD, "a key in a hint")                                                     \
    X(HINT, "hint", QUIET, 0, "what a key does")                                                             \
    X(SELECTION, "selection", SELECT, 0, "the row under the cursor, in the pane with the focus")             \
    X(SELECTION_IDLE, "selection-idle", SELECT_IDLE, 0, "the row under the cursor, in another pane")         \
    X(MARK, "mark", AMBER, STYLE_BOLD, "the star of a marked row")                                           \
    X(TAB, "tab", QUIET, 0, "a tab")                                                                         \
    X(TAB_ACTIVE, "tab-active", ACCENT, STYLE_BOLD | STYLE_UNDERLINE, "the tab that is shown")               \
    X(FIELD, "field", FIELD, 0, "a field of a form or a prompt")                                             \
    X(FIELD_FOCUSED, "field-focused", FIELD, STYLE_BOLD, "the field that takes the keys")                    \
    X(BUTTON, "button", FIELD, 0, "a button of a dialog")                                                    \
    X(BUTTON_FOCUSED, "button-focused", BUTTON, STYLE_BOLD, "the button that Enter presses")                 \
    X(DANGER, "danger", RED, STYLE_BOLD, "what destroys or costs")                                           \
    X(OK, "ok", GREEN, 0, "went well")                                                                       \
    X(WARN, "warn", AMBER, 0, "look when there is time")                                                     \
    X(ERROR, "error", RED, STYLE_BOLD, "failed")                                                             \
    X(INFO, "info", BLUE, 0, "neutral note")                                                                 \
    X(CREATED, "created", GREEN, 0, "status: created or creating")                                           \
    X(IDLE, "idle", QUIET, 0, "status: idle")                                                                \
    X(RUNNING, "running", CYAN, 0, "status: running")                                                        \
    X(PAUSED, "paused", AMBER, 0, "status: paused")                                                          \
    X(SNAPSHOT, "snapshot", VIOLET, 0, "status: snapshot")                                                   \
    X(DELETED, "deleted", RED, 0, "status: deleted")                                                         \
    X(ACCENT, "accent", ACCENT, 0, "the one touch of colour")                                                \
    X(COST, "cost", GREEN, 0, "money")                                                                       \
    X(SEARCH, "search", HIT, 0, "a search hit")                                                              \
    X(SEARCH_CURRENT, "search-current", HIT_CURRENT, STYLE_BOLD, "the search hit under the cursor")          \
    X(LEVEL_DEBUG, "level-debug", QUIET, 0, "log level: debug")                                              \
    X(LEVEL_INFO, "level-info", PLAIN, 0, "log level: info")                                                 \
    X(LEVEL_WARN, "level-warn", AMBER, 0, "log level: warning")                                              \
    X(LEVEL_ERROR, "level-error", RED, STYLE_BOLD, "log level: error")                                       \
    X(SOURCE_SYSTEM, "source-system", VIOLET, 0, "log line from the system")                                 \
    X(SOURCE_AGENT, "source-agent", CYAN, 0, "log line from the agent")                                      \
    X(SOURCE_USER, "source-user", BLUE, 0, "log line from a user")                                           \
    X(BOX_1, "box-1", CYAN, 0, "one box among many: told apart by its letter too")                           \
    X(BOX_2, "box-2", GREEN, 0, "another one")                                                               \
    X(BOX_3, "box-3", VIOLET, 0, "another one")                                                              \
    X(BOX_4, "box-4", BLUE, 0, "another one")                                                                \
    X(BOX_5, "box-5", AMBER, 0, "another one")                                                               \
    X(BOX_6, "box-6", PLAIN, STYLE_BOLD, "another one")                                                      \
    X(TOOL, "tool", BLUE, STYLE_BOLD, "a tool call of an agent")                                             \
    X(JSON_KEY, "json-key", BLUE, 0, "laid out JSON: the name of a value")                                   \
    X(JSON_STRING, "json-string", GREEN, 0, "laid out JSON: a string")                                       \
    X(JSON_NUMBER, "json-number", CYAN, 0, "laid out JSON: a number")                                        \
    X(JSON_WORD, "json-word", VIOLET, 0, "laid out JSON: true, false, null")                                 \
    X(GAP, "gap", AMBER, STYLE_DIM, "missing lines")                                                         \
    X(ADDED, "added", GREEN, 0, "diff: added line")                                                          \
    X(REMOVED, "removed", RED, 0, "diff: removed line")                                                      \
    X(HUNK, "hunk", CYAN, 0, "diff: position line")                                                          \
    X(TOAST, "toast", BAR, 0, "a short note that goes away")                                                 \
    X(TOAST_ERROR, "toast-error", ALARM, 0, "a short note of a failure")                                     \
    X(BANNER, "banner", ALARM, STYLE_BOLD, "a line that stays until something is done about it")             \
    X(BAR, "bar", ACCENT, 0, "the filled part of a gauge, a sparkline")                                      \
    X(BAR_REST, "bar-rest", LINE, 0, "the empty part of a gauge")                                            \
    X(SCROLL, "scroll", ACCENT, 0, "where in the whole the view is")

enum role {
#define X(id, name, slot, attr, meaning) ROLE_##id,
    THEME_ROLES(X)
#undef X
        ROLE_COUNT
};

/* A theme: one style a slot. */
struct theme {
    const char *name;
    const char *help; /* one line for the list of themes */
    struct style slots[SLOT_COUNT];
};

/* The style of a role. */
struct style theme_style(const struct theme *theme, enum role role);

/* A theme by name: "default" (the 16 colours of the terminal's palette), "dark" and "light" (RGB, shown with
 * 256 colours where there are no more), "safe" (told apart by colour-blind eyes), "mono". NULL when there is
 * none of that name. Themes are constants. */
const struct theme *theme_by_name(const char *name);

/* The themes in order: index 0.., NULL past the last. */
const struct theme *theme_at(int index);

/* The name of a role. */
const char *theme_role_name(enum role role);

/* Lays `top` over `base`: colours of top win where it has any, attributes add up. On a reversed base
 * (a selection bar of the 16-colour theme) top's colours are left out, so that the bar stays one bar. */
struct style style_over(struct style base, struct style top);
