/*
 * The API key: where it comes from, and the one place that holds it (safety.md section 4).
 *
 * A key is 8 to 256 characters of ! to ~. Its holder is a page of its own that is locked into memory, left
 * out of core dumps and wiped when it goes.
 */
#pragma once

#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { APIKEY_MIN = 8, APIKEY_MAX = 256 };

struct apikey;

/* Where a key may come from, in the order they are tried. NULL means "not given". */
struct apikey_sources {
    const char *file;                 /* --api-key-file */
    const char *const *command;       /* api_key_cmd as an argv, NULL-terminated; no shell */
    const struct apikey *environment; /* what apikey_take_environment found */
    const char *config_file;          /* api_key_file of the profile, or the file boxtop saved */
};

/* A copy of a key. NULL with *err set (ERR_USAGE) when it is malformed. */
struct apikey *apikey_new(const char *key, size_t len, struct err *err);

/* Wipes and frees. NULL is fine. */
void apikey_free(struct apikey *key);

/* The key as a C string. Lives as long as the holder; do not copy it anywhere that outlives a call. */
const char *apikey_text(const struct apikey *key);

/* Makes this process one that leaves no memory behind: no core dump, no ptrace by others. Call it first. */
void apikey_harden_process(void);

/* Takes UPSTASH_BOX_API_KEY out of the environment: returns its value in a holder, overwrites it in place
 * and unsets it, so that no child and no /proc/PID/environ shows it. NULL when it is not set; NULL with *err
 * set when it is malformed (and taken out all the same). Before threads start. */
struct apikey *apikey_take_environment(struct err *err);

/* The first line of a file that is regular, ours and closed to others (else refused, with the chmod to run
 * in the sentence). "-" is not a file name here. */
struct apikey *apikey_read_file(const char *path, struct err *err);

/* The first line a command prints, within 30 s; its stderr goes nowhere, its stdin is empty. */
struct apikey *apikey_read_command(const char *const *argv, struct err *err);

/* As apikey_read_command with another limit, for tests. */
struct apikey *apikey_read_command_within(const char *const *argv, int limit_ms, struct err *err);

/* Tries the sources in order. The first that is given decides: when it fails, that is the error. NULL
 * with ERR_AUTH when none is given. *source, unless NULL, gets a
 * phrase for people ("the environment"); it lives as long as the program. */
struct apikey *apikey_find(const struct apikey_sources *sources, const char **source, struct err *err);

/* Keeps a key in a 0600 file, written whole or not at all; folders are made 0700. */
bool apikey_save(const char *path, const struct apikey *key, struct err *err);

/* Whether a text is a well-formed key. */
bool apikey_valid(const char *key, size_t len);
