#include "tui/shell_paste.h"

#include "client/base/mem.h"
#include "tui/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct paste {
    char box_id[MODEL_ID_MAX + 1];
    size_t len;
    char text[];
};

/* Those that the helper makes spaces of. */
static size_t count_controls(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)text[i];
        count += (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
    }
    return count;
}

static void paste_now(struct app *app, struct shell *shell, const char *text, size_t len)
{
    bool pasted = shell_paste(shell, text, len);
    size_t controls = count_controls(text, len);
    if (pasted && controls > 0)
        app_note(app, "Pasted, with %zu control character%s made a space", controls,
                 controls == 1 ? "" : "s, each");
    if (pasted)
        return;
    if (len > SHELL_PASTE_MAX)
        app_complain(app, "Nothing was pasted: %zu bytes are more than the %d MiB that go in one paste", len,
                     SHELL_PASTE_MAX >> 20);
    else
        app_complain(app, "Nothing was pasted: the box has not taken the last paste yet");
}

static void send_paste(struct app *app, void *context)
{
    const struct paste *paste = context;
    struct shell_entry *entry = shells_find(&app->shells, paste->box_id);
    if (entry != NULL && entry->shell != NULL && shell_entry_phase(entry) == SHELL_OPEN)
        paste_now(app, entry->shell, paste->text, paste->len);
    else
        app_complain(app, "The shell is not open any more: nothing was pasted");
}

void shell_paste_into(struct app *app, struct shell *shell, const char *text, size_t len)
{
    bool lines = memchr(text, '\n', len) != NULL || memchr(text, '\r', len) != NULL;
    if (!lines || shell_screen(shell)->bracketed_paste) {
        paste_now(app, shell, text, len);
        return;
    }
    struct paste *paste = mem_zalloc(1, sizeof *paste + len + 1);
    snprintf(paste->box_id, sizeof paste->box_id, "%s", shell_box_id(shell));
    memcpy(paste->text, text, len);
    paste->len = len;
    char *question = mem_format(
        "%zu bytes in several lines. What runs in %s did not ask for bracketed paste: each line may be "
        "carried out at once.",
        len, paste->box_id);
    overlay_ask(app, "Paste?", question, "Paste", false, send_paste, NULL, paste);
    free(question);
}
