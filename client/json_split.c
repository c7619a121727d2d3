#include "client/json_split.h"

#include <string.h>

static const char too_long[] = "longer than 1 MiB";
static const char too_deep[] = "nested too deeply";
static const char crossed[] = "its brackets do not match";
static const char empty[] = "there is nothing between two commas";
static const char junk_after[] = "something follows its end";

void json_split_init(struct json_split *split, const char *wanted, json_element_fn *deliver, void *user)
{
    *split = (struct json_split){.deliver = deliver, .user = user, .wanted = wanted};
    buf_init(&split->element, JSON_ELEMENT_MAX);
}

void json_split_done(struct json_split *split)
{
    buf_done(&split->element);
}

static void fail(struct json_split *split, const char *what)
{
    split->state = JSON_SPLIT_FAILED;
    err_set(&split->err, ERR_PROTOCOL, 0, "The answer is not the list that was asked for: %s (byte %llu)",
            what, (unsigned long long)split->seen);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_object_level(const struct json_split *split, size_t level)
{
    return split->nest[level / 8] >> level % 8 & 1;
}

static void open_level(struct json_split *split, char c)
{
    if (split->depth == JSON_DEPTH_MAX) {
        split->broken = too_deep;
        split->excess++;
        return;
    }
    uint8_t bit = (uint8_t)(1u << split->depth % 8);
    if (c == '{')
        split->nest[split->depth / 8] |= bit;
    else
        split->nest[split->depth / 8] &= (uint8_t)~bit;
    split->depth++;
}

/* Closes the innermost level of the bracket's kind. False when there is none: the bracket is not this
 * value's. */
static bool close_level(struct json_split *split, char c)
{
    if (split->excess > 0) {
        split->excess--;
        return true;
    }
    size_t level = split->depth;
    while (level > 0 && is_object_level(split, level - 1) != (c == '}'))
        level--;
    if (level == 0) {
        if (split->depth > 0)
            split->broken = crossed;
        return false;
    }
    if (level != split->depth)
        split->broken = crossed;
    split->depth = level - 1;
    return true;
}

static void deliver(struct json_split *split)
{
    size_t len = split->element.len;
    while (len > 0 && is_space(split->element.data[len - 1]))
        len--;
    if (len == 0 && split->broken == NULL)
        split->broken = empty;
    struct json_element element = {
        .bytes = buf_text(&split->element), .len = len, .index = split->count, .broken = split->broken};
    split->count++;
    split->deliver(split->user, &element);
    buf_clear(&split->element);
    split->broken = NULL;
    split->depth = 0;
}

static void end_list(struct json_split *split)
{
    split->state = split->wrapped ? JSON_SPLIT_NEXT_KEY : JSON_SPLIT_DONE;
}

static void keep(struct json_split *split, const char *bytes, size_t len)
{
    if (split->broken != too_long && !buf_add(&split->element, bytes, len))
        split->broken = too_long;
}

/* How many bytes can be taken without a thought: up to the next one that means something here. */
static size_t dull_run(const struct json_split *split, const char *bytes, size_t len)
{
    size_t at = 0;
    if (split->in_string)
        while (at < len && bytes[at] != '"' && bytes[at] != '\\')
            at++;
    else
        while (at < len && bytes[at] != '"' && bytes[at] != ',' && (bytes[at] | 0x20) != '{' &&
               (bytes[at] | 0x20) != '}')
            at++; /* '[' | 0x20 is '{' and ']' | 0x20 is '}' */
    return at;
}

/* One byte of a value that may start or end something. True when the value ended before this byte, which then
 * is not part of it. */
static bool value_ends(struct json_split *split, char c)
{
    if (split->in_string) {
        if (split->escaped)
            split->escaped = false;
        else if (c == '\\')
            split->escaped = true;
        else if (c == '"')
            split->in_string = false;
        return false;
    }
    if (c == '"')
        split->in_string = true;
    else if (c == '{' || c == '[')
        open_level(split, c);
    else if (c == '}' || c == ']')
        return !close_level(split, c);
    else if (c == ',')
        return split->depth == 0;
    return false;
}

/* Takes bytes of an element or a skipped value, up to its end; returns how many. */
static size_t take_value(struct json_split *split, const char *bytes, size_t len)
{
    bool in_element = split->state == JSON_SPLIT_IN_ELEMENT;
    size_t at = 0;
    bool ends = false;
    while (at < len && !ends) {
        if (!split->escaped)
            at += dull_run(split, bytes + at, len - at);
        ends = at < len && value_ends(split, bytes[at]);
        if (ends && in_element && bytes[at] == '}') { /* closes nothing in a list: part of a broken element */
            split->broken = crossed;
            ends = false;
        }
        if (at < len && !ends)
            at++;
    }
    if (!in_element) {
        if (ends)
            split->state = JSON_SPLIT_NEXT_KEY;
        return at;
    }
    keep(split, bytes, at);
    if (!ends)
        return at;
    deliver(split);
    if (bytes[at] == ']')
        end_list(split);
    else
        split->state = JSON_SPLIT_ELEMENT;
    return at + 1;
}

static void start_value(struct json_split *split, enum json_split_state state)
{
    buf_clear(&split->element);
    split->broken = NULL;
    split->in_string = split->escaped = false;
    split->depth = split->excess = 0;
    split->state = state;
}

/* The first character of an element, or the end of the list. Returns how many bytes it took. */
static size_t start_element(struct json_split *split, char c)
{
    if (c == ']' && split->state == JSON_SPLIT_FIRST) {
        end_list(split);
        return 1;
    }
    start_value(split, JSON_SPLIT_IN_ELEMENT);
    return 0;
}

/* The value after the wanted key: a list, or null for an empty one. */
static size_t start_wanted(struct json_split *split, char c)
{
    if (c == '[') {
        split->found = true;
        split->state = JSON_SPLIT_FIRST;
        return 1;
    }
    if (c != 'n') {
        fail(split, "its list is something else");
        return 1;
    }
    split->found = true;
    start_value(split, JSON_SPLIT_SKIP);
    return 0;
}

static size_t start(struct json_split *split, char c)
{
    split->wrapped = c == '{';
    split->found = c == '[';
    split->state = c == '{' ? JSON_SPLIT_KEY_OR_END : JSON_SPLIT_FIRST;
    if (c != '{' && c != '[')
        fail(split, "it does not start with a bracket");
    return 1;
}

static size_t take_key(struct json_split *split, char c)
{
    if (split->escaped)
        split->escaped = false;
    else if (c == '\\')
        split->escaped = true;
    else if (c == '"') {
        split->state = JSON_SPLIT_COLON;
        return 1;
    }
    if (split->key_len < JSON_KEY_MAX)
        split->key[split->key_len++] = c;
    return 1;
}

static size_t start_key(struct json_split *split, char c)
{
    if (c == '"') {
        split->key_len = 0;
        split->escaped = false;
        split->state = JSON_SPLIT_IN_KEY;
    } else if (c == '}' && split->state == JSON_SPLIT_KEY_OR_END) {
        split->state = JSON_SPLIT_DONE;
    } else {
        fail(split, "a key is missing");
    }
    return 1;
}

static bool key_is_wanted(const struct json_split *split)
{
    size_t len = strlen(split->wanted);
    return split->key_len == len && len < JSON_KEY_MAX && memcmp(split->key, split->wanted, len) == 0;
}

static size_t next_key(struct json_split *split, char c)
{
    if (c == ',')
        split->state = JSON_SPLIT_KEY;
    else if (c == '}')
        split->state = JSON_SPLIT_DONE;
    else
        fail(split, "a comma is missing");
    return 1;
}

/* One step outside of keys and values; white space was skipped. Returns how many bytes it took. */
static size_t step(struct json_split *split, char c)
{
    switch (split->state) {
    case JSON_SPLIT_START:
        return start(split, c);
    case JSON_SPLIT_KEY_OR_END:
    case JSON_SPLIT_KEY:
        return start_key(split, c);
    case JSON_SPLIT_COLON:
        if (c == ':')
            split->state = JSON_SPLIT_VALUE;
        else
            fail(split, "a colon is missing");
        return 1;
    case JSON_SPLIT_VALUE:
        if (key_is_wanted(split))
            return start_wanted(split, c);
        start_value(split, JSON_SPLIT_SKIP);
        return 0;
    case JSON_SPLIT_NEXT_KEY:
        return next_key(split, c);
    case JSON_SPLIT_FIRST:
    case JSON_SPLIT_ELEMENT:
        return start_element(split, c);
    default:
        fail(split, junk_after);
        return 1;
    }
}

/* A byte order mark may stand in front (RFC 8259 section 8.1 lets a parser ignore it). */
static bool is_mark(const struct json_split *split, char c)
{
    static const char mark[] = "\xEF\xBB\xBF";
    return split->state == JSON_SPLIT_START && split->seen < 3 && c == mark[split->seen];
}

bool json_split_feed(struct json_split *split, const char *bytes, size_t len, struct err *err)
{
    for (size_t at = 0; at < len && split->state != JSON_SPLIT_FAILED;) {
        size_t took;
        if (split->state == JSON_SPLIT_IN_ELEMENT || split->state == JSON_SPLIT_SKIP)
            took = take_value(split, bytes + at, len - at);
        else if (split->state == JSON_SPLIT_IN_KEY)
            took = take_key(split, bytes[at]);
        else if (is_space(bytes[at]) || is_mark(split, bytes[at]))
            took = 1;
        else
            took = step(split, bytes[at]);
        at += took;
        split->seen += took;
    }
    if (split->state == JSON_SPLIT_FAILED && err != NULL)
        *err = split->err;
    return split->state != JSON_SPLIT_FAILED;
}

bool json_split_end(struct json_split *split, struct err *err)
{
    if (split->state != JSON_SPLIT_DONE && split->state != JSON_SPLIT_FAILED)
        fail(split, split->seen == 0 ? "it is empty" : "it breaks off");
    if (split->state == JSON_SPLIT_FAILED && err != NULL)
        *err = split->err;
    return split->state == JSON_SPLIT_DONE;
}
