/* What is said over a shell that cannot be typed into: what happened, which keys go on, what was typed. */
#include "tui/shell_life.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "tui/app.h"
#include "tui/keyname.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PICTURE_ROWS = 4, KEPT_TEXT = 400 };

int shell_life_banner_rows(const struct app *app, const struct shell_entry *entry, int rows)
{
    if (shell_entry_phase(entry) == SHELL_OPEN && shell_life_hold(app, entry) == SHELL_HOLD_NONE)
        return 0;
    int wanted = entry->kept.count > 0 ? 3 : 2;
    return rows >= wanted + PICTURE_ROWS ? wanted : 1;
}

/* ---- what happened ---- */

static const char *box_trouble(const struct app *app, const struct shell_entry *entry)
{
    const struct store_box *box = store_find(&app->store, entry->box_id);
    if (box == NULL)
        return "";
    if (box->gone || box->box.status == BOX_STATUS_DELETED)
        return ". The box was deleted";
    return box->box.status == BOX_STATUS_PAUSED ? ". The box is paused" : "";
}

static void say_what(const struct app *app, const struct shell_entry *entry, char *out, size_t size)
{
    char status[400];
    switch (shell_life_hold(app, entry)) {
    case SHELL_HOLD_PAUSED:
        snprintf(out, size, "The box is paused");
        return;
    case SHELL_HOLD_DELETED:
        snprintf(out, size, "The box was deleted: this is what its shell showed last");
        return;
    case SHELL_HOLD_SILENT:
        snprintf(out, size, "The shell's helper has not answered for %lld s",
                 (long long)shell_silence(entry->shell) / 1000);
        return;
    case SHELL_HOLD_KEPT:
        snprintf(out, size, "Connected again. What was typed meanwhile was not sent");
        return;
    case SHELL_HOLD_LOST:
    case SHELL_HOLD_NONE:
        shell_entry_status(entry, &app->store, status, sizeof status);
        snprintf(out, size, "%s%s", status,
                 shell_entry_phase(entry) >= SHELL_CLOSED ? box_trouble(app, entry) : "");
    }
}

/* ---- which keys go on ---- */

static const char *what_enter_does(enum shell_hold hold, enum shell_phase phase)
{
    switch (hold) {
    case SHELL_HOLD_SILENT:
        return "offers to end it";
    case SHELL_HOLD_DELETED:
        return "closes it";
    case SHELL_HOLD_KEPT:
        return "sends it";
    case SHELL_HOLD_PAUSED:
        return phase == SHELL_OPEN ? "resumes the box" : "resumes the box and connects again";
    case SHELL_HOLD_LOST:
    case SHELL_HOLD_NONE:
        break;
    }
    return "connects again";
}

static void say_keys(const struct app *app, const struct shell_entry *entry, bool live, char *out,
                     size_t size)
{
    char key[32] = "Enter";
    enum shell_hold hold = shell_life_hold(app, entry);
    enum shell_phase phase = shell_entry_phase(entry);
    bool on_its_way = phase < SHELL_OPEN;
    if (on_its_way && !live) {
        out[0] = '\0';
        return;
    }
    if (!live || hold == SHELL_HOLD_NONE)
        keymap_label(&app->keymap, ACTION_SHELL_ENTER, key, sizeof key);
    const char *drops = !live || entry->kept.count == 0 ? ""
                        : hold == SHELL_HOLD_KEPT       ? "  Esc drops it"
                                                        : "  Esc forgets what was typed";
    if (on_its_way)
        snprintf(out, size, "Ctrl-c gives up%s", drops);
    else
        snprintf(out, size, "%s %s%s", key, what_enter_does(hold, phase), drops);
}

/* ---- what was typed ---- */

/* Whether the row of the cursor asks for what must not be seen. */
static bool asks_for_secret(const struct shell *shell)
{
    static const char *const words[] = {"password", "passphrase", "passcode", "secret",
                                        "pin",      "token",      "key"};
    const struct screen_state *state = shell_screen(shell);
    const struct cell *cells = shell_row(shell, state->cursor_row);
    char text[256];
    size_t len = 0;
    for (int col = 0; col < state->cursor_col && len + 1 < sizeof text; col++)
        text[len++] = cells[col].ch > ' ' && cells[col].ch < 0x7F ? (char)tolower((int)cells[col].ch) : ' ';
    while (len > 0 && text[len - 1] == ' ')
        len--;
    text[len] = '\0';
    if (len == 0 || strchr(":?", text[len - 1]) == NULL)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(text, words[i]) != NULL)
            return true;
    return false;
}

static void name_of(struct key key, bool secret, char out[KEYNAME_MAX + 2])
{
    char name[KEYNAME_MAX];
    if (key.mods == 0 && key.code >= ' ' && key.code < KEY_NAME_BASE) {
        out[secret ? 1 : utf8_encode(key.code, out)] = '\0';
        if (secret)
            out[0] = '*';
        return;
    }
    key_format(key, name);
    snprintf(out, KEYNAME_MAX + 2, "<%s>", name);
}

/* The keys from `at` on as text, up to `end`. */
static void append_keys(const struct shell_kept *kept, size_t at, size_t end, bool secret, char *out,
                        size_t size)
{
    char name[KEYNAME_MAX + 2];
    for (size_t len = strlen(out); at < end; at++, len += strlen(name)) {
        name_of(kept->keys[at], secret, name);
        if (len + strlen(name) >= size)
            return;
        memcpy(out + len, name, strlen(name) + 1);
    }
}

/* The last of it is what matters while one types: the first gives way. */
static void say_kept(const struct shell_entry *entry, int room, char *out, size_t size)
{
    const struct shell_kept *kept = &entry->kept;
    bool secret = entry->shell != NULL && asks_for_secret(entry->shell);
    for (size_t from = 0;; from++) {
        const char *cut = from > 0 ? "..." : "";
        if (from < kept->unsure) {
            snprintf(out, size, "may not have arrived: %s", cut);
            append_keys(kept, from, kept->unsure, secret, out, size);
            if (kept->count > kept->unsure && strlen(out) + 16 < size)
                memcpy(out + strlen(out), "  not sent: ", 13);
            append_keys(kept, kept->unsure, kept->count, secret, out, size);
        } else {
            snprintf(out, size, "not sent: %s", cut);
            append_keys(kept, from, kept->count, secret, out, size);
        }
        if (from >= kept->count || utf8_columns(out, strlen(out)) <= (size_t)(room > 0 ? room : 0))
            return;
    }
}

/* One row for all: the keys stand at its end, what was typed before them, why at its start. */
static void draw_one_row(const struct paint *paint, const struct shell_entry *entry, const char *what,
                         const char *keys)
{
    char kept[KEPT_TEXT] = "";
    int end = paint->cols - 1;
    int used = (int)utf8_columns(keys, strlen(keys));
    if (used > 0 && used < end) {
        paint_text(paint, 0, end - used, used, ROLE_BANNER, keys);
        end -= used + 2;
    }
    if (entry->kept.count > 0) {
        say_kept(entry, end / 2, kept, sizeof kept);
        used = (int)utf8_columns(kept, strlen(kept));
        used = used < end / 2 ? used : end / 2;
        paint_text(paint, 0, end - used, used, ROLE_BANNER, kept);
        end -= used + 2;
    }
    paint_text(paint, 0, 1, end - 1, ROLE_BANNER, what);
}

void shell_life_draw_banner(const struct app *app, const struct shell_entry *entry, bool live,
                            const struct paint *paint)
{
    char what[500], keys[100], kept[KEPT_TEXT];
    say_what(app, entry, what, sizeof what);
    say_keys(app, entry, live, keys, sizeof keys);
    int room = paint->cols - 1;
    if (paint->rows == 1) {
        draw_one_row(paint, entry, what, keys);
        return;
    }
    paint_text(paint, 0, 1, room, ROLE_BANNER, what);
    paint_text(paint, paint->rows - 1, 1, room, ROLE_BANNER, keys);
    if (paint->rows < 3)
        return;
    say_kept(entry, room, kept, sizeof kept);
    paint_text(paint, 1, 1, room, ROLE_BANNER, kept);
}

void shell_life_draw_status(const struct app *app, const struct shell_entry *entry, const struct paint *paint)
{
    char status[400], keys[32];
    shell_entry_status(entry, &app->store, status, sizeof status);
    enum shell_phase phase = shell_entry_phase(entry);
    bool over = phase == SHELL_FAILED || phase == SHELL_LOST || phase == SHELL_CLOSED;
    int row = 0;
    for (size_t at = 0, len = strlen(status); at < len && row < paint->rows - 1; row++) {
        size_t part = utf8_fit(status + at, len - at, (size_t)(paint->cols > 2 ? paint->cols - 2 : 1), NULL);
        if (part == 0)
            break;
        paint_styled(paint, row, 1, paint->cols - 1,
                     theme_style(paint->theme, phase == SHELL_FAILED ? ROLE_ERROR : ROLE_INFO), status + at,
                     part);
        at += part;
    }
    if (!over)
        return;
    keymap_label(&app->keymap, ACTION_SHELL_ENTER, keys, sizeof keys);
    paint_format(paint, row, 1, paint->cols - 1, ROLE_HINT, "%s connects again", keys);
}
