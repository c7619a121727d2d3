#include "widgets/logview.h"

#include <stdio.h>
#include <time.h>

int logview_time_cols(enum logview_time time)
{
    static const int cols[LOGVIEW_TIMES] = {
        [LOGVIEW_RELATIVE] = 7, [LOGVIEW_ABSOLUTE] = 9, [LOGVIEW_DELTA] = 8, [LOGVIEW_NO_TIME] = 0};
    return cols[time];
}

/* "-6m12": two units at most, six columns at most. */
static void format_age(char out[16], int64_t seconds)
{
    int s = (int)(seconds % 60), m = (int)(seconds / 60 % 60), h = (int)(seconds / 3600 % 24);
    int64_t days = seconds / 86400;
    if (seconds < 60)
        snprintf(out, 16, "-%ds", s);
    else if (seconds < 3600)
        snprintf(out, 16, "-%dm%02d", m, s);
    else if (days == 0)
        snprintf(out, 16, "-%dh%02d", h, m);
    else if (days < 100)
        snprintf(out, 16, "-%dd%02d", (int)days, h);
    else
        snprintf(out, 16, "-%dd", days > 9999 ? 9999 : (int)days);
}

static void format_delta(char out[16], int64_t ms)
{
    if (ms < 0)
        ms = 0;
    if (ms < 60000)
        snprintf(out, 16, "+%d.%03d", (int)(ms / 1000), (int)(ms % 1000));
    else if (ms < 3600000)
        snprintf(out, 16, "+%dm%02d", (int)(ms / 60000), (int)(ms / 1000 % 60));
    else
        snprintf(out, 16, "+%dh%02d", ms > 999 * INT64_C(3600000) ? 999 : (int)(ms / 3600000),
                 (int)(ms / 60000 % 60));
}

void logview_format_time(char out[16], const struct logview *view, int64_t time_ms, int64_t previous_ms,
                         int64_t now_ms)
{
    out[0] = '\0';
    if (time_ms <= 0 || view->time == LOGVIEW_NO_TIME)
        return;
    if (view->time == LOGVIEW_RELATIVE) {
        format_age(out, now_ms > time_ms ? (now_ms - time_ms) / 1000 : 0);
        return;
    }
    if (view->time == LOGVIEW_DELTA) {
        if (previous_ms > 0)
            format_delta(out, time_ms - previous_ms);
        return;
    }
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;
    if ((view->utc ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts)) != NULL)
        strftime(out, 16, "%H:%M:%S", &parts);
}
