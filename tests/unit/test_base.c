/* The ground floor: buffers with caps, UTF-8, widths, errors, the queue, and a log that keeps secrets. */
#include "client/base/buf.h"
#include "client/base/err.h"
#include "client/base/log.h"
#include "client/base/mem.h"
#include "client/base/queue.h"
#include "client/base/text.h"
#include "client/base/utf8.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void a_buffer_keeps_its_cap(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    assert_string_equal(buf_text(&buf), "");
    assert_true(buf_add_text(&buf, "12345"));
    assert_true(buf_add(&buf, "", 0));
    assert_false(buf_add_text(&buf, "678901"));
    assert_string_equal(buf_text(&buf), "12345");
    assert_false(buf_add_format(&buf, "%d", 123456));
    assert_true(buf_add_format(&buf, "%d", 67890));
    assert_string_equal(buf_text(&buf), "1234567890");
    assert_false(buf_add_byte(&buf, 'x'));
    assert_false(buf_add(&buf, "x", SIZE_MAX));
    buf_drop(&buf, 4);
    assert_string_equal(buf_text(&buf), "567890");
    buf_drop(&buf, 100);
    assert_int_equal(buf.len, 0);
    assert_true(buf_add(&buf, "a\0b", 3));
    size_t len;
    char *taken = buf_take(&buf, &len);
    assert_int_equal(len, 3);
    assert_memory_equal(taken, "a\0b", 4);
    free(taken);
    taken = buf_take(&buf, NULL);
    assert_string_equal(taken, "");
    free(taken);
    buf_clear(&buf);
    buf_done(&buf);
    buf_done(&buf);
    buf_init(&buf, 0);
    assert_false(buf_add_byte(&buf, 'x'));
    assert_true(buf_add(&buf, NULL, 0));
    buf_done(&buf);
}

struct decode_case {
    const char *bytes;
    uint32_t want[8]; /* characters, 0-terminated */
};

/* Unicode 15, 3.9: the table of well-formed sequences at its edges, and tables 3-8 to 3-11 for the others. */
static const struct decode_case decodes[] = {
    {"A", {'A'}},
    {"\x7F", {0x7F}},
    {"\xC2\x80", {0x80}},
    {"\xDF\xBF", {0x7FF}},
    {"\xE0\xA0\x80", {0x800}},
    {"\xED\x9F\xBF", {0xD7FF}},
    {"\xEE\x80\x80", {0xE000}},
    {"\xEF\xBF\xBD", {0xFFFD}},
    {"\xEF\xBF\xBF", {0xFFFF}},
    {"\xF0\x90\x80\x80", {0x10000}},
    {"\xF4\x8F\xBF\xBF", {0x10FFFF}},
    {"\xC0\xAF\xE0\x80\xBF\xF0\x81", {0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD}},
    {"\xED\xA0\x80\xED\xBF\xBF\x41", {0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 'A'}},
    {"\xF4\x91\x92\x93\xFF\x41\x80", {0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 'A', 0xFFFD}},
    {"\xE1\x80\xE2\xF0\x91\x92\xF1", {0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD}},
    {"\xF1\xBF\x41", {0xFFFD, 'A'}},
    {"\xE2\x82", {0xFFFD}},
    {"\xF0\x9F\x9A", {0xFFFD}},
    {"\x80\xBF", {0xFFFD, 0xFFFD}},
    {"\xF8\x88\x80", {0xFFFD, 0xFFFD, 0xFFFD}},
};

static void utf8_is_decoded_by_maximal_subparts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(decodes); i++) {
        const char *bytes = decodes[i].bytes;
        size_t len = strlen(bytes), at = 0, count = 0;
        while (at < len) {
            uint32_t cp;
            at += utf8_decode_final(bytes + at, len - at, &cp);
            assert_int_equal(cp, decodes[i].want[count++]);
        }
        assert_int_equal(at, len);
        assert_int_equal(decodes[i].want[count], 0);
    }
}

static void a_cut_character_waits_for_more(void **state)
{
    (void)state;
    static const char *const whole[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xF0\x9F\x9A\x80",
                                        "\xF4\x8F\xBF\xBF"};
    uint32_t cp;
    for (size_t i = 0; i < COUNT(whole); i++) {
        size_t len = strlen(whole[i]);
        for (size_t cut = 1; cut < len; cut++)
            assert_int_equal(utf8_decode(whole[i], cut, &cp), 0);
        assert_int_equal(utf8_decode(whole[i], len, &cp), len);
    }
    assert_int_equal(utf8_decode("\xE0\x80", 2, &cp), 1); /* cannot become valid any more */
    assert_int_equal(utf8_decode("\xF5", 1, &cp), 1);
}

static void every_character_survives_the_round_trip(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x110000; cp++) {
        char bytes[UTF8_MAX];
        size_t len = utf8_encode(cp, bytes);
        bool scalar = cp < 0xD800 || (cp > 0xDFFF && cp <= 0x10FFFF);
        uint32_t back;
        if (utf8_decode(bytes, len, &back) != len || back != (scalar ? cp : UTF8_REPLACEMENT))
            fail_msg("U+%04X", (unsigned)cp);
        if (!utf8_valid(bytes, len))
            fail_msg("U+%04X is not valid", (unsigned)cp);
    }
}

static void validity_is_that_of_unicode(void **state)
{
    (void)state;
    assert_true(utf8_valid("", 0));
    assert_true(utf8_valid("\xEF\xBF\xBD", 3));
    for (size_t i = 0; i < COUNT(decodes); i++) {
        bool want = true;
        for (size_t k = 0; decodes[i].want[k] != 0; k++)
            want = want && (decodes[i].want[k] != 0xFFFD || strcmp(decodes[i].bytes, "\xEF\xBF\xBD") == 0);
        assert_int_equal(utf8_valid(decodes[i].bytes, strlen(decodes[i].bytes)), want);
    }
}

static void widths_are_columns(void **state)
{
    (void)state;
    static const struct {
        uint32_t cp;
        int width;
    } cases[] = {
        {0, -1},     {'\n', -1},  {0x1F, -1},   {' ', 1},     {'~', 1},     {0x7F, -1},   {0x9F, -1},
        {0xA0, 1},   {0xAD, 0},   {0xE9, 1},    {0x300, 0},   {0x36F, 0},   {0x370, 1},   {0x1100, 2},
        {0x1160, 0}, {0x200B, 0}, {0x200D, 0},  {0x2026, 1},  {0x231A, 2},  {0x2500, 1},  {0x2764, 1},
        {0x3042, 2}, {0x4E00, 2}, {0xAC00, 2},  {0xD7A3, 2},  {0xE000, 1},  {0xFE0F, 0},  {0xFF01, 2},
        {0xFF61, 1}, {0xFFFD, 1}, {0x1F680, 2}, {0x1F1E6, 1}, {0x20000, 2}, {0xE0100, 0}, {0x10FFFF, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (utf8_width(cases[i].cp) != cases[i].width)
            fail_msg("U+%04X has width %d", (unsigned)cases[i].cp, utf8_width(cases[i].cp));
    assert_int_equal(utf8_columns("ab日本e\u0301\U0001F680", strlen("ab日本e\u0301\U0001F680")), 9);
}

static void text_is_fitted_between_characters(void **state)
{
    (void)state;
    static const char text[] = "a日e\u0301x";
    static const struct {
        size_t columns, bytes, used;
    } cases[] = {{0, 0, 0}, {1, 1, 1}, {2, 1, 1}, {3, 4, 3}, {4, 7, 4}, {5, 8, 5}, {99, 8, 5}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t used;
        assert_int_equal(utf8_fit(text, strlen(text), cases[i].columns, &used), cases[i].bytes);
        assert_int_equal(used, cases[i].used);
    }
    assert_int_equal(utf8_fit("", 0, 5, NULL), 0);
}

static void an_error_is_cut_between_characters(void **state)
{
    (void)state;
    char longer[400];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(longer, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof longer; i += 3)
            memcpy(longer + i, "\xE6\x97\xA5\0", 4);
        struct err err;
        assert_false(err_set(&err, ERR_RATE, 429, "%s", longer));
        assert_int_equal(err.kind, ERR_RATE);
        assert_int_equal(err.code, 429);
        assert_true(utf8_valid(err.text, strlen(err.text)));
        assert_true(strlen(err.text) > sizeof err.text - 8);
        err_clear(&err);
        assert_int_equal(err.kind, ERR_NONE);
    }
    assert_false(err_set(NULL, ERR_LOCAL, 0, "nobody listens"));
    err_clear(NULL);
}

static void arrays_grow_and_keep_what_they_hold(void **state)
{
    (void)state;
    size_t room = 0;
    int *numbers = NULL;
    for (int i = 0; i < 1000; i++) {
        numbers = mem_grow(numbers, &room, (size_t)i + 1, sizeof *numbers);
        assert_true(room > (size_t)i);
        numbers[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    free(numbers);
    assert_null(mem_dup(NULL));
    char *text = mem_format("%s-%d", "a", 5);
    assert_string_equal(text, "a-5");
    free(text);
}

static void a_copied_text_stands_alone(void **state)
{
    (void)state;
    struct text_span span = {.start = 1, .len = 1, .style = {.fg = color_index(1)}};
    char bytes[] = "abc";
    struct text text = {.bytes = bytes, .len = 3, .span_count = 1, .spans = &span};
    struct text copy;
    text_copy(&copy, &text);
    span.len = 9;
    assert_string_equal(copy.bytes, "abc");
    assert_int_equal(copy.spans[0].len, 1);
    text_done(&copy);
    text_done(&copy);
}

enum { QUEUE_ITEMS = 20000 };

static void *push_numbers(void *argument)
{
    static int numbers[QUEUE_ITEMS];
    for (int i = 0; i < QUEUE_ITEMS; i++) {
        numbers[i] = i;
        queue_push(argument, &numbers[i]);
    }
    return NULL;
}

static void a_queue_keeps_the_order(void **state)
{
    (void)state;
    struct queue *queue = queue_new();
    int item = 0;
    assert_null(queue_pop(queue));
    assert_true(queue_push(queue, &item));
    assert_false(queue_push(queue, &item));
    assert_int_equal(queue_count(queue), 2);
    assert_ptr_equal(queue_pop(queue), &item);
    assert_ptr_equal(queue_pop(queue), &item);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, push_numbers, queue), 0);
    for (int next = 0; next < QUEUE_ITEMS;) {
        int *number = queue_pop(queue);
        if (number == NULL)
            continue;
        assert_int_equal(*number, next);
        next++;
    }
    pthread_join(thread, NULL);
    assert_int_equal(queue_count(queue), 0);
    for (int i = 0; i < 200; i++)
        queue_push(queue, mem_format("%d", i));
    queue_free(queue, free);
    queue_free(NULL, free);
}

static char *read_file(const char *path)
{
    static char content[65536];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(content, 1, sizeof content - 1, file);
    fclose(file);
    content[len] = '\0';
    return content;
}

static void a_log_shows_no_secret(void **state)
{
    (void)state;
    log_hide_secret("short");
    log_hide_secret("box_5ecret/key+1");
    static const struct {
        const char *text;
        const char *want;
    } cases[] = {
        {"", ""},
        {"nothing here", "nothing here"},
        {"X-Box-Api-Key: box_5ecret/key+1.", "X-Box-Api-Key: ***."},
        {"?key=box_5ecret%2Fkey%2B1&x", "?key=***&x"},
        {"626f785f3565637265742f6b65792b31", "***"},
        {"box_5ecret/key+", "box_5ecret/key+"},
        {"box_5ecret/key+1box_5ecret/key+1", "******"},
        {"short", "short"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *redacted = log_redact(cases[i].text, strlen(cases[i].text));
        assert_string_equal(redacted, cases[i].want);
        free(redacted);
    }
    char *base64 = log_redact("Ym94XzVlY3JldC9rZXkrMQ==", 24);
    assert_null(strstr(base64, "Ym94XzVlY3JldC9r"));
    free(base64);
    log_close();
}

/* In other text the base64 of a secret starts at any of three places and in hex at any case; JSON escapes
 * slashes. */
static void a_secret_is_found_in_each_of_its_forms(void **state)
{
    (void)state;
    log_hide_secret("box_5ecret/key\"1");
    static const char *const forms[] = {
        "{\"k\":\"box_5ecret/key\\\"1\"}",  "{\"k\":\"box_5ecret\\/key\\\"1\"}",
        "626F785F3565637265742F6B65792231", "?key=box_5ecret%2fkey%221",
        "Ym94XzVlY3JldC9rZXkiMQ==", /* base64 of the secret alone */
        "OmJveF81ZWNyZXQva2V5IjE=", /* after one byte */
        "YTpib3hfNWVjcmV0L2tleSIx", /* after two */
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        char *redacted = log_redact(forms[i], strlen(forms[i]));
        if (strstr(redacted, "***") == NULL)
            fail_msg("not hidden: %s", redacted);
        free(redacted);
    }
    log_close();
}

static void the_log_is_private_and_plain(void **state)
{
    (void)state;
    char folder[] = "/tmp/boxtop-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = mem_format("%s/log", folder);
    struct err err;
    assert_false(log_on());
    log_line("test", "goes nowhere");
    assert_true(log_open(path, &err));
    assert_true(log_on());
    log_hide_secret("box_5ecret_key");
    log_line("test", "key %s, number %d, \033[31m\n", "box_5ecret_key", 7);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    const char *content = read_file(path);
    assert_non_null(strstr(content, " test: key ***, number 7, \\x1b[31m\\x0a\n"));
    log_close();
    assert_false(log_on());

    char *link = mem_format("%s/link", folder);
    assert_int_equal(symlink(path, link), 0);
    assert_false(log_open(link, &err));
    assert_int_equal(err.kind, ERR_LOCAL);
    unlink(link);
    unlink(path);
    rmdir(folder);
    free(link);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_keeps_its_cap),
        cmocka_unit_test(utf8_is_decoded_by_maximal_subparts),
        cmocka_unit_test(a_cut_character_waits_for_more),
        cmocka_unit_test(every_character_survives_the_round_trip),
        cmocka_unit_test(validity_is_that_of_unicode),
        cmocka_unit_test(widths_are_columns),
        cmocka_unit_test(text_is_fitted_between_characters),
        cmocka_unit_test(an_error_is_cut_between_characters),
        cmocka_unit_test(arrays_grow_and_keep_what_they_hold),
        cmocka_unit_test(a_copied_text_stands_alone),
        cmocka_unit_test(a_queue_keeps_the_order),
        cmocka_unit_test(a_log_shows_no_secret),
        cmocka_unit_test(a_secret_is_found_in_each_of_its_forms),
        cmocka_unit_test(the_log_is_private_and_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
