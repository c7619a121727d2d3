/*
 * The model as JSON for --json: the service's own field names, unknown values left out.
 */
#pragma once

#include "client/model.h"

#include <jansson.h>

/* New objects; cli_json_print prints one on a line of its own and releases it. */
json_t *cli_json_box(const struct box *box);
json_t *cli_json_run(const struct run *run);
json_t *cli_json_log_line(const char *box_id, const struct log_line *line);
void cli_json_print(json_t *object);
