/*
 * The log of every box, written by boxd and followed by `boxtop logs -f --all --json` across a link that is
 * cut at random, while answers are refused, fail and end too early. Afterwards the lines printed for each box
 * must be those that boxd has for it: none lost, none doubled, in the same order.
 *
 * Fails the running test, with figures, when they are not.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct exactly {
    int boxes;
    int rate;              /* lines a second and box; boxd holds 20,000 lines of a box */
    int cuts;              /* of all connections at once, 20 to 800 ms apart */
    bool newest_first;     /* the order of boxd's pages */
    bool trouble_at_start; /* answers fail from the first on, so that reading back takes long; else from the
                              first line printed */
    uint32_t seed;         /* of the cuts */
    int limit_ms;          /* for what is still missing when writing has ended */
};

/* What was measured. */
struct exactly_figures {
    int64_t lines;       /* written, of all boxes */
    int64_t behind;      /* of them not printed yet when writing ended */
    int64_t first_ms;    /* until the first line was printed: the logs were read back to their start */
    int64_t writing_ms;  /* how long lines were written and the link was cut */
    int64_t behind_ms;   /* how long it took to print the rest */
    int64_t pages;       /* log pages boxd was asked for */
    int64_t said_gaps;   /* holes that boxtop spoke of */
    int64_t connections; /* that boxtop made */
    int64_t total_ms;
};

void exactly_once(const struct exactly *plan, struct exactly_figures *figures);

/* Prints the figures. */
void exactly_print(const struct exactly *plan, const struct exactly_figures *figures);
