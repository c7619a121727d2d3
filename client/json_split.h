/*
 * Cuts an answer that is a list into its elements while the bytes arrive, however they are split: either a
 * top-level array, or the array under one key of a top-level object ({"runs":[...]}). Knows strings and depth
 * and nothing else of JSON: whether an element makes sense is its loader's business. So memory is that of one
 * element, and one bad element costs one element.
 */
#pragma once

#include "client/base/buf.h"
#include "client/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JSON_ELEMENT_MAX = 1024 * 1024, /* bytes of one element */
    JSON_DEPTH_MAX = 512,           /* nesting inside one element */
    JSON_KEY_MAX = 64,
};

/* One element, valid during the callback only. */
struct json_element {
    const char *bytes; /* the element's text; its beginning when it is broken */
    size_t len;
    size_t index;       /* from 0 */
    const char *broken; /* why it cannot be loaded ("longer than 1 MiB"), NULL when it is whole */
};

typedef void json_element_fn(void *user, const struct json_element *element);

/* What the scanner is in the middle of. */
enum json_split_state {
    JSON_SPLIT_START,      /* before the first character */
    JSON_SPLIT_KEY_OR_END, /* in the object, after its brace */
    JSON_SPLIT_KEY,        /* in the object, after a comma */
    JSON_SPLIT_IN_KEY,     /* inside a key */
    JSON_SPLIT_COLON,      /* after a key */
    JSON_SPLIT_VALUE,      /* after a colon */
    JSON_SPLIT_SKIP,       /* inside a value of another key */
    JSON_SPLIT_NEXT_KEY,   /* after a value */
    JSON_SPLIT_FIRST,      /* in the list, after its bracket */
    JSON_SPLIT_ELEMENT,    /* in the list, after a comma */
    JSON_SPLIT_IN_ELEMENT, /* inside an element */
    JSON_SPLIT_DONE,       /* only white space may follow */
    JSON_SPLIT_FAILED,     /* err says why */
};

struct json_split {
    json_element_fn *deliver;
    void *user;
    const char *wanted; /* the key whose array is cut */
    enum json_split_state state;
    bool wrapped;  /* the list is inside an object */
    bool found;    /* a list (or null, which is an empty one) was there */
    size_t count;  /* elements delivered */
    uint64_t seen; /* bytes fed */

    struct buf element; /* the element or value under way */
    const char *broken;
    bool in_string, escaped;
    size_t depth;                     /* levels open, at most JSON_DEPTH_MAX */
    size_t excess;                    /* levels open beyond those */
    uint8_t nest[JSON_DEPTH_MAX / 8]; /* one bit a level: set for an object */

    char key[JSON_KEY_MAX];
    size_t key_len; /* JSON_KEY_MAX when it is longer: never the wanted one */

    struct err err;
};

/* `wanted` is the key of the array when the answer is an object; a top-level array is taken as it is.
 * Elements go to `deliver` from within json_split_feed. `wanted` must outlive the scanner. */
void json_split_init(struct json_split *split, const char *wanted, json_element_fn *deliver, void *user);

/* Frees what the scanner holds. A zeroed struct is fine. */
void json_split_done(struct json_split *split);

/* Takes more bytes. False when the answer cannot be a list: *err (may be NULL) says why, and further bytes
 * are ignored. Elements delivered before stay delivered; whether they count is the caller's decision. */
bool json_split_feed(struct json_split *split, const char *bytes, size_t len, struct err *err);

/* The answer is complete. False when it broke off (the list or the object is not closed), or had failed
 * before. split->found tells a list that is empty from an object without one. */
bool json_split_end(struct json_split *split, struct err *err);
