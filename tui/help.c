#include "tui/help.h"

#include "client/base/mem.h"

#include <stdlib.h>

static char *help_section(const struct app *app, enum action_where where, char *text)
{
    char *longer = mem_format("%s#%s\n", text, action_where_title(where));
    free(text);
    for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
        const struct action_info *info = action_info(action);
        if (info->where != where || (app->options.read_only && info->risk != RISK_CALM))
            continue;
        char *keys = keymap_labels(&app->keymap, action);
        text = longer;
        longer = mem_format("%s%s\t%s (%s)\n", text, keys, info->help, info->name);
        free(keys);
        free(text);
    }
    text = longer;
    longer = mem_format("%s\n", text);
    free(text);
    return longer;
}

void help_open(struct app *app)
{
    char *text = mem_dup("");
    for (enum action_where where = 0; where < WHERE_COUNT; where++)
        text = help_section(app, where, text);
    overlay_read(app, "Keys", text);
    free(text);
}
