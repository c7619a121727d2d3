/*
 * Cron expressions: five fields (minute, hour, day of the month, month, day of the week; UTC) with `*`,
 * lists, ranges and steps, and @hourly, @daily, @weekly, @monthly, @yearly. As in cron(8), a day matches if
 * either day field does when both are restricted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct cron {
    uint64_t fields[5]; /* bit n: the value n matches */
    bool any_day;       /* day of the month is `*` */
    bool any_weekday;
};

/* Reads an expression; false when it is malformed. */
bool cron_parse(struct cron *cron, const char *text);

/* Whether the minute of `utc` matches. */
bool cron_matches(const struct cron *cron, const struct tm *utc);
