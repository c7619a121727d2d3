/*
 * The configuration file: $XDG_CONFIG_HOME/boxtop/config, an INI file.
 *
 *     [profile NAME]
 *     base_url = https://...           ssh = HOST[:PORT]
 *     api_key_cmd = words of a command (quotes as in a shell, but no shell runs)
 *     api_key_file = ~/path            read_only = yes
 *
 *     [keys], [ui], [attention] and [logs]     handed over as they stand: the console knows their names
 *
 * Every error names file and line. The file may name a command to run, so it must be ours and writable by
 * nobody else.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct profile {
    char *name;
    int line;
    char *base_url; /* checked; NULL when not given, as all below */
    char *ssh_host;
    int ssh_port;       /* 0 when not given */
    char **api_key_cmd; /* argv, NULL-terminated */
    char *api_key_file; /* absolute, or as written */
    bool read_only;
};

/* A line of [keys], [ui], [attention] or [logs]. */
struct profile_item {
    char *name;
    char *value;
    int line;
};

struct profile_config {
    char *path;
    struct profile *profiles;
    size_t profile_count, profile_room;
    struct profile_item *keys;
    size_t key_count, key_room;
    struct profile_item *ui;
    size_t ui_count, ui_room;
    struct profile_item *attention;
    size_t attention_count, attention_room;
    struct profile_item *logs;
    size_t logs_count, logs_room;
};

/* Where the file is when nobody says otherwise; NULL without a home. The caller frees it. */
char *profile_default_path(void);

/* Where boxtop keeps a key that it was given: "key" beside the configuration, "key-NAME" for a profile. NULL
 * without a home. The caller frees it. */
char *profile_key_path(const char *name);

/* Reads a file. One that does not exist is an empty configuration unless `must_exist`. NULL with *err set
 * (ERR_USAGE for what is written in it, "FILE:LINE: ..."; ERR_LOCAL for what cannot be read). */
struct profile_config *profile_load(const char *path, bool must_exist, struct err *err);
void profile_free(struct profile_config *config);

/* A profile by name; NULL for the name means "default". NULL with no error when "default" is not in the file;
 * NULL with *err set (ERR_USAGE) when a name that was asked for is not. */
const struct profile *profile_find(const struct profile_config *config, const char *name, struct err *err);

/* Reads HOST, HOST:PORT, [V6] or [V6]:PORT. *host is the caller's to free; *port is 0 when not given. */
bool profile_parse_ssh(const char *text, char **host, int *port, struct err *err);

/* Splits a command line into an argv (NULL-terminated; free with profile_free_words): blanks separate, '...'
 * and "..." keep them, a backslash outside '...' takes the next character as it is. Nothing is expanded. */
char **profile_split_words(const char *text, struct err *err);
void profile_free_words(char **words);
