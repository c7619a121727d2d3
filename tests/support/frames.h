/*
 * Frames of a shell's wire, for tests.
 */
#pragma once

#include "client/shell/wire.h"

/* The only frame in the buffer; fails the test when there are more or none, or it has another type. */
struct wire_frame frames_only(const struct buf *out, enum wire_type type);
