/*
 * Transcripts: what the console makes of the lines that a helper sends, in pieces, while the shell goes on
 * and changes its size.
 */
#include "client/shell/transcript.h"

#include "client/base/mem.h"
#include "tests/support/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COLS = 12, COLS_MAX = 40 };

/* A cell for each character; '#' is a wide one with its tail. Returns how many. */
static int to_cells(const char *text, struct cell *cells)
{
    int count = 0;
    for (; *text != '\0'; text++) {
        bool wide = *text == '#';
        cells[count++] = (struct cell){.ch = wide ? 0x4E2D : (unsigned char)*text};
        if (wide)
            cells[count++] = (struct cell){.ch = CELL_WIDE_TAIL};
    }
    return count;
}

/* Adds an answer with the given texts, newest first, each of which goes on from the one above it when it
 * starts with a '+'. */
static bool add_lines(struct transcript *transcript, const struct wire_lines *lines, const char *const *texts)
{
    struct buf out;
    struct wire_writer writer;
    buf_init(&out, 4096);
    wire_lines_begin(&writer, &out, lines);
    for (size_t i = 0; texts[i] != NULL; i++) {
        struct cell cells[COLS_MAX] = {0};
        bool continued = texts[i][0] == '+';
        assert_in_range(to_cells(texts[i] + continued, cells), 0, lines->cols);
        assert_true(wire_lines_add(&writer, cells, lines->cols, continued));
    }
    assert_true(wire_finish(&writer));
    struct wire_lines got;
    struct wire_frame frame = frames_only(&out, WIRE_LINES);
    bool good = wire_get_lines(&frame, &got) && transcript_add(transcript, &got);
    buf_done(&out);
    return good;
}

/* Line `index` (0 the oldest) is the text, '+' before it when it goes on from the one above. */
static void expect_line(const struct transcript *transcript, uint64_t index, const char *text)
{
    struct cell cells[COLS_MAX], wanted[COLS_MAX] = {0};
    bool continued;
    int used = transcript_read(transcript, transcript_first(transcript) + index, cells, &continued);
    assert_int_equal(continued, text[0] == '+');
    assert_int_equal(used, to_cells(text + continued, wanted));
    for (int col = 0; col < transcript_cols(transcript); col++)
        assert_int_equal(cells[col].ch, wanted[col].ch);
}

static uint64_t count_of(const struct transcript *transcript)
{
    return transcript_stop(transcript) - transcript_first(transcript);
}

static void test_grows_backwards(void **state)
{
    (void)state;
    struct transcript *transcript = transcript_new();
    assert_true(transcript_wants(transcript) == UINT64_MAX);
    struct wire_lines lines = {.oldest = 10, .end = 15, .cols = COLS};
    assert_true(add_lines(transcript, &lines, (const char *const[]){"fourteen", "+thirteen", NULL}));
    assert_int_equal(transcript_wants(transcript), 13);
    assert_int_equal(count_of(transcript), 2);
    uint64_t stop = transcript_stop(transcript);
    assert_false(transcript_complete(transcript));
    lines.end = 13;
    lines.oldest = 11; /* one fell off meanwhile */
    assert_true(add_lines(transcript, &lines, (const char *const[]){"twelve", "eleven", NULL}));
    assert_true(transcript_complete(transcript));
    assert_int_equal(transcript_stop(transcript), stop);
    assert_int_equal(count_of(transcript), 4);
    expect_line(transcript, 0, "eleven");
    expect_line(transcript, 1, "twelve");
    expect_line(transcript, 2, "+thirteen");
    expect_line(transcript, 3, "fourteen");
    transcript_free(transcript);
}

static void test_judges_answers(void **state)
{
    (void)state;
    const char *const texts[] = {"x", NULL};
    struct transcript *transcript = transcript_new();
    struct wire_lines lines = {.oldest = 10, .end = 15, .cols = COLS};
    assert_true(add_lines(transcript, &lines, texts));
    assert_false(add_lines(transcript, &lines, texts)); /* the same once more */
    lines.end = 13;
    assert_false(add_lines(transcript, &lines, texts)); /* a gap */
    lines.end = 14;
    lines.alternate = true; /* a program took the screen: what is there stays */
    assert_true(add_lines(transcript, &lines, texts));
    assert_true(transcript_complete(transcript));
    assert_int_equal(count_of(transcript), 1);
    lines.alternate = false;
    assert_false(add_lines(transcript, &lines, texts)); /* nobody asked */
    transcript_free(transcript);
}

/* The lines that come after a resize are numbered anew; the transcript keeps its width. */
static void test_a_wider_shell(void **state)
{
    (void)state;
    struct transcript *transcript = transcript_new();
    struct wire_lines lines = {.oldest = 0, .end = 9, .cols = COLS};
    assert_true(add_lines(transcript, &lines, (const char *const[]){"newest", NULL}));
    lines.end = 5;
    lines.cols = 30;
    assert_true(add_lines(transcript, &lines,
                          (const char *const[]){"0123456789abcdefghijklmnop", "+short", "exactly---12",
                                                "eleven-----#wide", "", NULL}));
    assert_true(transcript_complete(transcript));
    assert_int_equal(transcript_cols(transcript), COLS);
    assert_int_equal(count_of(transcript), 9);
    expect_line(transcript, 0, "");
    expect_line(transcript, 1, "eleven-----");
    expect_line(transcript, 2, "+#wide");
    expect_line(transcript, 3, "exactly---12");
    expect_line(transcript, 4, "+short");
    expect_line(transcript, 5, "0123456789ab");
    expect_line(transcript, 6, "+cdefghijklmn");
    expect_line(transcript, 7, "+op");
    expect_line(transcript, 8, "newest");
    transcript_free(transcript);
}

static void test_a_narrower_shell(void **state)
{
    (void)state;
    struct transcript *transcript = transcript_new();
    struct wire_lines lines = {.oldest = 0, .end = 3, .cols = COLS};
    assert_true(add_lines(transcript, &lines, (const char *const[]){"newest", NULL}));
    lines.end = 4; /* more rows than there were */
    lines.cols = 4;
    assert_true(add_lines(transcript, &lines, (const char *const[]){"+gh", "+cdef", "ab#", "old", NULL}));
    assert_true(transcript_complete(transcript));
    assert_int_equal(count_of(transcript), 5);
    expect_line(transcript, 0, "old");
    expect_line(transcript, 1, "ab#");
    expect_line(transcript, 2, "+cdef");
    expect_line(transcript, 3, "+gh");
    transcript_free(transcript);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_backwards),
        cmocka_unit_test(test_judges_answers),
        cmocka_unit_test(test_a_wider_shell),
        cmocka_unit_test(test_a_narrower_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
