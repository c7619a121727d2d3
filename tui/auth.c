#include "tui/auth.h"

#include "client/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct key_wish {
    char key[260];
};

static void keep_key(struct app *app, void *context)
{
    struct key_wish *wish = context;
    struct err err = {0};
    if (app->options.set_key(app->options.user, wish->key, true, &err))
        app_note(app, "The API key was kept");
    else
        app_complain(app, "%s", err.text);
    explicit_bzero(wish, sizeof *wish);
}

static void forget_key(struct app *app, void *context)
{
    (void)app;
    explicit_bzero(context, sizeof(struct key_wish));
}

static void key_typed(struct app *app, void *context, const char *text)
{
    (void)context;
    struct err err = {0};
    if (text == NULL || text[0] == '\0')
        return;
    if (!app->options.set_key(app->options.user, text, false, &err)) {
        app_complain(app, "%s", err.text);
        return;
    }
    struct key_wish *wish = mem_zalloc(1, sizeof *wish);
    snprintf(wish->key, sizeof wish->key, "%s", text);
    overlay_ask(
        app, "Keep the API key?",
        "It can be kept in a file that only you can read (mode 0600), so that boxtop does not ask again.",
        "Keep", false, keep_key, forget_key, wish);
}

void auth_ask(struct app *app, const char *why)
{
    if (app->options.set_key == NULL)
        return;
    if (why != NULL)
        app_note(app, "%s", why);
    overlay_prompt(app, "Box API key (hidden):", "", true, NULL, key_typed, NULL);
}

void auth_again(struct app *app)
{
    struct err err = {0};
    if (app->options.reread_key != NULL && app->options.reread_key(app->options.user, &err))
        app_note(app, "The API key was read again");
    else
        auth_ask(app, err.text[0] != '\0' ? err.text : NULL);
}
