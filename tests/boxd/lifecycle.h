/*
 * The life of a box: created, ready, paused, resumed, deleted, and the timer that lets time pass. The state
 * machine is box-api.md 4.1. Everything here is called with the store's lock held.
 */
#pragma once

#include "client/base/err.h"
#include "tests/boxd/boxd.h"

/* A new box from the fields of a create request (box-api.md 2.2), its folder made. NULL with *err set, code
 * 400, when a field is against the rules. */
struct box *lifecycle_create(struct boxd *boxd, const json_t *fields, struct err *err);

/* Deletes a box: its runs end, its folder goes, its snapshots stay. */
void lifecycle_delete(struct boxd *boxd, struct box *box);

/* Starts to pause or to resume. False with *err set, its code an HTTP status, when the state forbids it; what
 * is true already is fine. */
bool lifecycle_pause(struct boxd *boxd, struct box *box, struct err *err);
bool lifecycle_resume(struct boxd *boxd, struct box *box, struct err *err);

/* Waits until work can be done in the box; a paused one is resumed. The lock is released while it waits.
 * False with *err set (409 or 404) when the box cannot work. */
bool lifecycle_wake(struct boxd *boxd, struct box *box, struct err *err);

/* The folder of a box: BOX/home is its /workspace/home, BOX/root stands for every other path. The caller
 * frees it. */
char *lifecycle_folder(const struct boxd *boxd, const struct box *box);

/* Makes the folders of a box. False with *err set when that fails. */
bool lifecycle_make_folders(const struct boxd *boxd, const struct box *box, struct err *err);

/* Lets a change of status happen that is due. */
void lifecycle_settle(struct boxd *boxd, struct box *box, int64_t now_ms);

/* Removes a folder and what is in it; a folder that is not there is fine. */
void lifecycle_remove_folder(const char *path);
