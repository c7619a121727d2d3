/*
 * JSON in a log line, laid out with a row for each value: for reading it in its place. What JSON had escaped
 * is made harmless again (client/text/inert.h).
 */
#pragma once

#include "widgets/logview.h"

#include <stdbool.h>
#include <stddef.h>

enum { LOGJSON_ROWS = 2000 };

/* The rows of one line: what stands before the JSON and its opening bracket, the values, the closing bracket
 * and what stands after. */
struct logjson {
    struct logview_row *rows;
    size_t count, room;
};

/* Lays out the first JSON in a line that is worth it: an object with a member, a list with two. False when
 * there is none. At most LOGJSON_ROWS rows; the last one then says that there are more. */
bool logjson_lay_out(struct logjson *out, const char *text);
void logjson_done(struct logjson *json);

/* Whether there is such JSON. */
bool logjson_is_in(const char *text);
