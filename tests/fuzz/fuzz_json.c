/* An answer of the service: cut into elements, repaired, loaded and decoded. The first byte chooses the
 * split, which changes nothing about the elements. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "client/base/buf.h"
#include "client/json.h"
#include "client/json_split.h"
#include "client/model_json.h"

struct seen {
    size_t count;
    uint64_t digest;
};

static void require_inert(const char *text)
{
    if (text != NULL)
        fuzz_require_inert(text, strlen(text), false);
}

/* Every decoder gets every element: a box where a run was meant is an unreadable run, not a crash. */
static void decode(const struct json_element *element)
{
    struct box box;
    model_read_box(&box, element);
    require_inert(box.name);
    require_inert(box.status_word);
    require_inert(box.network_detail);
    fuzz_require(box.unreadable || model_id_valid(box.id, strlen(box.id)));
    box_done(&box);

    struct run run;
    model_read_run(&run, element);
    require_inert(run.prompt);
    require_inert(run.status_word);
    run_done(&run);

    struct log_line line;
    model_read_log_line(&line, element);
    fuzz_require_text(&line.text);
    log_line_done(&line);

    struct snapshot snapshot;
    model_read_snapshot(&snapshot, element);
    require_inert(snapshot.name);
    snapshot_done(&snapshot);
}

static void count(void *user, const struct json_element *element)
{
    struct seen *seen = user;
    fuzz_require(element->index == seen->count && element->len <= JSON_ELEMENT_MAX);
    seen->count++;
    seen->digest = seen->digest * 31 + json_digest(element->bytes, element->len);
}

static void count_and_decode(void *user, const struct json_element *element)
{
    count(user, element);
    decode(element);
}

static void split(struct seen *seen, json_element_fn *deliver, uint8_t pace, const char *bytes, size_t len)
{
    struct json_split scanner;
    json_split_init(&scanner, "runs", deliver, seen);
    struct err err = {0};
    bool good = true;
    for (size_t at = 0; at < len && good;) {
        size_t piece = fuzz_piece(pace, at, len);
        good = json_split_feed(&scanner, bytes + at, piece, &err);
        at += piece;
    }
    if (!json_split_end(&scanner, &err))
        fuzz_require_inert(err.text, strlen(err.text), false);
    json_split_done(&scanner);
}

static void repair(const char *bytes, size_t len)
{
    struct buf once;
    buf_init(&once, len * 6 + 16);
    fuzz_require(json_repair(&once, bytes, len));

    struct buf twice;
    buf_init(&twice, once.len * 6 + 16);
    fuzz_require(json_repair(&twice, buf_text(&once), once.len));
    fuzz_require(once.len == twice.len && memcmp(buf_text(&once), buf_text(&twice), once.len) == 0);
    buf_done(&twice);
    buf_done(&once);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    uint8_t pace = bytes[0];
    const char *text = (const char *)bytes + 1;
    len--;

    struct seen whole = {0}, pieces = {0};
    split(&whole, count_and_decode, 0, text, len);
    split(&pieces, count, pace, text, len);
    fuzz_require(whole.count == pieces.count && whole.digest == pieces.digest);

    repair(text, len);
    struct json_element element = json_element_whole(text, len);
    decode(&element);
    char *sentence = model_read_error(text, len, 500);
    fuzz_require(strlen(sentence) > 0);
    require_inert(sentence);
    free(sentence);
    return 0;
}
