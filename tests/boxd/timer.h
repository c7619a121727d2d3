/*
 * The thread that lets time pass: boxes become ready, pause, resume and expire, snapshots become ready,
 * schedules fall due, the demo goes on. It sleeps until the next of these, so an idle boxd uses no CPU.
 */
#pragma once

#include "client/base/err.h"
#include "tests/boxd/boxd.h"

/* Starts the thread. False with *err set when that fails. */
bool timer_start(struct boxd *boxd, struct err *err);

/* Waits for the thread to end; boxd->stopping must be set and store.changed told. */
void timer_stop(struct boxd *boxd);
