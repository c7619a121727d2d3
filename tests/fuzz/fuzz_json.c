/* An answer of the service: the scanner gives the same elements however the bytes are split (the first byte
 * of the input chooses), and every element becomes a box, a run, a log line and a snapshot that can be shown.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/utf8.h"
#include "client/json.h"
#include "client/json_split.h"
#include "client/model_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
    if (!truth)
        abort();
}

static void require_shown(const char *text)
{
    require(text == NULL || utf8_valid(text, strlen(text)));
    for (const char *c = text; c != NULL && *c != '\0'; c++)
        require((unsigned char)*c >= 0x20 && *c != 0x7F);
}

static void read_all(const struct json_element *element)
{
    struct box box, copy;
    model_read_box(&box, element);
    box_copy(&copy, &box);
    box_done(&box);
    require(copy.id != NULL &&
            (copy.unreadable ? copy.id[0] == '\0' : model_id_valid(copy.id, strlen(copy.id))));
    require(copy.unreadable == (copy.id[0] == '\0'));
    require_shown(copy.name);
    require_shown(copy.status_word);
    require_shown(copy.network_detail);
    require(copy.created_at >= 0 && copy.cpu_ns >= -1);
    box_done(&copy);
    struct run run;
    model_read_run(&run, element);
    require_shown(run.prompt);
    run_done(&run);
    struct log_line line;
    model_read_log_line(&line, element);
    require_shown(line.text.bytes);
    require(line.rest_count <= LOG_REST_MAX);
    log_line_done(&line);
    struct snapshot snapshot;
    model_read_snapshot(&snapshot, element);
    require_shown(snapshot.name);
    snapshot_done(&snapshot);
}

struct seen {
    uint64_t digest;
    size_t count;
    bool decode;
};

static void take(void *user, const struct json_element *element)
{
    struct seen *seen = user;
    require(element->index == seen->count++);
    seen->digest = seen->digest * 31 + json_digest(element->bytes, element->len) + (element->broken != NULL);
    if (seen->decode)
        read_all(element);
}

static bool split(struct seen *seen, const char *bytes, size_t size, size_t step)
{
    struct json_split splitter;
    json_split_init(&splitter, "runs", take, seen);
    for (size_t at = 0; at < size; at += step)
        json_split_feed(&splitter, bytes + at, size - at < step ? size - at : step, NULL);
    bool good = json_split_end(&splitter, NULL);
    json_split_done(&splitter);
    return good;
}

/* What loads needs no more repair, and loads again as it was. */
static void load(const char *bytes, size_t size)
{
    json_t *value = json_load_tolerant(bytes, size, NULL);
    if (value == NULL)
        return;
    char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    require(dump != NULL);
    json_t *again = json_load_tolerant(dump, strlen(dump), NULL);
    require(again != NULL && json_typeof(again) == json_typeof(value));
    json_time_value(value);
    json_decref(again);
    json_decref(value);
    free(dump);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *bytes = (const char *)data + 1;
    size_t step = data[0] % 16 + 1;
    struct seen whole = {.decode = true}, parts = {0};
    bool good = split(&whole, bytes, size - 1, size);
    require(split(&parts, bytes, size - 1, step) == good);
    require(whole.count == parts.count && whole.digest == parts.digest);
    load(bytes, size - 1);
    free(model_read_error(bytes, size - 1, 500));
    model_read_status(bytes, size - 1);
    return 0;
}
