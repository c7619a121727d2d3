/*
 * What happens to a shell while the operator is in it or elsewhere: a link that is lost, a box that was
 * paused under it, keys that have nowhere to go, and the notes about it.
 */
#pragma once

#include "client/base/key.h"
#include "tui/shells.h"
#include "widgets/paint.h"

#include <stdbool.h>

struct app;

/* Why keys cannot be given to a shell that was open. */
enum shell_hold {
    SHELL_HOLD_NONE,
    SHELL_HOLD_LOST,    /* the link is gone */
    SHELL_HOLD_PAUSED,  /* the service says so, and nothing came from the box since */
    SHELL_HOLD_DELETED, /* the box is gone */
    SHELL_HOLD_SILENT,  /* the helper does not answer */
    SHELL_HOLD_KEPT,    /* it is there again, and what was typed meanwhile waits for a word */
};

/* NULL is fine: no hold. */
enum shell_hold shell_life_hold(const struct app *app, const struct shell_entry *entry);

/* A key typed into a shell on hold: Enter goes on (shell_life_go_on), Escape forgets what was typed, the rest
 * is kept to be seen, and sent when the operator says so. */
void shell_life_key(struct app *app, struct shell_entry *entry, struct key key);

/* What Enter does: connects a lost shell again, sends what was kept to one that is back, offers to resume the
 * box below it or to end one whose helper hangs, closes that of a deleted box. */
void shell_life_go_on(struct app *app, struct shell_entry *entry);

/* The rows of the banner a shell on hold or over needs, and the banner. `live`: the operator is in it. */
int shell_life_banner_rows(const struct app *app, const struct shell_entry *entry, int rows);
void shell_life_draw_banner(const struct app *app, const struct shell_entry *entry, bool live,
                            const struct paint *paint);

/* What there is to say of a shell that has no picture. */
void shell_life_draw_status(const struct app *app, const struct shell_entry *entry,
                            const struct paint *paint);

/* Starts a recording of an open shell, or ends the one that is under way, and says where it is. */
void shell_life_record(struct app *app, struct shell_entry *entry);

/* What a shell does besides being one, for its title: "FWD 2  REC 1.2 MiB  ", "" for nothing. */
void shell_life_marks(const struct shell_entry *entry, char *out, size_t size);

/* Once a turn: tells the helpers who is looked at, and says what must be said once. */
void shell_life_tick(struct app *app);
