/*
 * The command line of an agent.
 */
#pragma once

#include "tests/boxd/boxd.h"

/* The harness of the box with the arguments of the contract (box-api.md 3.1: -p PROMPT --model MODEL --stream
 * [--session ID]): its custom command, or the demo's script for managed harnesses. A NULL-ended list of owned
 * words. Store lock held. */
char **agent_argv(const struct boxd *boxd, const struct box *box, const char *prompt, const char *model);
