/*
 * Whatever a service or a box says, and whatever the size of the terminal: only text and the sequences of
 * ncurses reach it. Payloads go through the decoders into every field, and then through every view; ttycheck
 * judges every frame (console.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/model_json.h"
#include "client/text/inert.h"
#include "tests/screens/console.h"

enum { MEGABYTE = 1 << 20, DOCUMENT_MAX = 16 * MEGABYTE };

struct payload {
    const char *name;
    const char *bytes;
    size_t len;
};

#define PAYLOAD(name, text)                                                                                  \
    {                                                                                                        \
        name, text, sizeof(text) - 1                                                                         \
    }

static const struct payload payloads[] = {
    PAYLOAD("NUL and controls", "a\0b\1c\7d\10e\13f\14g\16h\17i\32j\37k\177l"),
    PAYLOAD("line ends", "a\nb\rc\r\nd\xE2\x80\xA8"
                         "e\xE2\x80\xA9"
                         "f\xC2\x85g"),
    PAYLOAD("tabs", "\t\ta\tb\t\t"),
    PAYLOAD("clear and home", "\033[2J\033[H\033[3Jgone"),
    PAYLOAD("title", "\033]0;title\007\033]2;title\033\\\033]0;unfinished"),
    PAYLOAD("clipboard", "\033]52;c;cm0gLXJmIC8=\007\033]52;c;?\007"),
    PAYLOAD("link", "\033]8;;http://example.com/\033\\text\033]8;;\033\\"),
    PAYLOAD("questions", "\033[c\033[>c\033[6n\033[5n\033]10;?\007\033P$qm\033\\\033P+q544e\033\\\033Z\005"),
    PAYLOAD("modes", "\033[?1049h\033[?1000h\033[?2004h\033[?25l\033[4h\033[20h\033[?5h\033c\033(0lqk\033)B"),
    PAYLOAD("strings", "\033Pdcs\033\\\033_apc\033\\\033^pm\033\\\033Xsos\033\\\033kscreen\033\\"),
    PAYLOAD("colours", "\033[31;1;4;7;38;5;200;48;2;1;2;3mred\033[0m\033[999999999999m\033[;;;;;;;m"),
    PAYLOAD("scroll region and paste", "\033[1;1r\033[200~rm\033[201~\033[99999999C\033[99999999b"),
    PAYLOAD("cut sequences", "\033"),
    PAYLOAD("cut CSI", "x\033[12;"),
    PAYLOAD("C1 as UTF-8", "\xC2\x9B"
                           "2J\xC2\x9D"
                           "0;t\xC2\x9C\xC2\x90q\xC2\x9C\xC2\x85\xC2\x84\xC2\x8D"),
    PAYLOAD("C1 as bytes", "\x9B"
                           "2J\x9D"
                           "0;t\x9C\x90q\x9C\x85"),
    PAYLOAD("bidi", "\xE2\x80\xAE"
                    "evil\xE2\x80\xAC\xE2\x81\xA6x\xE2\x81\xA9\xE2\x80\x8F\xD8\x9C\xD7\xA9\xD7\x9C"),
    PAYLOAD("zero width", "a\xE2\x80\x8B"
                          "b\xE2\x80\x8D"
                          "c\xEF\xBB\xBF"
                          "d\xE2\x81\xA0"
                          "e\xC2\xAD"
                          "f\xF3\xA0\x81\x81"),
    PAYLOAD("leading marks", "\xCC\x81\xCC\x82x\xE2\x80\x8D"),
    PAYLOAD(
        "zalgo",
        "Z\xCC\x81\xCC\x82\xCC\x83\xCC\x84\xCC\x85\xCC\x86\xCC\x87\xCC\x88\xCC\x89\xCC\x8A\xCC\x8B\xCC\x8C"),
    PAYLOAD("family", "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7\xEF\xB8\x8F"
                      "\xF0\x9F\x8F\xBD"),
    PAYLOAD("wide", "\xE6\x88\x91\xE7\x9A\x84\xE7\x9B\x92\xE5\xAD\x90\xEF\xBC\xA1\xEF\xBC\xA2\xEA\xB0\x80\xE1"
                    "\x84\x80\xE1\x85\xA1"),
    PAYLOAD("flags and keycaps", "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA 1\xEF\xB8\x8F\xE2\x83\xA3"),
    PAYLOAD("malformed", "\xC3(\xE2\x82\xF0\x9F\x98\xED\xA0\x80\xC0\xAF\xF4\x90\x80\x80\xFF\xFE\x80"),
    PAYLOAD("noncharacters",
            "\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD\xF4\x8F\xBF\xBF\xEE\x80\x80\xF3\xB0\x80\x80"),
    PAYLOAD("formats", "%s%n%99999d%.*s {{}} $(x) `x`"),
    PAYLOAD("markup of our own", "#heading\ttab\n#another"),
    PAYLOAD("JSON", "Tool: {\"a\":\"\\u001b[2J\\u009b2J\\u202e\\u0000\",\"\\u0007k\\u200b\":[1,{\"x\":null,"
                    "\"\xE6\x88\x91\":\"\xCC\x81\xCC\x81\"}],\"n\":1e300} \\u001b"),
    PAYLOAD("a tool call", "> Bash  x\n| {\"a\":1}\nTodoWrite: {\"b\":[1,2]}\nmore"),
    PAYLOAD("nothing", ""),
    PAYLOAD("blanks", "                                                              "),
};

enum { PAYLOADS = sizeof payloads / sizeof payloads[0] };

/* ---- documents ---- */

/* A JSON string of these bytes: what JSON must escape is escaped, the rest is sent as it is. */
static void add_string(struct buf *out, const struct payload *payload)
{
    buf_add_byte(out, '"');
    for (size_t i = 0; i < payload->len; i++) {
        unsigned char byte = (unsigned char)payload->bytes[i];
        if (byte < 0x20 || byte == '"' || byte == '\\')
            buf_add_format(out, "\\u%04x", byte);
        else
            buf_add_byte(out, (char)byte);
    }
    buf_add_byte(out, '"');
}

static void add_field(struct buf *out, const char *name, const struct payload *payload)
{
    buf_add_format(out, ",\"%s\":", name);
    add_string(out, payload);
}

static void add_fields(struct buf *out, const char *const *names, const struct payload *payload)
{
    for (; *names != NULL; names++)
        add_field(out, *names, payload);
}

static struct json_element whole(const struct buf *document)
{
    return json_element_whole(document->data, document->len);
}

/* `numbers` is what every number and time says. */
static struct box read_box(const char *id, const struct payload *payload, const char *numbers)
{
    static const char *const texts[] = {"name",     "status",      "size",       "runtime",
                                        "agent",    "model",       "clone_repo", "session_id",
                                        "agent_id", "customer_id", NULL};
    static const char *const figures[] = {"total_input_tokens",
                                          "total_output_tokens",
                                          "total_prompts",
                                          "total_cpu_ns",
                                          "total_compute_cost_usd",
                                          "total_token_cost_usd",
                                          "created_at",
                                          "updated_at",
                                          "last_activity_at",
                                          "expires_at",
                                          NULL};
    struct buf out;
    buf_init(&out, DOCUMENT_MAX);
    buf_add_format(&out, "{\"id\":\"%s\"", id);
    add_fields(&out, texts, payload);
    for (size_t i = 0; figures[i] != NULL; i++)
        buf_add_format(&out, ",\"%s\":%s", figures[i], numbers);
    static const char *const lists[] = {"labels", "enabled_skills"};
    for (size_t i = 0; i < 2; i++) {
        buf_add_format(&out, ",\"%s\":[", lists[i]);
        add_string(&out, payload);
        buf_add_byte(&out, ',');
        add_string(&out, payload);
        buf_add_byte(&out, ']');
    }
    buf_add_text(&out, ",\"network_policy\":{\"mode\":");
    add_string(&out, payload);
    buf_add_text(&out, ",\"allowed_domains\":[");
    add_string(&out, payload);
    buf_add_text(&out, "]},\"ephemeral\":true}");
    struct json_element element = whole(&out);
    struct box box;
    model_read_box(&box, &element);
    buf_done(&out);
    return box;
}

static struct run read_run(const char *id, const char *status, const struct payload *payload,
                           const char *numbers)
{
    static const char *const texts[] = {"prompt",     "model",       "output", "error_message",
                                        "session_id", "schedule_id", NULL};
    static const char *const figures[] = {"input_tokens",
                                          "output_tokens",
                                          "cached_input_tokens",
                                          "cost_usd",
                                          "compute_cost_usd",
                                          "duration_ms",
                                          "cpu_ns",
                                          "memory_peak_bytes",
                                          "created_at",
                                          "completed_at",
                                          NULL};
    struct buf out;
    buf_init(&out, DOCUMENT_MAX);
    buf_add_format(&out, "{\"id\":\"%s\",\"box_id\":\"b\",\"type\":\"agent\",\"status\":\"%s\"", id, status);
    add_fields(&out, texts, payload);
    for (size_t i = 0; figures[i] != NULL; i++)
        buf_add_format(&out, ",\"%s\":%s", figures[i], numbers);
    buf_add_byte(&out, '}');
    struct json_element element = whole(&out);
    struct run run;
    model_read_run(&run, &element);
    buf_done(&out);
    return run;
}

static struct log_line read_line(const char *level, const struct payload *payload, const char *number)
{
    struct buf out;
    buf_init(&out, DOCUMENT_MAX);
    buf_add_format(&out, "{\"timestamp\":%s,\"level\":\"%s\",\"source\":\"agent\"", number, level);
    add_field(&out, "message", payload);
    buf_add_byte(&out, '}');
    struct json_element element = whole(&out);
    struct log_line line;
    model_read_log_line(&line, &element);
    buf_done(&out);
    return line;
}

static struct event *read_snapshot(const char *box_id, const struct payload *payload, const char *numbers)
{
    static const char *const texts[] = {"name", "status", NULL};
    struct buf out;
    buf_init(&out, DOCUMENT_MAX);
    buf_add_format(&out, "{\"id\":\"s\",\"size_bytes\":%s,\"created_at\":%s", numbers, numbers);
    add_fields(&out, texts, payload);
    buf_add_byte(&out, '}');
    struct json_element element = whole(&out);
    struct event *event = world_snapshot(box_id, "s", NULL);
    snapshot_done(&event->snapshots.items[0]);
    model_read_snapshot(&event->snapshots.items[0], &element);
    buf_done(&out);
    return event;
}

/* ---- a hostile world ---- */

static const char id[] = "box-1";

static void infest(struct console *c, const struct payload *payload, const char *numbers)
{
    char *label = inert_label(payload->bytes, payload->len);
    struct event *link = world_link(LINK_OFFLINE, label);
    link->link.next_try_ms = WORLD_NOW + 1000;
    console_event(c, link);
    /* What is no object at all is a row that says so. */
    struct buf junk;
    buf_init(&junk, DOCUMENT_MAX);
    add_string(&junk, payload);
    struct json_element element = whole(&junk);
    struct box boxes[3] = {read_box(id, payload, numbers), read_box("box-2", payload, numbers)};
    model_read_box(&boxes[2], &element);
    console_event(c, world_list(boxes, 3));
    buf_done(&junk);
    struct box deleted = read_box("box-9", payload, numbers);
    console_event(c, world_deleted(&deleted, 1));
    struct run runs[] = {read_run("run-1", "failed", payload, numbers),
                         read_run("run-2", "running", payload, numbers),
                         read_run("run-3", "novelty", payload, numbers)};
    console_event(c, world_runs(id, runs, 3));
    struct log_line lines[] = {read_line("info", payload, numbers), read_line("error", payload, numbers),
                               read_line("odd", payload, numbers)};
    console_event(c, world_logs(id, LOG_JOIN_RESET, lines, 3));
    console_event(c, read_snapshot(id, payload, numbers));
    app_select(&c->app, id);
    free(label);
}

/* What a job brings; its text is made inert by the stream's decoder, as here. */
static void infest_job(struct console *c, const struct payload *payload)
{
    jobs_add(&c->app.jobs, 77, REQUEST_RUN, id,
             "operator's \xE6\x88\x91\xE6\x88\x91\xE6\x88\x91\xE6\x88\x91\xE6\x88\x91"
             "\xE6\x88\x91\xE6\x88\x91\xE6\x88\x91\xE6\x88\x91\xE6\x88\x91\xE6\x88\x91\xE6\x88\x91\xE6\x88"
             "\x91 words",
             WORLD_WALL, WORLD_NOW);
    static const enum run_item_kind kinds[] = {RUN_ITEM_TEXT,        RUN_ITEM_THINKING, RUN_ITEM_TOOL,
                                               RUN_ITEM_TOOL_RESULT, RUN_ITEM_OTHER,    RUN_ITEM_ERROR};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        char *text = inert_block(payload->bytes, payload->len, MEGABYTE);
        struct event *event = world_item(77, kinds[i], text);
        event->run.name = inert_label(payload->bytes, payload->len);
        event->run.summary = inert_label(payload->bytes, payload->len);
        free(text);
        console_event(c, event);
    }
    char *label = inert_label(payload->bytes, payload->len);
    console_event(c, world_progress(77, label));
    app_note(&c->app, "%s", label);
    app_complain(&c->app, "%s%s", label, label);
    free(label);
}

/* ---- all that can be shown ---- */

/* Keys that lead from the list to a picture; the Escapes after it lead back. */
static const char *const tours[] = {
    "1 i",           "1 i G",
    "1 r",           "1 r Enter",
    "1 r G Enter",   "1 l",
    "1 l w",         "1 l t t t",
    "1 l g",         "1 l G $",
    "1 ]",           "1 l e E n N",
    "1 ?",           "1 :",
    "1 x",           "1 D",
    "1 P",           "1 S",
    "1 N",           "1 t",
    "1 t",           "1 z",
    "1 l z",         "1 !",
    "1 T",           "1 a",
    "1 c",           "1 /",
    "1 Q",           "1 o O A",
    "1 @",           "1 @ t w Space Enter",
    "1 M",           "1 L",
    "1 L k o H h H", "1 l W u F",
    "1 l k Enter",   "1 l k Enter w Enter",
    "1 l J",         "1 l k k F k Enter F",
    "1 l k m '",     "1 l *",
    "1 l Ctrl-s",    "1 L k Enter",
    "1 L k + w",     "1 L m '",
    "1 L J",         "1 L *",
    "1 l v k y",     "1 L v k y",
};

enum { TOURS = sizeof tours / sizeof tours[0] };

static void go(struct console *c, size_t tour)
{
    console_keys(c, tours[tour]);
    if (c->app.overlays != NULL)
        console_keys(c, "Down Tab");
    while (c->app.overlays != NULL)
        console_keys(c, "Escape");
    app_show(&c->app, VIEW_COMMAND);
    console_draw(c);
}

static void tour_of(const struct payload *payload, int rows, int cols, const char *numbers)
{
    struct console *c = console_new(rows, cols);
    infest(c, payload, numbers);
    infest_job(c, payload);
    console_draw(c);
    for (size_t tour = 0; tour < TOURS; tour++)
        go(c, tour);
    console_event(c, world_gone(id));
    console_keys(c, "1 i l r");
    console_free(c);
}

static void test_payloads_in_every_view(void **state)
{
    (void)state;
    static const int sizes[][2] = {{24, 80}, {50, 160}, {15, 50}};
    for (size_t i = 0; i < PAYLOADS; i++)
        tour_of(&payloads[i], sizes[i % 3][0], sizes[i % 3][1], i % 2 ? "1771845600" : "1771845600000");
}

static void test_numbers_of_every_size(void **state)
{
    (void)state;
    static const char *const numbers[] = {"0",
                                          "-1",
                                          "1e300",
                                          "-1e300",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "99999999999999999999999999",
                                          "0.0000001",
                                          "null",
                                          "\"soon\"",
                                          "[]",
                                          "1e999"};
    struct payload plain = PAYLOAD("plain", "plain");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        tour_of(&plain, i % 2 ? 50 : 24, i % 2 ? 160 : 80, numbers[i]);
}

/* A megabyte in one line, and more than any cap in every field, of the cheapest and of the dearest kinds. */
static void test_megabytes(void **state)
{
    (void)state;
    static const char *const units[] = {"x", "\xE6\x88\x91", "\033[31m", "\xCC\x81"};
    char *bytes = mem_alloc(MEGABYTE);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t unit = strlen(units[i]), len = 0;
        while (len + unit <= MEGABYTE) {
            memcpy(bytes + len, units[i], unit);
            len += unit;
        }
        struct payload huge = {"huge", bytes, len};
        struct console *c = console_new(24, 80);
        infest(c, &(struct payload){"large", bytes, 32000 - 32000 % unit}, "1771845600");
        struct log_line line = read_line("error", &huge, "1771845600");
        console_event(c, world_logs(id, LOG_JOIN_APPEND, &line, 1));
        infest_job(c, &huge);
        console_keys(c, "1 i r Enter q l w G g + J Escape F m ' Escape L g w + J Escape 1 D Escape Q Escape");
        console_free(c);
    }
    free(bytes);
}

/* ---- what leaves the console ---- */

/* Text and newlines, and no byte that a terminal would obey. */
static void expect_inert_file(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t count = 0;
    for (int byte, before = 0; (byte = fgetc(file)) != EOF; before = byte, count++) {
        bool control = (byte < 0x20 && byte != '\n') || byte == 0x7F;
        bool c1 = before == 0xC2 && byte >= 0x80 && byte < 0xA0;
        if (control || c1)
            fail_msg("byte %zu of what was saved is %02x after %02x", count, byte, before);
    }
    fclose(file);
    assert_true(count > 0);
    assert_int_equal(unlink(path), 0);
}

static void take_page(void *user, const char *path)
{
    size_t *pages = (size_t *)((struct console *)user)->key; /* the test types no key */
    ++*pages;
    expect_inert_file(path);
}

static void test_what_is_saved_and_paged(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_hostile.XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out", folder);
    static const char *const menus[] = {"1 l Ctrl-s s Ctrl-u", "1 l Ctrl-s S Ctrl-u", "1 A L Ctrl-s a Ctrl-u",
                                        "1 L Ctrl-s A Ctrl-u"};
    for (size_t i = 0; i < PAYLOADS; i++) {
        struct console *c = console_new(24, 80);
        c->app.options.page = take_page;
        infest(c, &payloads[i], "1771845600");
        for (size_t k = 0; k < sizeof menus / sizeof menus[0]; k++) {
            console_keys(c, menus[k]);
            console_type(c, path);
            console_keys(c, "Enter");
            expect_inert_file(path);
        }
        console_keys(c, "1 l | L |");
        assert_int_equal(*(size_t *)c->key, 2);
        console_free(c);
    }
    assert_int_equal(rmdir(folder), 0);
}

/* ---- every size ---- */

static void test_every_size(void **state)
{
    (void)state;
    enum { ROWS = 60, COLS = 200, STEP = 13 };
    struct console *c = console_new(24, 80);
    console_fill(c);
    struct payload wide = payloads[21];
    struct box odd = read_box("box-odd", &wide, "1771845600");
    console_event(c, world_one(odd));
    app_select(&c->app, "deep-fox-10002");
    console_draw(c);
    size_t tour = 0;
    for (int rows = 1; rows <= ROWS; rows++)
        for (int cols = 1 + rows * 5 % STEP; cols <= COLS; cols += STEP) {
            console_resize(c, rows, cols);
            console_draw(c);
            go(c, tour++ % TOURS);
        }
    console_free(c);
}

/* ---- any operator ---- */

/* One thing that happens: mostly keys, sometimes an event, another size, time. Never Ctrl-s, which would
 * write files. */
static void happen(struct console *c)
{
    static const char *const ids[] = {"box-1", "box-2", "deep-fox-10002", "calm-owl-10001"};
    const char *box = ids[rand() % 4];
    const struct payload *payload = &payloads[(size_t)rand() % PAYLOADS];
    struct log_line line;
    struct run run;
    switch (rand() % 40) {
    case 0:
        console_resize(c, 1 + rand() % 60, 1 + rand() % 200);
        break;
    case 1:
        console_wait(c, rand() % 20000);
        break;
    case 2:
        line = read_line("error", payload, "1771845600");
        console_event(c, world_logs(box, (enum log_join)(rand() % 4), &line, 1));
        break;
    case 3:
        run = read_run("run-1", rand() % 2 ? "failed" : "running", payload, "1771845600");
        console_event(c, world_runs(box, &run, 1));
        break;
    case 4:
        console_event(c, rand() % 2 ? world_gone(box) : world_one(read_box(box, payload, "1771845600")));
        break;
    case 5:
        console_event(
            c, world_failed(console_newest(c), REQUEST_EXEC, box, (enum err_kind)(rand() % 15), "because"));
        break;
    case 6:
        if (rand() % 8 == 0)
            console_event(c, world_list(NULL, 0));
        else
            console_fill(c);
        break;
    case 7:
        console_event(c, world_output(console_newest(c), "some\nlines of out"));
        break;
    default:
        if (rand() % 3 == 0) {
            app_key(&c->app, (struct key){.code = 0x20 + (uint32_t)rand() % 0x5F});
        } else {
            struct key key = c->app.keymap.entries[(size_t)rand() % c->app.keymap.count].key;
            if (!key_equal(key, (struct key){'s', KEY_CTRL}))
                app_key(&c->app, key);
        }
    }
}

static void test_any_operator(void **state)
{
    (void)state;
    enum { OPERATORS = 12, STEPS = 600 };
    for (unsigned seed = 1; seed <= OPERATORS; seed++) {
        srand(seed);
        struct console *c = console_new(24, 80);
        console_fill(c);
        for (int step = 0; step < STEPS; step++) {
            happen(c);
            if (rand() % 4 == 0)
                console_draw(c);
        }
        console_free(c);
    }
}

/* The smallest ones, each with everything. */
static void test_the_smallest_sizes(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {1, 200}, {60, 1}, {2, 2}, {5, 20}, {6, 21}, {5, 60}, {20, 20}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct console *c = console_bare(sizes[i][0], sizes[i][1]);
        console_draw(c);
        console_fill(c);
        app_select(&c->app, "deep-fox-10002");
        console_draw(c);
        for (size_t tour = 0; tour < TOURS; tour++)
            go(c, tour);
        console_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_payloads_in_every_view),
        cmocka_unit_test(test_numbers_of_every_size),
        cmocka_unit_test(test_megabytes),
        cmocka_unit_test(test_what_is_saved_and_paged),
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_the_smallest_sizes),
        cmocka_unit_test(test_any_operator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
