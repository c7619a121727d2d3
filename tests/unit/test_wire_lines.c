/* Lines of text on their way to a transcript: the frames. */
#include "client/shell/wire.h"

#include "client/base/mem.h"
#include "tests/support/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COLS = 12 };

/* A frame with the given texts, newest first, each of which goes on from the one above it when it starts with
 * a '+'. */
static void put_lines(struct buf *out, const struct wire_lines *lines, const char *const *texts)
{
    struct wire_writer writer;
    wire_lines_begin(&writer, out, lines);
    for (size_t i = 0; texts[i] != NULL; i++) {
        struct cell cells[COLS] = {0};
        for (int col = 0; texts[i][col] != '\0'; col++)
            cells[col].ch = (unsigned char)texts[i][col];
        assert_true(wire_lines_add(&writer, cells, COLS, texts[i][0] == '+'));
    }
    assert_true(wire_finish(&writer));
}

static void carries_lines(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    struct wire_lines lines = {.ticket = 5, .oldest = 40, .end = 43, .cols = COLS, .alternate = true}, got;
    const char *const texts[] = {"newest", "+wrapped", "", NULL};
    put_lines(&out, &lines, texts);
    struct wire_frame frame = frames_only(&out, WIRE_LINES);
    assert_true(wire_get_lines(&frame, &got));
    assert_int_equal(got.ticket, 5);
    assert_int_equal(got.oldest, 40);
    assert_int_equal(got.end, 43);
    assert_int_equal(got.cols, COLS);
    assert_true(got.alternate);
    assert_int_equal(got.count, 3);
    const uint8_t *at = got.rows;
    for (size_t i = 0; i < 3; i++) {
        struct cell cells[COLS];
        int used;
        bool continued;
        size_t took = wire_line_read(at, got.len - (size_t)(at - got.rows), cells, COLS, &used, &continued);
        assert_true(took > 0);
        at += took;
        assert_int_equal(used, strlen(texts[i]));
        assert_int_equal(continued, texts[i][0] == '+');
        for (int col = 0; col < COLS; col++)
            assert_int_equal(cells[col].ch, col < used ? (unsigned char)texts[i][col] : 0);
    }
    assert_ptr_equal(at, got.rows + got.len);
    buf_done(&out);
}

static void refuses_wrong_lines(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 4096);
    struct wire_lines got;
    struct wire_lines crowded = {.oldest = 9, .end = 10, .cols = COLS};
    put_lines(&out, &crowded, (const char *const[]){"a", "b", NULL}); /* two lines where one can be */
    struct wire_frame frame = frames_only(&out, WIRE_LINES);
    assert_false(wire_get_lines(&frame, &got));

    buf_clear(&out);
    struct wire_lines lines = {.oldest = 0, .end = 2, .cols = COLS};
    put_lines(&out, &lines, (const char *const[]){NULL}); /* none, though there are some */
    frame = frames_only(&out, WIRE_LINES);
    assert_false(wire_get_lines(&frame, &got));

    buf_clear(&out);
    put_lines(&out, &lines, (const char *const[]){"ab", "cd", NULL});
    frame = frames_only(&out, WIRE_LINES);
    assert_true(wire_get_lines(&frame, &got));
    size_t first_line = frame.len - got.len + 4;
    for (size_t cut = 1; cut < frame.len; cut++) { /* at no cut but between two lines */
        struct wire_frame shorter = frame;
        shorter.len -= cut;
        assert_int_equal(wire_get_lines(&shorter, &got), shorter.len == first_line);
    }
    out.data[WIRE_HEAD + 4] = 3; /* the oldest comes after the newest */
    frame = frames_only(&out, WIRE_LINES);
    assert_false(wire_get_lines(&frame, &got));
    buf_done(&out);
}

static void bounds_an_answer(void **state)
{
    (void)state;
    enum { WIDE = 1000 };
    struct buf out;
    struct wire_writer writer;
    struct wire_lines lines = {.end = 100000, .cols = WIDE}, got;
    struct cell *cells = mem_zalloc(WIDE, sizeof *cells);
    for (int col = 0; col < WIDE; col++)
        cells[col].ch = 'x';
    buf_init(&out, 4 << 20);
    wire_lines_begin(&writer, &out, &lines);
    uint32_t count = 0;
    while (count < 100000 && wire_lines_add(&writer, cells, WIDE, false))
        count++;
    assert_in_range(count, 20, 70);
    assert_true(wire_finish(&writer));
    struct wire_frame frame = frames_only(&out, WIRE_LINES);
    assert_true(frame.len <= WIRE_LINES_BYTES);
    assert_true(wire_get_lines(&frame, &got));
    assert_int_equal(got.count, count);
    free(cells);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_lines),
        cmocka_unit_test(refuses_wrong_lines),
        cmocka_unit_test(bounds_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
