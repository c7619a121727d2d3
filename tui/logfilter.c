#include "tui/logfilter.h"

#include "client/base/mem.h"
#include "tui/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char between[] = " & ";

static void drop_terms(struct logfilter *filter)
{
    for (size_t i = 0; i < filter->term_count; i++)
        pattern_free(filter->terms[i].pattern);
    filter->term_count = 0;
}

void logfilter_done(struct logfilter *filter)
{
    drop_terms(filter);
    *filter = (struct logfilter){0};
}

static void remove_at(struct logfilter *filter, size_t at)
{
    struct logfilter_term *term = &filter->terms[at];
    pattern_free(term->pattern);
    filter->term_count--;
    memmove(term, term + 1, (filter->term_count - at) * sizeof *term);
}

/* One that is switched off goes first. */
static bool make_room(struct logfilter *filter, struct err *err)
{
    for (size_t i = filter->term_count; filter->term_count == LOGFILTER_TERMS && i-- > 0;)
        if (filter->terms[i].off)
            remove_at(filter, i);
    return filter->term_count < LOGFILTER_TERMS ||
           err_set(err, ERR_USAGE, 0, "At most %d terms can be stacked", LOGFILTER_TERMS);
}

static bool same_term(const struct logfilter_term *a, const struct logfilter_term *b)
{
    return a->out == b->out && strcmp(pattern_text(a->pattern), pattern_text(b->pattern)) == 0;
}

/* What is there already is switched on instead. */
static void push(struct logfilter *filter, struct logfilter_term term)
{
    for (size_t i = 0; i < filter->term_count; i++)
        if (same_term(&filter->terms[i], &term)) {
            filter->terms[i].off = false;
            pattern_free(term.pattern);
            return;
        }
    filter->terms[filter->term_count++] = term;
}

static bool add_term(struct logfilter *filter, const char *bytes, size_t len, struct err *err)
{
    while (len > 0 && bytes[0] == ' ') {
        bytes++;
        len--;
    }
    bool out = len > 0 && bytes[0] == '!';
    if (len == (size_t)out)
        return true;
    if (!make_room(filter, err))
        return false;
    char *text = mem_dup_bytes(bytes + out, len - out);
    struct pattern *pattern = pattern_new(text, err);
    free(text);
    if (pattern == NULL)
        return false;
    push(filter, (struct logfilter_term){.pattern = pattern, .out = out});
    return true;
}

static bool add_terms(struct logfilter *filter, const char *typed, struct err *err)
{
    for (const char *at = typed; at != NULL;) {
        const char *end = strstr(at, between);
        if (!add_term(filter, at, end != NULL ? (size_t)(end - at) : strlen(at), err))
            return false;
        at = end != NULL ? end + sizeof between - 1 : NULL;
    }
    return true;
}

static void take_terms(struct logfilter *filter, const struct logfilter *fresh)
{
    memcpy(filter->terms, fresh->terms, sizeof fresh->terms);
    filter->term_count = fresh->term_count;
}

bool logfilter_set_terms(struct logfilter *filter, const char *typed, struct err *err)
{
    struct logfilter fresh = {0};
    if (!add_terms(&fresh, typed, err)) {
        drop_terms(&fresh);
        return false;
    }
    for (size_t i = 0; i < filter->term_count; i++) {
        struct logfilter_term *term = &filter->terms[i];
        bool known = !term->off || fresh.term_count == LOGFILTER_TERMS;
        for (size_t k = 0; k < fresh.term_count; k++)
            known = known || same_term(term, &fresh.terms[k]);
        if (known)
            pattern_free(term->pattern);
        else
            fresh.terms[fresh.term_count++] = *term;
    }
    take_terms(filter, &fresh);
    return true;
}

bool logfilter_add(struct logfilter *filter, const char *typed, struct err *err)
{
    return add_terms(filter, typed, err);
}

bool logfilter_replace(struct logfilter *filter, size_t at, const char *typed, struct err *err)
{
    struct logfilter fresh = {0};
    if (!add_term(&fresh, typed, strlen(typed), err))
        return false;
    bool off = filter->terms[at].off;
    remove_at(filter, at);
    if (fresh.term_count == 0)
        return true;
    for (size_t i = 0; i < filter->term_count; i++)
        if (same_term(&filter->terms[i], &fresh.terms[0])) {
            pattern_free(fresh.terms[0].pattern);
            return true;
        }
    struct logfilter_term *place = &filter->terms[at];
    memmove(place + 1, place, (filter->term_count - at) * sizeof *place);
    *place = fresh.terms[0];
    place->off = off;
    filter->term_count++;
    return true;
}

void logfilter_remove(struct logfilter *filter, size_t at)
{
    remove_at(filter, at);
}

void logfilter_swap(struct logfilter *filter, size_t at, size_t with)
{
    struct logfilter_term term = filter->terms[at];
    filter->terms[at] = filter->terms[with];
    filter->terms[with] = term;
}

void logfilter_clear(struct logfilter *filter)
{
    struct logfilter fresh = {0};
    for (size_t i = 0; i < filter->term_count; i++)
        filter->terms[i].off = true;
    take_terms(&fresh, filter);
    *filter = fresh;
}

char *logfilter_term_text(const struct logfilter *filter, size_t at)
{
    return mem_format("%s%s", filter->terms[at].out ? "!" : "", pattern_text(filter->terms[at].pattern));
}

char *logfilter_terms(const struct logfilter *filter)
{
    char *text = mem_dup("");
    for (size_t i = 0; i < filter->term_count; i++) {
        if (filter->terms[i].off)
            continue;
        char *term = logfilter_term_text(filter, i);
        char *longer = mem_format("%s%s%s", text, text[0] != '\0' ? between : "", term);
        free(term);
        free(text);
        text = longer;
    }
    return text;
}

bool logfilter_term_matches(const struct logfilter *filter, size_t at, const struct log_line *line)
{
    size_t start, end;
    return pattern_find(filter->terms[at].pattern, line->text.bytes, line->text.len, 0, &start, &end);
}

/* ---- times ---- */

static void split_time(int64_t ms, bool utc, struct tm *parts)
{
    time_t seconds = (time_t)(ms / 1000);
    if ((utc ? gmtime_r(&seconds, parts) : localtime_r(&seconds, parts)) == NULL)
        *parts = (struct tm){.tm_mday = 1, .tm_year = 70};
}

static int64_t join_time(struct tm *parts, bool utc)
{
    parts->tm_isdst = -1;
    return (int64_t)(utc ? timegm(parts) : mktime(parts)) * 1000;
}

static int64_t midnight(int64_t wall_ms, bool utc)
{
    struct tm parts;
    split_time(wall_ms, utc, &parts);
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    return join_time(&parts, utc);
}

void logfilter_set_since(struct logfilter *filter, enum logfilter_since since, int64_t wall_ms, bool utc)
{
    static const int64_t MINUTE_MS = 60 * 1000;
    filter->since = since;
    if (since == SINCE_ALL)
        filter->since_ms = 0;
    else if (since == SINCE_5_MIN)
        filter->since_ms = wall_ms - 5 * MINUTE_MS;
    else if (since == SINCE_1_H)
        filter->since_ms = wall_ms - 60 * MINUTE_MS;
    else if (since == SINCE_TODAY)
        filter->since_ms = midnight(wall_ms, utc);
    else
        filter->since_ms = wall_ms;
}

static bool parse_ago(const char *typed, int64_t wall_ms, int64_t *out)
{
    static const char units[] = "smhd";
    static const int64_t lengths[] = {1000, 60 * 1000, 3600 * 1000, 86400 * 1000};
    char *end;
    long count = strtol(typed, &end, 10);
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    if (end == typed || count < 0 || count > 100000 || unit == NULL || end[1] != '\0')
        return false;
    *out = wall_ms - count * lengths[unit - units];
    return true;
}

/* strptime changes the parts even when it fails: each try has its own. */
static const char *parse_part(const char *typed, const char *format, struct tm *parts)
{
    struct tm tried = *parts;
    const char *end = strptime(typed, format, &tried);
    if (end != NULL)
        *parts = tried;
    return end;
}

bool logfilter_parse_time(const char *typed, int64_t wall_ms, bool utc, int64_t *out)
{
    typed += strspn(typed, " ");
    if (strcmp(typed, "today") == 0) {
        *out = midnight(wall_ms, utc);
        return true;
    }
    if (parse_ago(typed, wall_ms, out))
        return true;
    struct tm parts;
    split_time(wall_ms, utc, &parts);
    const char *end = parse_part(typed, "%Y-%m-%d", &parts);
    bool dated = end != NULL;
    if (dated) {
        parts.tm_hour = parts.tm_min = 0;
        typed = end + strspn(end, " T");
    }
    parts.tm_sec = 0;
    if (*typed != '\0' || !dated) {
        end = parse_part(typed, "%H:%M:%S", &parts);
        if (end == NULL)
            end = parse_part(typed, "%H:%M", &parts);
        if (end == NULL || *end != '\0')
            return false;
    }
    *out = join_time(&parts, utc);
    return true;
}

/* ---- lines ---- */

bool logfilter_is_active(const struct logfilter *filter)
{
    for (size_t i = 0; i < filter->term_count; i++)
        if (!filter->terms[i].off)
            return true;
    return filter->levels != LEVELS_ALL || filter->one_source || filter->since_ms != 0;
}

const struct pattern *logfilter_must(const struct logfilter *filter)
{
    for (size_t i = 0; i < filter->term_count; i++)
        if (!filter->terms[i].out && !filter->terms[i].off && pattern_is_literal(filter->terms[i].pattern))
            return filter->terms[i].pattern;
    return NULL;
}

bool logfilter_passes(const struct logfilter *filter, const struct logfeed_item *item)
{
    const struct log_line *line = item->line;
    if (item->hidden)
        return false;
    if (line == NULL)
        return !item->mark || !logfilter_is_active(filter);
    if (filter->levels == LEVELS_ERRORS && line->level != LOG_LEVEL_ERROR)
        return false;
    if (filter->levels == LEVELS_BAD && line->level != LOG_LEVEL_ERROR && line->level != LOG_LEVEL_WARN)
        return false;
    if (filter->one_source && line->source != filter->source)
        return false;
    if (filter->since_ms != 0 && line->time != 0 && line->time < filter->since_ms)
        return false;
    for (size_t i = 0; i < filter->term_count; i++)
        if (!filter->terms[i].off && logfilter_term_matches(filter, i, line) == filter->terms[i].out)
            return false;
    return true;
}

static void add_word(char *out, size_t size, const char *word)
{
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%s%s", used > 0 ? "  " : "", word);
}

void logfilter_describe(const struct logfilter *filter, char *out, size_t size)
{
    static const char *const levels[LEVELS_COUNT] = {
        [LEVELS_ALL] = "", [LEVELS_BAD] = "warnings and errors", [LEVELS_ERRORS] = "errors"};
    static const char *const sources[] = {[LOG_SOURCE_SYSTEM] = "only system",
                                          [LOG_SOURCE_AGENT] = "only agent",
                                          [LOG_SOURCE_USER] = "only user",
                                          [LOG_SOURCE_OTHER] = "only others"};
    static const char *const since[SINCE_COUNT] = {[SINCE_ALL] = "",
                                                   [SINCE_5_MIN] = "last 5m",
                                                   [SINCE_1_H] = "last 1h",
                                                   [SINCE_TODAY] = "today",
                                                   [SINCE_CUSTOM] = "since"};
    out[0] = '\0';
    char *terms = logfilter_terms(filter);
    if (terms[0] != '\0') {
        char word[72];
        snprintf(word, sizeof word, "& %.*s", format_cut(terms, 60), terms);
        add_word(out, size, word);
    }
    free(terms);
    if (filter->levels != LEVELS_ALL)
        add_word(out, size, levels[filter->levels]);
    if (filter->one_source)
        add_word(out, size, sources[filter->source]);
    if (filter->since != SINCE_ALL)
        add_word(out, size, since[filter->since]);
    if (filter->since == SINCE_CUSTOM) {
        size_t used = strlen(out);
        snprintf(out + used, size - used, " %s", filter->since_typed);
    }
}
