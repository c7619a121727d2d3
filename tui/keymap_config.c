#include "tui/keymap_config.h"

#include <string.h>

bool keymap_configure(struct keymap *keymap, const struct profile_config *config, struct err *err)
{
    for (size_t i = 0; config != NULL && i < config->key_count; i++) {
        const struct profile_item *item = &config->keys[i];
        struct err why = {0};
        if (!keymap_bind(keymap, item->name, item->value, &why))
            return err_set(err, ERR_USAGE, 0, "%.120s:%d: %s", config->path, item->line, why.text);
    }
    return true;
}

bool keymap_check(const struct profile_config *config, struct err *err)
{
    struct keymap scratch;
    keymap_init(&scratch);
    bool fine = keymap_configure(&scratch, config, err);
    keymap_done(&scratch);
    return fine;
}

static bool is_named(const struct profile_config *config, const char *name)
{
    for (size_t i = 0; i < config->key_count; i++)
        if (strcmp(config->keys[i].name, name) == 0)
            return true;
    return false;
}

enum action keymap_lost(const struct keymap *keymap, const struct profile_config *config)
{
    char label[64];
    for (enum action action = ACTION_NONE + 1; config != NULL && action < ACTION_COUNT; action++) {
        keymap_label(keymap, action, label, sizeof label);
        if (action_info(action)->keys[0] != '\0' && label[0] == '\0' &&
            !is_named(config, action_info(action)->name))
            return action;
    }
    return ACTION_NONE;
}
