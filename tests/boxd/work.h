/*
 * What the handlers that work inside a box share: a box that can work, a folder in it, an answer that
 * streams, a command whose output is wanted.
 */
#pragma once

#include "tests/boxd/hub.h"
#include "tests/boxd/request.h"

/* The box of argument 0, awake: a paused one is resumed. NULL after replying 404 or 409. */
struct box *work_box(struct request *rq);

/* The folder on this machine for a folder of a request (NULL: the box's home). False after replying 400 when
 * it is not there. The caller frees *out. */
bool work_folder(struct request *rq, const struct box *box, const char *folder, char **out);

/* Answers with what comes out of the hub. */
void work_reply_hub(struct request *rq, struct hub *hub);

/* Frees a NULL-ended list of owned words. */
void work_free_words(char **words);

/* Runs argv in `folder` and waits, without a run record. *out (what it printed, stdout and stderr together;
 * to be freed with buf_done). Returns the exit code, or -1 after replying 500. */
int work_quietly(struct request *rq, struct box *box, const char *folder, const char *const *argv,
                 struct buf *out);

/* As work_quietly, for stdout alone; stderr goes to *err_text (owned, the caller frees it). */
int work_quietly_apart(struct request *rq, struct box *box, const char *folder, const char *const *argv,
                       struct buf *out, char **err_text);
