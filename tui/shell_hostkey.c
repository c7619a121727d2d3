#include "tui/shell_hostkey.h"

#include "client/base/mem.h"
#include "client/shell/hostkey.h"
#include "tui/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool waits(const struct shell_entry *entry)
{
    return entry->shell != NULL && shell_phase(entry->shell) == SHELL_HOST_KEY;
}

/* What the operator is looking at: a connection made anew meanwhile may have met another key. */
struct asked {
    char box_id[MODEL_ID_MAX + 1];
    char fingerprint[HOSTKEY_FINGERPRINT_MAX];
};

static void answer(struct app *app, void *context, bool accept)
{
    const struct asked *asked = context;
    struct shell_entry *entry = shells_find(&app->shells, asked->box_id);
    if (entry == NULL)
        return;
    entry->asked = false;
    if (waits(entry) && strcmp(shell_question(entry->shell)->fingerprint, asked->fingerprint) == 0)
        shell_answer_host_key(entry->shell, accept);
}

static void accept_key(struct app *app, void *context)
{
    answer(app, context, true);
}

static void decline_key(struct app *app, void *context)
{
    answer(app, context, false);
}

static void ask(struct app *app, struct shell_entry *entry)
{
    const struct host_key_question *question = shell_question(entry->shell);
    struct asked *asked = mem_zalloc(1, sizeof *asked);
    snprintf(asked->box_id, sizeof asked->box_id, "%s", entry->box_id);
    snprintf(asked->fingerprint, sizeof asked->fingerprint, "%s", question->fingerprint);
    entry->asked = true;
    char *text =
        mem_format("%s, port %d, is not known yet.\n\n%s\n%s\n\n"
                   "All boxes share this gateway and its key. The API key is sent to it only if you accept. "
                   "Accept it once if the fingerprint is what your provider says.",
                   question->host, question->port, question->type, question->fingerprint);
    overlay_ask(app, "New host key", text, "yes, accept and remember", false, accept_key, decline_key, asked);
    overlay_hold(app);
    free(text);
}

void shell_hostkey_ask(struct app *app)
{
    const struct shells *shells = &app->shells;
    for (size_t i = 0; i < shells->count; i++)
        if (shells->entries[i]->asked)
            return;
    for (size_t i = 0; i < shells->count; i++)
        if (waits(shells->entries[i])) {
            ask(app, shells->entries[i]);
            return;
        }
}
