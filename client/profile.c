#include "client/profile.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/file.h"
#include "client/http.h"
#include "client/text/inert.h"

enum { FILE_MAX = 1 << 20, WORDS_MAX = 64 };

/* A file being read. */
struct reader {
    struct profile_config *config;
    const char *at; /* what inih has not seen yet */
    const char *end;
    int line; /* of what inih saw last */
    int too_long_line;
    struct err err; /* the first thing that is wrong, without file and line */
    int err_line;
};

/* --- small texts --------------------------------------------------------------------------------------- */

void profile_free_words(char **words)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        free(words[i]);
    free(words);
}

/* Takes one word at *text into `word`. False when a quote is not closed. */
static bool take_word(const char **text, struct buf *word)
{
    char quote = '\0';
    const char *c = *text;
    for (; *c != '\0'; c++) {
        if (quote == '\0' && (*c == ' ' || *c == '\t'))
            break;
        if (*c == '\\' && quote != '\'' && c[1] != '\0')
            buf_add_byte(word, *++c);
        else if (quote != '\0' ? *c == quote : *c == '\'' || *c == '"')
            quote = quote == '\0' ? *c : '\0';
        else
            buf_add_byte(word, *c);
    }
    *text = c;
    return quote == '\0';
}

char **profile_split_words(const char *text, struct err *err)
{
    char **words = mem_zalloc(WORDS_MAX + 1, sizeof *words);
    size_t count = 0;
    for (text += strspn(text, " \t"); *text != '\0'; text += strspn(text, " \t")) {
        struct buf word;
        buf_init(&word, FILE_MAX);
        bool ok = count < WORDS_MAX && take_word(&text, &word);
        words[count] = ok ? mem_dup(buf_text(&word)) : NULL;
        buf_done(&word);
        if (!ok) {
            err_set(err, ERR_USAGE, 0, count < WORDS_MAX ? "a quote is not closed" : "too many words");
            profile_free_words(words);
            return NULL;
        }
        count++;
    }
    if (count > 0)
        return words;
    err_set(err, ERR_USAGE, 0, "the command is empty");
    profile_free_words(words);
    return NULL;
}

bool profile_parse_ssh(const char *text, char **host, int *port, struct err *err)
{
    const char *end;
    bool six = text[0] == '[';
    if (six)
        end = strchr(++text, ']');
    else
        end = text + strcspn(text, ":");
    const char *rest = end == NULL ? "" : end + six;
    bool bad = end == NULL || end == text || strpbrk(text, " \t/@") != NULL;
    char *stop = NULL;
    long number = 0;
    if (!bad && rest[0] == ':') {
        number = strtol(rest + 1, &stop, 10);
        bad = rest[1] < '0' || rest[1] > '9' || *stop != '\0' || number < 1 || number > 65535;
    } else {
        bad = bad || rest[0] != '\0';
    }
    if (bad)
        return err_set(err, ERR_USAGE, 0, "an SSH gateway is written HOST or HOST:PORT");
    *host = mem_dup_bytes(text, (size_t)(end - text));
    *port = (int)number;
    return true;
}

static bool parse_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < 4; i++)
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *out = strcasecmp(text, yes[i]) == 0;
            return true;
        }
    return false;
}

/* "~/x" below the home folder; anything else as it is. */
static char *expand_home(const char *path)
{
    const char *home = getenv("HOME");
    if (path[0] == '~' && path[1] == '/' && home != NULL)
        return mem_format("%s%s", home, path + 1);
    return mem_dup(path);
}

char *profile_default_path(void)
{
    return file_user_path("XDG_CONFIG_HOME", ".config", "config");
}

char *profile_key_path(const char *name)
{
    char *file = name == NULL || strcmp(name, "default") == 0 ? mem_dup("key") : mem_format("key-%s", name);
    char *path = file_user_path("XDG_CONFIG_HOME", ".config", file);
    free(file);
    return path;
}

/* --- settings ------------------------------------------------------------------------------------------ */

static bool set_base_url(struct profile *profile, const char *value, struct err *err)
{
    if (!http_url_check(value, err))
        return false;
    profile->base_url = mem_dup(value);
    return true;
}

static bool set_ssh(struct profile *profile, const char *value, struct err *err)
{
    return profile_parse_ssh(value, &profile->ssh_host, &profile->ssh_port, err);
}

static bool set_key_cmd(struct profile *profile, const char *value, struct err *err)
{
    profile->api_key_cmd = profile_split_words(value, err);
    return profile->api_key_cmd != NULL;
}

static bool set_key_file(struct profile *profile, const char *value, struct err *err)
{
    if (value[0] == '\0')
        return err_set(err, ERR_USAGE, 0, "api_key_file needs the name of a file");
    profile->api_key_file = expand_home(value);
    return true;
}

static bool set_read_only(struct profile *profile, const char *value, struct err *err)
{
    return parse_bool(value, &profile->read_only) || err_set(err, ERR_USAGE, 0, "read_only is yes or no");
}

static const struct setting {
    const char *name;
    bool (*set)(struct profile *profile, const char *value, struct err *err);
} settings[] = {
    {"base_url", set_base_url},   {"ssh", set_ssh},
    {"api_key_cmd", set_key_cmd}, {"api_key_file", set_key_file},
    {"read_only", set_read_only},
};

enum { SETTING_COUNT = sizeof settings / sizeof *settings };

static struct profile *profile_named(struct profile_config *config, const char *name, int line)
{
    for (size_t i = 0; i < config->profile_count; i++)
        if (strcmp(config->profiles[i].name, name) == 0)
            return &config->profiles[i];
    config->profiles = mem_grow(config->profiles, &config->profile_room, config->profile_count + 1,
                                sizeof *config->profiles);
    struct profile *profile = &config->profiles[config->profile_count++];
    *profile = (struct profile){.name = mem_dup(name), .line = line};
    return profile;
}

/* Whether a setting of a profile was given before: a second one is a mistake, not a choice. */
static bool is_given(const struct profile *profile, const char *name)
{
    return (strcmp(name, "base_url") == 0 && profile->base_url != NULL) ||
           (strcmp(name, "ssh") == 0 && profile->ssh_host != NULL) ||
           (strcmp(name, "api_key_cmd") == 0 && profile->api_key_cmd != NULL) ||
           (strcmp(name, "api_key_file") == 0 && profile->api_key_file != NULL);
}

static bool set_in_profile(struct reader *reader, const char *section, const char *name, const char *value)
{
    const char *title = section + strlen("profile");
    title += strspn(title, " \t");
    if (title[0] == '\0' || strpbrk(title, " \t/") != NULL)
        return err_set(&reader->err, ERR_USAGE, 0, "a profile is headed [profile NAME]");
    struct profile *profile = profile_named(reader->config, title, reader->line);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(settings[i].name, name) != 0)
            continue;
        if (is_given(profile, name))
            return err_set(&reader->err, ERR_USAGE, 0, "%s is given twice", name);
        return settings[i].set(profile, value, &reader->err);
    }
    if (strcmp(name, "api_key") == 0)
        return err_set(&reader->err, ERR_USAGE, 0,
                       "a key does not stand in the configuration: use api_key_cmd or api_key_file");
    char shown[64];
    inert_label_into(shown, sizeof shown, name, strlen(name));
    return err_set(&reader->err, ERR_USAGE, 0,
                   "unknown setting %s: a profile has base_url, ssh, api_key_cmd, api_key_file and read_only",
                   shown);
}

static void add_item(struct profile_item **items, size_t *count, size_t *room, const char *name,
                     const char *value, int line)
{
    *items = mem_grow(*items, room, *count + 1, sizeof **items);
    (*items)[(*count)++] =
        (struct profile_item){.name = mem_dup(name), .value = mem_dup(value), .line = line};
}

/* --- reading ------------------------------------------------------------------------------------------- */

/* inih's handler: 0 for a mistake. */
static int on_setting(void *user, const char *section, const char *name, const char *value)
{
    struct reader *reader = user;
    struct profile_config *config = reader->config;
    bool ok = true;
    if (reader->err_line != 0)
        return 0;
    if (strcmp(section, "keys") == 0)
        add_item(&config->keys, &config->key_count, &config->key_room, name, value, reader->line);
    else if (strcmp(section, "ui") == 0)
        add_item(&config->ui, &config->ui_count, &config->ui_room, name, value, reader->line);
    else if (strcmp(section, "attention") == 0)
        add_item(&config->attention, &config->attention_count, &config->attention_room, name, value,
                 reader->line);
    else if (strcmp(section, "logs") == 0)
        add_item(&config->logs, &config->logs_count, &config->logs_room, name, value, reader->line);
    else if (strncmp(section, "profile", 7) == 0 && (section[7] == ' ' || section[7] == '\0'))
        ok = set_in_profile(reader, section, name, value);
    else
        ok = err_set(&reader->err, ERR_USAGE, 0,
                     "the sections are [profile NAME], [keys], [ui], [attention] and [logs]; this line is in "
                     "none of them");
    if (!ok)
        reader->err_line = reader->line;
    return ok;
}

/* inih's fgets: counts lines, and notes one that does not fit. */
static char *next_line(char *out, int size, void *user)
{
    struct reader *reader = user;
    if (reader->at >= reader->end)
        return NULL;
    const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    size_t len = (size_t)((newline == NULL ? reader->end : newline + 1) - reader->at);
    reader->line++;
    size_t kept = len < (size_t)size ? len : (size_t)size - 1;
    if (kept < len && reader->too_long_line == 0)
        reader->too_long_line = reader->line;
    memcpy(out, reader->at, kept);
    out[kept] = '\0';
    reader->at += len;
    return out;
}

static bool check_owner(const char *path, struct err *err)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return true; /* reading it will say why */
    if (info.st_uid != geteuid() && info.st_uid != 0)
        return err_set(err, ERR_LOCAL, 0, "%s belongs to somebody else", path);
    if ((info.st_mode & 022) != 0)
        return err_set(err, ERR_LOCAL, 0,
                       "others can write to %s, which may name commands to run: run  chmod go-w %s", path,
                       path);
    return true;
}

static bool parse(struct profile_config *config, const char *bytes, size_t len, struct err *err)
{
    struct reader reader = {.config = config, .at = bytes, .end = bytes + len};
    int failed = ini_parse_stream(next_line, &reader, on_setting, &reader);
    if (reader.too_long_line != 0 && (reader.err_line == 0 || reader.too_long_line <= reader.err_line))
        return err_set(err, ERR_USAGE, 0, "%s:%d: the line is too long", config->path, reader.too_long_line);
    if (reader.err_line != 0)
        return err_set(err, ERR_USAGE, 0, "%s:%d: %s", config->path, reader.err_line, reader.err.text);
    if (failed != 0)
        return err_set(err, ERR_USAGE, 0, "%s:%d: this is neither [SECTION] nor NAME = VALUE", config->path,
                       failed > 0 ? failed : 1);
    return true;
}

struct profile_config *profile_load(const char *path, bool must_exist, struct err *err)
{
    struct profile_config *config = mem_zalloc(1, sizeof *config);
    config->path = mem_dup(path);
    struct err why = {0};
    size_t len = 0;
    char *bytes = check_owner(path, &why) ? file_read(path, FILE_MAX, &len, &why) : NULL;
    bool ok = bytes != NULL ? parse(config, bytes, len, &why) : why.code == ENOENT && !must_exist;
    free(bytes);
    if (ok)
        return config;
    if (err != NULL)
        *err = why;
    profile_free(config);
    return NULL;
}

static void free_items(struct profile_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(items[i].name);
        free(items[i].value);
    }
    free(items);
}

void profile_free(struct profile_config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < config->profile_count; i++) {
        struct profile *profile = &config->profiles[i];
        free(profile->name);
        free(profile->base_url);
        free(profile->ssh_host);
        free(profile->api_key_file);
        profile_free_words(profile->api_key_cmd);
    }
    free(config->profiles);
    free_items(config->keys, config->key_count);
    free_items(config->ui, config->ui_count);
    free_items(config->attention, config->attention_count);
    free_items(config->logs, config->logs_count);
    free(config->path);
    free(config);
}

const struct profile *profile_find(const struct profile_config *config, const char *name, struct err *err)
{
    const char *wanted = name == NULL ? "default" : name;
    for (size_t i = 0; i < config->profile_count; i++)
        if (strcmp(config->profiles[i].name, wanted) == 0)
            return &config->profiles[i];
    if (name != NULL)
        err_set(err, ERR_USAGE, 0, "there is no [profile %s] in %s", name, config->path);
    return NULL;
}
