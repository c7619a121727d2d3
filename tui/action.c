#include "tui/action.h"

#include "client/base/mem.h"
#include "tui/keyname.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct action_info table[ACTION_COUNT] = {
    [ACTION_NONE] = {"NONE", "", "", WHERE_APP, RISK_CALM, ""},
#define ACTION(id, name, keys, where, risk, help)                                                            \
    [ACTION_##id] = {#id, name, keys, WHERE_##where, RISK_##risk, help},
#include "tui/action_list.inc"
#undef ACTION
};

const struct action_info *action_info(enum action action)
{
    assert(action < ACTION_COUNT);
    return &table[action];
}

enum action action_find(const char *name)
{
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
        if (strcmp(table[a].name, name) == 0)
            return a;
    return ACTION_NONE;
}

const char *action_where_title(enum action_where where)
{
    static const char *const titles[WHERE_COUNT] = {
        [WHERE_APP] = "Anywhere",    [WHERE_LIST] = "Box list", [WHERE_MAIN] = "A box",
        [WHERE_LOGS] = "Log",        [WHERE_RUNS] = "Runs",     [WHERE_ATTENTION] = "Attention",
        [WHERE_COMMAND] = "Command", [WHERE_SHELL] = "Shell",   [WHERE_TAIL] = "Fleet",
        [WHERE_COPY] = "Copy mode",
    };
    return titles[where];
}

static void add_entry(struct keymap *keymap, struct key key, enum action action)
{
    keymap->entries = mem_grow(keymap->entries, &keymap->room, keymap->count + 1, sizeof *keymap->entries);
    keymap->entries[keymap->count++] = (struct keymap_entry){.key = key, .action = action};
}

static void remove_at(struct keymap *keymap, size_t at)
{
    keymap->count--;
    memmove(keymap->entries + at, keymap->entries + at + 1, (keymap->count - at) * sizeof *keymap->entries);
}

/* Walks the names in `keys`; *rest moves on. False at the end. */
static bool next_name(const char **rest, char *name, size_t size)
{
    *rest += strspn(*rest, " ");
    size_t len = strcspn(*rest, " ");
    if (len == 0)
        return false;
    snprintf(name, size, "%.*s", (int)len, *rest);
    *rest += len;
    return true;
}

void keymap_init(struct keymap *keymap)
{
    *keymap = (struct keymap){0};
    for (enum action a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        char name[KEYNAME_MAX];
        for (const char *rest = table[a].keys; next_name(&rest, name, sizeof name);) {
            struct key key;
            bool known = key_parse(name, &key);
            assert(known);
            (void)known;
            add_entry(keymap, key, a);
        }
    }
}

void keymap_done(struct keymap *keymap)
{
    free(keymap->entries);
    *keymap = (struct keymap){0};
}

enum { BOUND_MAX = 8 /* keys of one action */ };

/* Reads the names into keys[BOUND_MAX]. */
static bool parse_keys(const char *name, const char *names, struct key *keys, size_t *count, struct err *err)
{
    char word[KEYNAME_MAX];
    *count = 0;
    for (const char *rest = names; next_name(&rest, word, sizeof word);) {
        if (*count == BOUND_MAX)
            return err_set(err, ERR_USAGE, 0, "At most %d keys can be bound to \"%s\"", BOUND_MAX, name);
        if (!key_parse(word, &keys[*count]))
            return err_set(err, ERR_USAGE, 0,
                           "\"%s\" is not the name of a key that a terminal can tell from others", word);
        ++*count;
    }
    return true;
}

/* What a program in a shell cannot do without: characters, and the keys that edit a line. */
static bool is_typed(struct key key)
{
    if (key.code < KEY_NAME_BASE)
        return (key.mods & ~KEY_SHIFT) == 0;
    return key.mods == 0 &&
           (key.code == KEY_NAME_ENTER || key.code == KEY_NAME_TAB || key.code == KEY_NAME_BACKSPACE ||
            key.code == KEY_NAME_ESCAPE || key.code >= KEY_NAME_KP_ENTER);
}

/* The key that leaves a shell is taken away from it: there must be one, and the shell must be of use without.
 */
static bool may_leave(const struct key *keys, size_t count, struct err *err)
{
    char name[KEYNAME_MAX];
    for (size_t i = 0; i < count; i++) {
        if (!is_typed(keys[i]))
            continue;
        key_format(keys[i], name);
        return err_set(err, ERR_USAGE, 0,
                       "%s cannot be shell-leave, for it could not be typed into a shell any more: take one "
                       "with Ctrl or Alt, or a function key",
                       name);
    }
    return count > 0 || err_set(err, ERR_USAGE, 0, "shell-leave needs a key: there is no other way out");
}

/* Two lines of a config for one key are a mistake, and so are two for one action. */
static bool is_free(const struct keymap *keymap, enum action action, const struct key *keys, size_t count,
                    struct err *err)
{
    for (size_t i = 0; i < keymap->count; i++) {
        const struct keymap_entry *entry = &keymap->entries[i];
        const char *other = table[entry->action].name;
        char name[KEYNAME_MAX];
        if (entry->chosen && entry->action == action)
            return err_set(err, ERR_USAGE, 0, "\"%s\" is bound twice: name all its keys in one line", other);
        for (size_t k = 0; k < count; k++) {
            if (!entry->chosen || !key_equal(entry->key, keys[k]) ||
                table[entry->action].where != table[action].where)
                continue;
            key_format(keys[k], name);
            return err_set(err, ERR_USAGE, 0, "%s is bound to \"%s\" already", name, other);
        }
    }
    return true;
}

bool keymap_bind(struct keymap *keymap, const char *name, const char *keys, struct err *err)
{
    enum action action = action_find(name);
    if (action == ACTION_NONE)
        return err_set(err, ERR_USAGE, 0, "There is no action called \"%s\"", name);
    struct key parsed[BOUND_MAX];
    size_t count;
    if (!parse_keys(name, keys, parsed, &count, err) ||
        (action == ACTION_SHELL_LEAVE && !may_leave(parsed, count, err)) ||
        !is_free(keymap, action, parsed, count, err))
        return false;
    for (size_t i = keymap->count; i-- > 0;) {
        struct keymap_entry *entry = &keymap->entries[i];
        bool taken = false;
        for (size_t k = 0; k < count; k++)
            taken = taken ||
                    (key_equal(entry->key, parsed[k]) && table[entry->action].where == table[action].where);
        if (entry->action == action || taken)
            remove_at(keymap, i);
    }
    for (size_t k = 0; k < count; k++) {
        add_entry(keymap, parsed[k], action);
        keymap->entries[keymap->count - 1].chosen = true;
    }
    return true;
}

static enum action find_in(const struct keymap *keymap, enum action_where where, struct key key)
{
    for (size_t i = 0; i < keymap->count; i++)
        if (key_equal(keymap->entries[i].key, key) && table[keymap->entries[i].action].where == where)
            return keymap->entries[i].action;
    return ACTION_NONE;
}

bool action_where_has_lines(enum action_where where)
{
    return where == WHERE_LOGS || where == WHERE_COMMAND || where == WHERE_TAIL;
}

static enum action find_from(const struct keymap *keymap, enum action_where where, struct key key)
{
    enum action found = find_in(keymap, where, key);
    if (found == ACTION_NONE && action_where_has_lines(where))
        found = find_in(keymap, WHERE_LOGS, key);
    if (found == ACTION_NONE && where != WHERE_APP && where != WHERE_LIST)
        found = find_in(keymap, WHERE_MAIN, key);
    if (found == ACTION_NONE)
        found = find_in(keymap, WHERE_APP, key);
    return found;
}

enum action keymap_find(const struct keymap *keymap, enum action_where where, struct key key)
{
    enum action found = find_from(keymap, where, key);
    struct key plain = key_plain(key);
    return found != ACTION_NONE || key_equal(key, plain) ? found : find_from(keymap, where, plain);
}

void keymap_label(const struct keymap *keymap, enum action action, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < keymap->count; i++)
        if (keymap->entries[i].action == action) {
            char name[KEYNAME_MAX];
            key_format(keymap->entries[i].key, name);
            snprintf(out, size, "%s", name);
            return;
        }
}

char *keymap_labels(const struct keymap *keymap, enum action action)
{
    char *labels = mem_dup("");
    for (size_t i = 0; i < keymap->count; i++) {
        if (keymap->entries[i].action != action)
            continue;
        char name[KEYNAME_MAX];
        key_format(keymap->entries[i].key, name);
        char *longer = mem_format("%s%s%s", labels, labels[0] != '\0' ? " " : "", name);
        free(labels);
        labels = longer;
    }
    return labels;
}
