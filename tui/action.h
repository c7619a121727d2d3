/*
 * What an operator can do, as one table (action_list.inc), and which key means which action where. A key
 * becomes an action before any view sees it; an action nobody handles travels overlay, focused pane, view,
 * app.
 */
#pragma once

#include "client/base/err.h"
#include "client/base/key.h"

#include <stdbool.h>
#include <stddef.h>

enum action {
    ACTION_NONE,
#define ACTION(id, name, keys, where, risk, help) ACTION_##id,
#include "tui/action_list.inc"
#undef ACTION
    ACTION_COUNT
};

/* Where an action is valid. The focused pane's own place is looked up first, then LOGS when it shows lines
 * (COMMAND, TAIL), then MAIN, then APP. */
enum action_where {
    WHERE_APP,
    WHERE_LIST,
    WHERE_MAIN,
    WHERE_LOGS,
    WHERE_RUNS,
    WHERE_ATTENTION,
    WHERE_COMMAND,
    WHERE_SHELL,
    WHERE_TAIL,
    WHERE_COPY,
    WHERE_COUNT
};

enum action_risk { RISK_CALM, RISK_CHANGE, RISK_COST, RISK_LOSS };

struct action_info {
    const char *id;   /* HELP */
    const char *name; /* help */
    const char *keys; /* the defaults, by name */
    enum action_where where;
    enum action_risk risk;
    const char *help; /* one line, no full stop */
};

/* The row of the table. ACTION_NONE gives an empty one. */
const struct action_info *action_info(enum action action);

/* The action with this name, ACTION_NONE when there is none. */
enum action action_find(const char *name);

/* The heading of a place in help and manual: "Box list". */
const char *action_where_title(enum action_where where);

/* Which keys mean what: filled from the table, changed by the config. */
struct keymap {
    struct keymap_entry {
        struct key key;
        enum action action;
        bool chosen; /* by keymap_bind, in place of a default */
    } * entries;
    size_t count, room;
};

/* The defaults of the table. A default that cannot be parsed is a programmer's error. */
void keymap_init(struct keymap *keymap);
void keymap_done(struct keymap *keymap);

/* Binds `keys` (names separated by spaces; "" for none) to the action called `name`, in place of its
 * defaults. A default that is the same key in the same place is taken from its action. False with *err set,
 * and nothing changed, when the action or a key is not known, a key is another in disguise (Ctrl-i, Ctrl-m,
 * Ctrl-[, Ctrl-h, Ctrl-j), the action was bound before or a key is bound already to another action of the
 * place, or when nobody could leave a shell, or type into it, any more (shell-leave). */
bool keymap_bind(struct keymap *keymap, const char *name, const char *keys, struct err *err);

/* Whether a place shows lines, so that the actions of LOGS are valid there too. */
bool action_where_has_lines(enum action_where where);

/* What a key means in a place: the place's own binding, else the app's. A key that is bound nowhere means
 * what a terminal that knows less of keys would have made of it (key_plain). */
enum action keymap_find(const struct keymap *keymap, enum action_where where, struct key key);

/* The first key bound to an action as text for footer and help ("s", "Ctrl-r"), "" when none is. */
void keymap_label(const struct keymap *keymap, enum action action, char *out, size_t size);

/* All keys bound to an action, separated by spaces, "" for none. The caller frees it. */
char *keymap_labels(const struct keymap *keymap, enum action action);
