/*
 * What verbs ask for before they have something to say: runs and logs of boxes.
 */
#pragma once

#include "tui/cli/cli.h"

#include <stddef.h>

/* Boxes a verb is about. */
struct cli_boxes {
    char **ids;
    size_t count, room;
    size_t failed; /* boxes whose runs could not be had; each was told on stderr */
};

void cli_boxes_done(struct cli_boxes *boxes);
void cli_boxes_add(struct cli_boxes *boxes, const char *id);

/* Waits for the list and picks the boxes that the words name, that have the label, or all of them when
 * neither is given. CLI_OK, or why it could not be, which was said. */
int cli_boxes_choose(struct cli *cli, char **words, int word_count, struct cli_boxes *boxes);

/* Asks for the runs of the boxes, a few at a time, and waits for all. CLI_OK also when some could not be had
 * (boxes->failed); a deleted box has none. */
int cli_fetch_runs(struct cli *cli, struct cli_boxes *boxes);

/* Waits for the newest page of the boxes' logs, until nothing has come for ten seconds: what is not there
 * then is missing, and said to be. */
int cli_fetch_logs(struct cli *cli, const struct cli_boxes *boxes);
