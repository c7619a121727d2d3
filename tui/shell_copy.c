#include "tui/shell_copy.h"

#include "client/base/mem.h"
#include "client/base/utf8.h"
#include "client/text/inert.h"
#include "tui/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHOWN_COLUMNS = 80,   /* of the text, in the question */
    QUIET_MS = 60 * 1000, /* after a no, the same shell is not asked about again for so long */
};

struct offer {
    char box_id[MODEL_ID_MAX + 1];
    char text[];
};

static void copy_out(struct app *app, void *context)
{
    const struct offer *offer = context;
    app_copy(app, offer->text, "what the program sent");
}

static void refuse(struct app *app, void *context)
{
    const struct offer *offer = context;
    struct shell_entry *entry = shells_find(&app->shells, offer->box_id);
    if (entry != NULL)
        entry->copy_quiet_ms = app->now_ms + QUIET_MS;
}

static size_t count_lines(const char *text)
{
    size_t lines = 1;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL && at[1] != '\0'; at++)
        lines++;
    return lines;
}

/* The text comes by itself: the keys of the first moments are not for the question. */
static void ask(struct app *app, const struct shell_entry *entry, const char *text)
{
    char shown[SHOWN_COLUMNS * UTF8_MAX];
    size_t len = strlen(text), lines = count_lines(text);
    size_t kept = inert_label_into(shown, sizeof shown, text, len);
    size_t fit = utf8_fit(shown, kept, SHOWN_COLUMNS, NULL);
    shown[fit] = '\0';
    char *question = mem_format("A program in %s wants to put %zu byte%s on your clipboard, %zu line%s:\n\n"
                                "\"%s\"%s\n\nDo not paste it anywhere unless you expect it.",
                                entry->box_id, len, len == 1 ? "" : "s", lines, lines == 1 ? "" : "s", shown,
                                fit < kept || len > kept ? " ..." : "");
    struct offer *offer = mem_zalloc(1, sizeof *offer + len + 1);
    snprintf(offer->box_id, sizeof offer->box_id, "%s", entry->box_id);
    memcpy(offer->text, text, len);
    overlay_ask(app, "Clipboard?", question, "Copy", true, copy_out, refuse, offer);
    overlay_hold(app);
    free(question);
}

static void deny(struct app *app, struct shell_entry *entry)
{
    if (entry->copy_told)
        return;
    entry->copy_told = true;
    app_note(app, "A program in %s wanted to set the clipboard: denied%s", entry->box_id,
             app->clipboard_asks ? ", since you are not in its shell"
                                 : " (clipboard = ask in [ui] of the config asks you)");
}

void shell_copy_tick(struct app *app)
{
    for (size_t i = 0; i < app->shells.count; i++) {
        struct shell_entry *entry = app->shells.entries[i];
        char *text = entry->shell != NULL ? shell_take_copied(entry->shell) : NULL;
        if (text == NULL)
            continue;
        bool quiet = app->now_ms < entry->copy_quiet_ms;
        bool here = app_shell_live(app) && shells_find(&app->shells, app->selected) == entry;
        if (app->clipboard_asks && here && !quiet)
            ask(app, entry, text);
        else if (!quiet)
            deny(app, entry);
        free(text);
    }
}
