#include "client/json.h"

#include "client/text/inert.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t LAST_TIME_MS = 253402300799999; /* the end of the year 9999 */

static json_t *load(const char *bytes, size_t len, struct err *err)
{
    json_error_t error;
    json_t *value = json_loadb(bytes, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (value == NULL) {
        char reason[160];
        inert_label_into(reason, sizeof reason, error.text, strlen(error.text));
        err_set(err, ERR_PROTOCOL, 0, "The JSON is malformed: %s (byte %d)", reason, error.position);
    }
    return value;
}

json_t *json_load_tolerant(const char *bytes, size_t len, struct err *err)
{
    err_clear(err);
    /* jansson takes a NUL byte for the end of its input. */
    if (len > 0 && memchr(bytes, '\0', len) != NULL) {
        err_set(err, ERR_PROTOCOL, 0, "The JSON is malformed: it holds a NUL byte");
        return NULL;
    }
    json_t *value = load(bytes, len, NULL);
    if (value != NULL)
        return value;
    struct buf repaired;
    buf_init(&repaired, len * 6 + 16);
    json_repair(&repaired, bytes, len);
    value = load(buf_text(&repaired), repaired.len, err);
    buf_done(&repaired);
    return value;
}

uint64_t json_digest(const char *bytes, size_t len)
{
    const uint64_t prime = 0x100000001B3u;
    uint64_t sum = 0xCBF29CE484222325u ^ len;
    size_t at = 0;
    for (; len - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes + at, sizeof word);
        sum = (sum ^ word) * prime;
        sum ^= sum >> 29; /* FNV moves bits upwards only; words need them to come down again */
    }
    for (; at < len; at++)
        sum = (sum ^ (unsigned char)bytes[at]) * prime;
    return sum ^ sum >> 32;
}

const char *json_text(const json_t *object, const char *key, size_t *len)
{
    const json_t *value = json_object_get(object, key);
    if (len != NULL)
        *len = json_string_length(value);
    return json_string_value(value);
}

/* A finite number written as text, the whole of it. */
static bool read_real(const char *text, double *out)
{
    if (text == NULL || !(isdigit((unsigned char)*text) || *text == '-'))
        return false;
    char *end;
    *out = strtod(text, &end);
    return *end == '\0' && end != text && isfinite(*out);
}

static bool real_to_int64(double value, int64_t *out)
{
    if (!isfinite(value) || value < -9.2e18 || value > 9.2e18)
        return false;
    *out = (int64_t)llround(value);
    return true;
}

int64_t json_int64(const json_t *object, const char *key, int64_t missing)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value))
        return json_integer_value(value);
    int64_t result;
    double real;
    if (json_is_real(value) && real_to_int64(json_real_value(value), &result))
        return result;
    if (json_is_string(value) && read_real(json_string_value(value), &real) && real_to_int64(real, &result))
        return result;
    return missing;
}

double json_number(const json_t *object, const char *key, double missing)
{
    const json_t *value = json_object_get(object, key);
    double real;
    if (json_is_number(value))
        return json_number_value(value);
    return json_is_string(value) && read_real(json_string_value(value), &real) ? real : missing;
}

bool json_flag(const json_t *object, const char *key, bool missing)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_boolean(value))
        return json_is_true(value);
    if (json_is_integer(value) && (json_integer_value(value) == 0 || json_integer_value(value) == 1))
        return json_integer_value(value) == 1;
    return missing;
}

/* The unit of an epoch number is told by its size (box-api.md section 5). */
static int64_t epoch_ms(double value)
{
    if (!isfinite(value) || value <= 0)
        return 0;
    double ms = value < 1e11 ? value * 1e3 : value < 1e14 ? value : value < 1e17 ? value / 1e3 : value / 1e6;
    return ms > (double)LAST_TIME_MS ? 0 : (int64_t)ms;
}

/* Reads exactly `digits` digits; false, with *text where it was, when there are fewer. */
static bool read_digits(const char **text, int digits, int *out)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)(*text)[i]))
            return false;
        value = value * 10 + ((*text)[i] - '0');
    }
    *text += digits;
    *out = value;
    return true;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar: years are counted from March, so that the leap
 * day is the last one. */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = y / 400, year_of_era = y % 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static bool eat(const char **text, const char *any_of)
{
    if (**text == '\0' || strchr(any_of, **text) == NULL)
        return false;
    ++*text;
    return true;
}

/* Z, +HH:MM, +HHMM, +HH or nothing, which is UTC. */
static bool read_zone(const char **text, int *minutes)
{
    *minutes = 0;
    if (**text == '\0' || eat(text, "Zz"))
        return true;
    int sign = **text == '-' ? -1 : 1, hour = 0, minute = 0;
    if (!eat(text, "+-") || !read_digits(text, 2, &hour))
        return false;
    eat(text, ":");
    if (**text != '\0' && !read_digits(text, 2, &minute))
        return false;
    *minutes = sign * (hour * 60 + minute);
    return true;
}

/* hh:mm[:ss[.fraction]] as milliseconds. */
static bool read_clock(const char **text, int64_t *ms)
{
    int hour, minute, second = 0;
    if (!read_digits(text, 2, &hour) || !eat(text, ":") || !read_digits(text, 2, &minute))
        return false;
    if (eat(text, ":") && !read_digits(text, 2, &second))
        return false;
    if (hour > 24 || minute > 59 || second > 60)
        return false;
    int64_t fraction = 0;
    if (eat(text, ".,"))
        for (int64_t unit = 100; isdigit((unsigned char)**text); ++*text, unit /= 10)
            fraction += unit * (**text - '0');
    *ms = ((int64_t)hour * 3600 + minute * 60 + second) * 1000 + fraction;
    return true;
}

/* YYYY-MM-DD[(T| )clock[zone]] */
static int64_t iso_ms(const char *text)
{
    int year, month, day, zone = 0;
    if (!read_digits(&text, 4, &year) || !eat(&text, "-") || !read_digits(&text, 2, &month) ||
        !eat(&text, "-") || !read_digits(&text, 2, &day) || month < 1 || month > 12 || day < 1 || day > 31)
        return 0;
    int64_t clock = 0;
    if (eat(&text, "Tt ") && (!read_clock(&text, &clock) || !read_zone(&text, &zone)))
        return 0;
    int64_t ms = days_from_date(year, month, day) * 86400000 + clock - (int64_t)zone * 60000;
    return *text != '\0' || ms <= 0 || ms > LAST_TIME_MS ? 0 : ms;
}

int64_t json_time_value(const json_t *value)
{
    double real;
    if (json_is_number(value))
        return epoch_ms(json_number_value(value));
    const char *text = json_string_value(value);
    if (text == NULL)
        return 0;
    int64_t ms = iso_ms(text);
    return ms == 0 && read_real(text, &real) ? epoch_ms(real) : ms;
}

int64_t json_time(const json_t *object, const char *key)
{
    return json_time_value(json_object_get(object, key));
}
