/*
 * Where SSH meets the store: who may log in to which box, and what the log says of it (box-api.md section 6).
 */
#pragma once

#include "client/base/err.h"
#include "tests/boxd/boxd.h"

/* Starts the SSH server. False with *err set when that fails. */
bool login_start(struct boxd *boxd, struct err *err);

/* Ends it and every shell. */
void login_stop(struct boxd *boxd);

/* Its address as HOST:PORT. The caller frees it. */
char *login_address(const struct boxd *boxd);
