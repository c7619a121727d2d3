#include "tui/format.h"

#include <stdio.h>
#include <time.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const int64_t WEEK = (int64_t)7 * DAY;

const char *format_age(char *out, size_t size, int64_t ms)
{
    if (ms < SECOND)
        snprintf(out, size, "now");
    else if (ms < 2 * MINUTE)
        snprintf(out, size, "%ds", (int)(ms / SECOND));
    else if (ms < 2 * HOUR)
        snprintf(out, size, "%dm", (int)(ms / MINUTE));
    else if (ms < 2 * DAY)
        snprintf(out, size, "%dh", (int)(ms / HOUR));
    else if (ms < 8 * WEEK)
        snprintf(out, size, "%dd", (int)(ms / DAY));
    else
        snprintf(out, size, "%lldw", (long long)(ms / WEEK));
    return out;
}

const char *format_since(char *out, size_t size, int64_t stamp, int64_t wall_ms)
{
    if (stamp <= 0) {
        snprintf(out, size, "-");
        return out;
    }
    return format_age(out, size, wall_ms - stamp);
}

const char *format_ago(char *out, size_t size, int64_t stamp, int64_t wall_ms)
{
    char age[16];
    format_since(age, sizeof age, stamp, wall_ms);
    bool bare = strcmp(age, "-") == 0 || strcmp(age, "now") == 0;
    snprintf(out, size, bare ? "%s" : "%s ago", age);
    return out;
}

const char *format_duration(char *out, size_t size, int64_t ms)
{
    if (ms < 0)
        snprintf(out, size, "-");
    else if (ms < 10 * SECOND)
        snprintf(out, size, "%d.%ds", (int)(ms / SECOND), (int)(ms / 100 % 10));
    else if (ms < MINUTE)
        snprintf(out, size, "%ds", (int)(ms / SECOND));
    else if (ms < HOUR)
        snprintf(out, size, "%dm%02d", (int)(ms / MINUTE), (int)(ms / SECOND % 60));
    else if (ms < DAY)
        snprintf(out, size, "%dh%02d", (int)(ms / HOUR), (int)(ms / MINUTE % 60));
    else
        snprintf(out, size, "%lldd%02dh", (long long)(ms / DAY), (int)(ms / HOUR % 24));
    return out;
}

const char *format_money(char *out, size_t size, double usd)
{
    if (!(usd >= 0) || usd > 1e12)
        snprintf(out, size, "-");
    else if (usd > 0 && usd < 0.01)
        snprintf(out, size, "%.4f", usd);
    else
        snprintf(out, size, "%.2f", usd);
    return out;
}

const char *format_usd(char *out, size_t size, double usd)
{
    char figure[24];
    format_money(figure, sizeof figure, usd);
    snprintf(out, size, figure[0] == '-' ? "%s" : "$%s", figure);
    return out;
}

static const char *format_scaled(char *out, size_t size, double value, double step, const char *const *units)
{
    size_t unit = 0;
    while (value >= step - 0.5 && units[unit + 1] != NULL) {
        value /= step;
        unit++;
    }
    snprintf(out, size, unit > 0 && value < 99.95 ? "%.1f%s" : "%.0f%s", value, units[unit]);
    return out;
}

const char *format_count(char *out, size_t size, int64_t count)
{
    static const char *const units[] = {"", "k", "M", "G", "T", NULL};
    if (count < 0) {
        snprintf(out, size, "-");
        return out;
    }
    return format_scaled(out, size, (double)count, 1000, units);
}

const char *format_bytes(char *out, size_t size, int64_t bytes)
{
    static const char *const units[] = {" B", " KiB", " MiB", " GiB", " TiB", NULL};
    if (bytes < 0) {
        snprintf(out, size, "-");
        return out;
    }
    return format_scaled(out, size, (double)bytes, 1024, units);
}

const char *format_cpu(char *out, size_t size, int64_t ns)
{
    return format_duration(out, size, ns < 0 ? -1 : ns / 1000000);
}

static bool break_down(int64_t stamp, bool utc, struct tm *tm)
{
    time_t seconds = (time_t)(stamp / 1000);
    return stamp > 0 && (utc ? gmtime_r(&seconds, tm) : localtime_r(&seconds, tm)) != NULL;
}

const char *format_stamp(char *out, size_t size, int64_t stamp, bool utc)
{
    struct tm tm;
    if (!break_down(stamp, utc, &tm) || strftime(out, size, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(out, size, "-");
    return out;
}

const char *format_clock(char *out, size_t size, int64_t stamp, bool utc)
{
    struct tm tm;
    if (!break_down(stamp, utc, &tm) || strftime(out, size, "%H:%M:%S", &tm) == 0)
        snprintf(out, size, "-");
    return out;
}

const char *format_grouped(char *out, size_t size, uint64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    size_t used = 0;
    for (int i = 0; i < len && used + 2 < size; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}
