#include "tui/shell_life.h"

#include "client/base/mem.h"
#include "client/file.h"
#include "client/shell/recording.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The list of boxes may be a moment older than the box's last word, and a shell may outlive its box for as
 * long. */
enum { PAUSED_AFTER_MS = 500, GONE_AFTER_MS = 2000 };

/* The question about what was kept comes up by itself. */
enum { HOLD_MS = 400 };

static bool is_paused(const struct app *app, const struct shell_entry *entry)
{
    const struct store_box *box = store_find(&app->store, entry->box_id);
    return box != NULL && !box->gone && box->box.status == BOX_STATUS_PAUSED;
}

static bool is_gone(const struct app *app, const struct shell_entry *entry)
{
    const struct store_box *box = store_find(&app->store, entry->box_id);
    return box != NULL && (box->gone || box->box.status == BOX_STATUS_DELETED);
}

static enum shell_hold hold_of_open(const struct app *app, const struct shell_entry *entry)
{
    const struct store_box *box = store_find(&app->store, entry->box_id);
    int64_t heard = entry->output_ms > entry->opened_ms ? entry->output_ms : entry->opened_ms;
    if (is_paused(app, entry) && box->seen_ms > heard + PAUSED_AFTER_MS)
        return SHELL_HOLD_PAUSED;
    if (is_gone(app, entry) && app->now_ms > heard + GONE_AFTER_MS)
        return SHELL_HOLD_DELETED;
    return entry->kept.count > 0 ? SHELL_HOLD_KEPT : SHELL_HOLD_NONE;
}

enum shell_hold shell_life_hold(const struct app *app, const struct shell_entry *entry)
{
    if (entry == NULL || entry->shell == NULL)
        return SHELL_HOLD_NONE;
    enum shell_phase phase = shell_entry_phase(entry);
    if (phase == SHELL_LOST || (phase == SHELL_FAILED && entry->returning))
        return is_gone(app, entry)     ? SHELL_HOLD_DELETED
               : is_paused(app, entry) ? SHELL_HOLD_PAUSED
                                       : SHELL_HOLD_LOST;
    if (shell_silence(entry->shell) > 0)
        return SHELL_HOLD_SILENT;
    return phase == SHELL_OPEN ? hold_of_open(app, entry) : SHELL_HOLD_NONE;
}

/* ---- keys with nowhere to go ---- */

static void forget(struct shell_kept *kept)
{
    /* It may have been a password. */
    explicit_bzero(kept, sizeof *kept);
}

static void keep(struct shell_kept *kept, struct key key)
{
    /* What was sent already cannot be taken back. */
    if (key.code == KEY_NAME_BACKSPACE && key.mods == 0 && kept->count > kept->unsure)
        kept->count--;
    else if (kept->count < SHELL_KEPT)
        kept->keys[kept->count++] = key;
    else
        kept->full = true;
}

static void send_kept(struct app *app, struct shell_entry *entry)
{
    for (size_t i = 0; i < entry->kept.count; i++)
        shell_key(entry->shell, entry->kept.keys[i]);
    if (entry->kept.full)
        app_complain(app, "More was typed without a link than was kept: the rest was not sent");
    forget(&entry->kept);
}

static void resume(struct app *app, void *context)
{
    const char *box_id = context;
    app_ask(app, request_new(REQUEST_BOX_RESUME, box_id));
    app_note(app, "Box %s is being resumed", box_id);
}

static void end(struct app *app, void *context)
{
    shells_close(&app->shells, context);
}

static void offer_to_end(struct app *app, const struct shell_entry *entry)
{
    char *text = mem_format(
        "  %s\n\nThe shell's helper hangs. End it? What ran in the foreground ends with it.", entry->box_id);
    overlay_ask(app, "End the shell?", text, "End it", false, end, NULL, mem_dup(entry->box_id));
    free(text);
}

/* A session that stands needs no more than its box; a lost one is connected again too. */
static void offer_to_resume(struct app *app, const struct shell_entry *entry)
{
    if (shell_entry_phase(entry) != SHELL_OPEN) {
        app_act(app, ACTION_SHELL);
        return;
    }
    if (app->options.read_only) {
        app_complain(app, "boxtop was started with --read-only: resuming a box would change it");
        return;
    }
    char *text = mem_format("  %s\n\nThe box was paused under this shell. Resume it? A box that runs costs "
                            "money.",
                            entry->box_id);
    overlay_ask(app, "Resume?", text, "Resume", false, resume, NULL, mem_dup(entry->box_id));
    free(text);
}

void shell_life_go_on(struct app *app, struct shell_entry *entry)
{
    switch (shell_life_hold(app, entry)) {
    case SHELL_HOLD_SILENT:
        offer_to_end(app, entry);
        return;
    case SHELL_HOLD_DELETED:
        shells_close(&app->shells, entry->box_id);
        return;
    case SHELL_HOLD_KEPT:
        send_kept(app, entry);
        return;
    case SHELL_HOLD_PAUSED:
        offer_to_resume(app, entry);
        return;
    case SHELL_HOLD_LOST:
    case SHELL_HOLD_NONE:
        app_act(app, ACTION_SHELL);
    }
}

void shell_life_key(struct app *app, struct shell_entry *entry, struct key key)
{
    bool just_back =
        shell_life_hold(app, entry) == SHELL_HOLD_KEPT && app->now_ms < entry->opened_ms + HOLD_MS;
    if (key.code == KEY_NAME_ENTER && key.mods == 0 && just_back)
        return; /* a second Enter for the connection must not send what was typed */
    if (key.code == KEY_NAME_ENTER && key.mods == 0)
        shell_life_go_on(app, entry);
    else if (key.code == KEY_NAME_ESCAPE && key.mods == 0)
        forget(&entry->kept);
    else
        keep(&entry->kept, key);
}

/* ---- recordings ---- */

/* A fresh path below the user's state folder; NULL with *err set. The caller frees it. */
static char *recording_file(const struct app *app, const struct shell_entry *entry, struct err *err)
{
    char stamp[32];
    time_t seconds = (time_t)(app->wall_ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &tm);
    char *folder = file_user_path("XDG_STATE_HOME", ".local/state", "recordings");
    if (folder == NULL) {
        err_set(err, ERR_LOCAL, 0, "Nothing was recorded: there is no home folder");
        return NULL;
    }
    char *path =
        file_make_folder(folder, err) ? mem_format("%s/%s-%s.cast", folder, entry->box_id, stamp) : NULL;
    free(folder);
    return path;
}

static void end_recording(struct app *app, struct shell_entry *entry)
{
    char size[16];
    struct err err;
    const struct recording *recording = shell_recording(entry->shell);
    char *path = mem_dup(recording_path(recording));
    format_bytes(size, sizeof size, (int64_t)recording_size(recording));
    if (shell_record_end(entry->shell, &err))
        app_note(app, "Recorded %s to %s", size, path);
    else
        app_complain(app, "%s", err.text);
    free(path);
}

void shell_life_record(struct app *app, struct shell_entry *entry)
{
    if (entry == NULL || entry->shell == NULL) {
        app_complain(app, "No shell is open in this box: there is nothing to record");
        return;
    }
    if (shell_recording(entry->shell) != NULL) {
        end_recording(app, entry);
        return;
    }
    struct err err;
    char *path = recording_file(app, entry, &err);
    if (path != NULL && shell_record(entry->shell, path, 0, &err))
        app_note(app, "Recording to %s", path);
    else
        app_complain(app, "%s", err.text);
    free(path);
}

void shell_life_marks(const struct shell_entry *entry, char *out, size_t size)
{
    char bytes[16];
    const struct recording *recording = entry->shell != NULL ? shell_recording(entry->shell) : NULL;
    size_t len = 0;
    out[0] = '\0';
    if (entry->forwards.count > 0)
        len = (size_t)snprintf(out, size, "FWD %zu  ", entry->forwards.count);
    if (recording != NULL)
        snprintf(out + len, size - len, "REC %s  ",
                 format_bytes(bytes, sizeof bytes, (int64_t)recording_size(recording)));
}

/* ---- once a turn ---- */

/* What opening brought: a key that was not remembered. */
static void tell(struct app *app, struct shell_entry *entry)
{
    if (entry->shell == NULL || shell_entry_phase(entry) != SHELL_OPEN) {
        entry->told = false;
        return;
    }
    if (entry->told)
        return;
    entry->told = true;
    if (strcmp(shell_status(entry->shell), "Connected") != 0)
        app_complain(app, "%s", shell_status(entry->shell));
}

static bool is_on_screen(const struct app *app, const struct shell_entry *entry)
{
    if (app->selected == NULL || strcmp(app->selected, entry->box_id) != 0)
        return false;
    for (enum layout_pane pane = 0; pane < PANE_COUNT; pane++)
        if (!rect_is_empty(app->layout.panes[pane]) && app_pane_view_id(app, pane) == VIEW_SHELL)
            return true;
    return false;
}

void shell_life_tick(struct app *app)
{
    for (size_t i = 0; i < app->shells.count; i++) {
        struct shell_entry *entry = app->shells.entries[i];
        struct err err;
        tell(app, entry);
        if (entry->shell != NULL && shell_record_trouble(entry->shell, &err))
            app_complain(app, "%s", err.text);
        if (entry->shell != NULL)
            shell_show(entry->shell, is_on_screen(app, entry));
    }
}
