/*
 * The model as JSON for --json: the service's own field names, unknown values left out, and the service's own
 * bytes where the client kept them. And how verbs write text for people.
 */
#pragma once

#include "client/model.h"
#include "tui/timeline.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* New objects. */
json_t *cli_json_box(const struct box *box);
json_t *cli_json_run(const struct run *run);
json_t *cli_json_log_line(const char *box_id, const char *box_title, const struct log_line *line);

/* Dollars, or null when negative (unknown). Printed with the 15 digits that a sum in billionths has, so that
 * 4.12 is written 4.12. */
json_t *cli_json_usd(double usd);

/* A stamp (ms since 1970) as "2026-02-23T11:20:00Z" (21 bytes); null, or "-", for 0. */
json_t *cli_json_stamp(int64_t ms);
const char *cli_stamp(char *out, size_t size, int64_t ms);

/* Prints one on a line of its own and releases it. A terminal gets nothing but ASCII. */
void cli_json_print(json_t *object);

/* "info", "agent". */
const char *cli_level_word(enum log_level level);
const char *cli_source_word(enum log_source source);

/* Writes inert text to stdout, cut and padded with blanks to so many columns. */
void cli_put_cell(const char *text, size_t columns);
