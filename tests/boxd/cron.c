#include "tests/boxd/cron.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    int low, high;
} limits[] = {{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}};

static const struct {
    const char *name, *meaning;
} names[] = {
    {"@hourly", "0 * * * *"}, {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"}, {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
};

/* Reads a number and moves past it; -1 when there is none. */
static int read_number(const char **at)
{
    int value = 0;
    if (!isdigit((unsigned char)**at)) {
        return -1;
    }
    for (; isdigit((unsigned char)**at) && value < 1000; (*at)++) {
        value = value * 10 + (**at - '0');
    }
    return value;
}

/* One element of a list: `*`, N or N-M, perhaps with /STEP. */
static bool read_element(const char **at, int low, int high, uint64_t *bits)
{
    int from = low;
    int to = high;
    bool star = **at == '*';
    if (star) {
        (*at)++;
    } else {
        from = to = read_number(at);
        if (**at == '-') {
            (*at)++;
            to = read_number(at);
        }
    }
    int step = 1;
    if (**at == '/') {
        bool single = !star && from == to;
        (*at)++;
        step = read_number(at);
        to = single ? high : to;
    }
    if (from < low || to > high || from > to || step < 1) {
        return false;
    }
    for (int value = from; value <= to; value += step) {
        *bits |= 1ull << value;
    }
    return true;
}

static bool read_field(const char **at, int low, int high, uint64_t *bits)
{
    *bits = 0;
    for (;;) {
        if (!read_element(at, low, high, bits)) {
            return false;
        }
        if (**at != ',') {
            return true;
        }
        (*at)++;
    }
}

bool cron_parse(struct cron *cron, const char *text)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, text) == 0) {
            text = names[i].meaning;
        }
    }
    *cron = (struct cron){.any_day = false};
    for (int i = 0; i < 5; i++) {
        while (*text == ' ') {
            text++;
        }
        cron->any_day |= i == 2 && *text == '*';
        cron->any_weekday |= i == 4 && *text == '*';
        if (!read_field(&text, limits[i].low, limits[i].high, &cron->fields[i]) ||
            (*text != ' ' && *text != '\0')) {
            return false;
        }
    }
    cron->fields[4] |= cron->fields[4] >> 7 & 1; /* 7 is Sunday too */
    while (*text == ' ') {
        text++;
    }
    return *text == '\0';
}

bool cron_matches(const struct cron *cron, const struct tm *utc)
{
    bool day = (cron->fields[2] >> utc->tm_mday & 1) != 0;
    bool weekday = (cron->fields[4] >> utc->tm_wday & 1) != 0;
    bool either = cron->any_day || cron->any_weekday ? day && weekday : day || weekday;
    return either && (cron->fields[0] >> utc->tm_min & 1) != 0 &&
           (cron->fields[1] >> utc->tm_hour & 1) != 0 && (cron->fields[3] >> (utc->tm_mon + 1) & 1) != 0;
}
