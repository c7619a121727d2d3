/*
 * A story: boxd in one process, the real boxtop in a pty, and an operator who types and looks. A story ends
 * with a check of everything boxtop wrote to its terminal and of the state in which it left it.
 *
 * Everything lives in a folder of its own below TMPDIR: HOME and the XDG folders, boxtop's debug log.
 * Functions fail the test, with the screen, when what should be seen is not.
 */
#pragma once

#include "tests/support/pty.h"
#include "tests/support/service.h"
#include "tests/support/ttycheck.h"

#include <jansson.h>
#include <stdint.h>

/* The API key of every story; also the canary that must be found nowhere. */
#define STORY_KEY "box_canary0123456789abcdef"

enum { STORY_LIMIT_MS = 20000 };

struct story {
    struct service service;
    struct pty *pty;       /* the boxtop of now, NULL between two */
    char *folder;          /* holds all that follows */
    char *log;             /* boxtop's debug log */
    struct ttycheck check; /* what story_quit and story_exit allow on the terminal */
};

/* How boxtop is started. Zeroes mean: as usual, 24x80, on the story's service with its key. */
struct story_start {
    const char *const *args; /* NULL at the end */
    const char *const *env;  /* as in struct pty_options; these win over the usual */
    const char *url;         /* UPSTASH_BOX_BASE_URL; NULL: the service's */
    const char *ssh;         /* --ssh; NULL: the service's */
    const char *key;         /* UPSTASH_BOX_API_KEY; NULL: the service's, "" for none */
    int rows, cols;
    bool from_shell; /* boxtop is a job of an interactive bash, whose prompt is "calling> " */
};

/* Starts boxd with these arguments besides the key (NULL at the end; NULL for none). */
struct story *story_new(const char *const *args);

/* boxd with the dozen boxes of the demo, or with one idle box and one paused: "calm-crane-10001" named "calm"
 * and "paused-panda-10002" named "paused". */
struct story *story_new_demo(void);
struct story *story_new_calm(void);

/* Ends all and removes the folder. NULL is fine. */
void story_free(struct story *story);

/* Starts boxtop. */
void story_start(struct story *story, const struct story_start *start);

/* Ends boxtop with Q and y, and checks: status 0, the terminal handed back, no foreign byte on it. */
void story_quit(struct story *story);

/* Waits until boxtop has ended by itself, with the same checks but for the status, which must be this. */
void story_exit(struct story *story, int status);

/* The same checks without the status, on a boxtop that has ended or is stopped. */
void story_is_clean(struct story *story);

/* ---- the operator ---- */

/* Types; \r is Enter. */
void story_type(struct story *story, const char *keys);

/* Waits until a row shows the text; until none does. */
void story_sees(struct story *story, const char *text);
void story_sees_gone(struct story *story, const char *text);

/* Whether a row shows the text within this time; quiet. */
bool story_sees_soon(struct story *story, const char *text, int limit_ms);

/* Answers a dialog: waits for `question`, and types until it is gone. A dialog that came up by itself takes
 * no key at first, so that nobody answers it by accident. */
void story_answers(struct story *story, const char *question, const char *keys);

/* Puts the cursor on a box by filtering for its name or id; the filter stays. */
void story_selects(struct story *story, const char *name);

/* Runs an action by its name, through the palette. */
void story_acts(struct story *story, const char *action);

/* ---- the service, which others use too ---- */

/* Asks boxd as another client does; fails the test unless the answer is 2xx. `body`, made by json_pack, is
 * released; NULL for none. Returns the answer, which the caller releases with json_decref (NULL is fine). */
json_t *story_asks(struct story *story, const char *method, const char *path, json_t *body);

/* Replaces boxd's faults (tests/boxd/faults.h): one specification, NULL for none. */
void story_fault(struct story *story, const char *spec);

/* Replaces the faults of its SSH side by the one of this name (struct ssh_faults of tests/boxd/ssh.h), NULL
 * for none. */
void story_ssh_fault(struct story *story, const char *name);

/* Appends a line to the log of a box. */
void story_logs(struct story *story, const char *box_id, const char *text);

/* Makes or changes a box. */
void story_makes_box(struct story *story, const char *id, const char *name, const char *status);

/* How often a route was asked so far: "DELETE /v2/box/{}". */
int64_t story_count(struct story *story, const char *route);

/* A counter of the SSH side, by its name in tests/boxd/ssh.h: "passwords". */
int64_t story_ssh_count(struct story *story, const char *name);

/* Waits until a counter is at least so large. */
void story_waits_for(struct story *story, const char *route, int64_t count);
void story_waits_for_ssh(struct story *story, const char *name, int64_t count);

/* The port of "http://127.0.0.1:PORT" or "127.0.0.1:PORT". */
uint16_t story_port(const char *address);

/* ---- files ---- */

/* A program of the build tree that the test came from ("boxtop"); the caller frees it. */
char *story_program(const char *name);

/* A path below the story's folder; the caller frees it. */
char *story_path(const struct story *story, const char *name);

/* Writes a file below the story's folder, with this mode, making the folders above it. */
void story_write(const struct story *story, const char *name, const char *text, int mode);

/* A file's bytes and a NUL; NULL when it cannot be read. The caller frees it. */
char *story_read(const char *path, size_t *len);
