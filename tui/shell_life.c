#include "tui/shell_life.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "client/file.h"
#include "client/shell/recording.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/keyname.h"
#include "tui/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The list of boxes may be a moment older than the box's last word. */
enum { PAUSED_AFTER_MS = 500 };

static bool is_paused(const struct app *app, const struct shell_entry *entry)
{
    const struct store_box *box = store_find(&app->store, entry->box_id);
    return box != NULL && !box->gone && box->box.status == BOX_STATUS_PAUSED;
}

enum shell_hold shell_life_hold(const struct app *app, const struct shell_entry *entry)
{
    if (entry == NULL || entry->shell == NULL)
        return SHELL_HOLD_NONE;
    enum shell_phase phase = shell_entry_phase(entry);
    if (phase == SHELL_LOST)
        return is_paused(app, entry) ? SHELL_HOLD_PAUSED : SHELL_HOLD_LOST;
    if (shell_silence(entry->shell) > 0)
        return SHELL_HOLD_SILENT;
    if (phase != SHELL_OPEN || !is_paused(app, entry))
        return SHELL_HOLD_NONE;
    int64_t heard = entry->output_ms > entry->opened_ms ? entry->output_ms : entry->opened_ms;
    const struct store_box *box = store_find(&app->store, entry->box_id);
    return box->seen_ms > heard + PAUSED_AFTER_MS ? SHELL_HOLD_PAUSED : SHELL_HOLD_NONE;
}

/* ---- keys with nowhere to go ---- */

void shell_life_keep(struct shell_entry *entry, struct key key)
{
    char text[KEYNAME_MAX + 2], name[KEYNAME_MAX];
    if (key.code == KEY_NAME_BACKSPACE) {
        size_t len = strlen(entry->kept);
        while (len > 0 && ((unsigned char)entry->kept[--len] & 0xC0) == 0x80)
            continue;
        entry->kept[len] = '\0';
        return;
    }
    if (key.mods == 0 && key.code >= ' ' && key.code < KEY_NAME_BASE) {
        text[utf8_encode(key.code, text)] = '\0';
    } else {
        key_format(key, name);
        snprintf(text, sizeof text, "<%s>", name);
    }
    size_t len = strlen(entry->kept);
    if (len + strlen(text) < sizeof entry->kept)
        memcpy(entry->kept + len, text, strlen(text) + 1);
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

void shell_life_go_on(struct app *app, struct shell_entry *entry)
{
    if (shell_life_hold(app, entry) == SHELL_HOLD_SILENT) {
        offer_to_end(app, entry);
        return;
    }
    bool open = shell_entry_phase(entry) == SHELL_OPEN;
    if (!open || shell_life_hold(app, entry) != SHELL_HOLD_PAUSED) {
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

void shell_life_key(struct app *app, struct shell_entry *entry, struct key key)
{
    if (key.code == KEY_NAME_ENTER && key.mods == 0)
        shell_life_go_on(app, entry);
    else if (key.code == KEY_NAME_ESCAPE && key.mods == 0)
        entry->kept[0] = '\0';
    else
        shell_life_keep(entry, key);
}

/* ---- the banner ---- */

int shell_life_banner_rows(const struct app *app, const struct shell_entry *entry, int rows)
{
    if (shell_entry_phase(entry) == SHELL_OPEN && shell_life_hold(app, entry) == SHELL_HOLD_NONE)
        return 0;
    int wanted = entry->kept[0] != '\0' ? 3 : 2;
    return rows > 2 * wanted ? wanted : 1;
}

static void say_what(const struct app *app, const struct shell_entry *entry, char *out, size_t size)
{
    switch (shell_life_hold(app, entry)) {
    case SHELL_HOLD_PAUSED:
        snprintf(out, size, "The box is paused");
        return;
    case SHELL_HOLD_SILENT:
        snprintf(out, size, "The shell's helper has not answered for %lld s",
                 (long long)shell_silence(entry->shell) / 1000);
        return;
    case SHELL_HOLD_LOST:
    case SHELL_HOLD_NONE:
        shell_entry_status(entry, &app->store, out, size);
    }
}

static void say_keys(const struct app *app, const struct shell_entry *entry, bool live, char *out,
                     size_t size)
{
    char key[32];
    enum shell_hold hold = shell_life_hold(app, entry);
    enum shell_phase phase = shell_entry_phase(entry);
    out[0] = '\0';
    if (phase < SHELL_OPEN)
        return;
    if (live && hold != SHELL_HOLD_NONE)
        snprintf(key, sizeof key, "Enter");
    else
        keymap_label(&app->keymap, ACTION_SHELL_ENTER, key, sizeof key);
    snprintf(out, size, "%s %s", key,
             hold == SHELL_HOLD_SILENT                          ? "offers to end it"
             : hold == SHELL_HOLD_PAUSED && phase == SHELL_OPEN ? "resumes the box"
             : hold == SHELL_HOLD_PAUSED                        ? "resumes the box and connects again"
                                                                : "connects again");
}

void shell_life_draw_banner(const struct app *app, const struct shell_entry *entry, bool live,
                            const struct paint *paint)
{
    char what[400], keys[80];
    say_what(app, entry, what, sizeof what);
    say_keys(app, entry, live, keys, sizeof keys);
    int room = paint->cols - 1;
    if (paint->rows == 1) {
        int used = keys[0] != '\0' ? (int)strlen(keys) + 3 : 0;
        paint_text(paint, 0, 1, room - used, ROLE_BANNER, what);
        paint_text(paint, 0, paint->cols - used + 1, used, ROLE_BANNER, keys);
        return;
    }
    paint_text(paint, 0, 1, room, ROLE_BANNER, what);
    paint_text(paint, 1, 1, room, ROLE_BANNER, keys);
    if (paint->rows > 2)
        paint_format(paint, 2, 1, room, ROLE_BANNER, "not sent: %s%s", entry->kept,
                     live ? "   (Esc forgets it)" : "");
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

/* What opening brought: a key that was not remembered, words that were typed to a dead link. */
static void tell(struct app *app, struct shell_entry *entry)
{
    if (entry->shell == NULL || shell_entry_phase(entry) != SHELL_OPEN) {
        entry->told = false;
        return;
    }
    if (entry->told)
        return;
    entry->told = true;
    entry->returning = false;
    if (strcmp(shell_status(entry->shell), "Connected") != 0)
        app_complain(app, "%s", shell_status(entry->shell));
    if (entry->kept[0] != '\0')
        app_note(app, "Typed without a link and not sent: %s", entry->kept);
    entry->kept[0] = '\0';
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
