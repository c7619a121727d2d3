/*
 * Recorded sessions of real programs (tests/sessions, made by tests/tools/record.c), replayed whole, in
 * pieces of every size and with a cut at every byte: the screen, its history, the modes and the answers are
 * the same each time. And beside tmux 3.3a: every cell is the same at every shot of every recording. (What
 * tmux and the standards see differently, and these programs do not use, test_emulator_peer lists.)
 */
#include "client/shell/emulator_private.h"
#include "client/base/mem.h"
#include "tests/support/peer.h"
#include "tests/support/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"bash", "zsh",    "vim",  "neovim", "less",    "htop",    "mc",
                                    "tmux", "python", "node", "git",    "gitdiff", "colours", "agent"};

enum {
    NAMES = sizeof names / sizeof names[0],
    SHOTS_MAX = 16,
    RECORDING_MAX = 64 * 1024,
    PIECE_MAX = 16,  /* pieces of every size up to this */
    CUT_EVERY = 256, /* bytes between two cuts in one replay: more than any sequence here has */
    SHORT = 1000,    /* a recording up to this long is also replayed with one cut alone, for each byte */
    SCROLLBACK = 500,
};

struct recording {
    int cols, rows;
    size_t shots[SHOTS_MAX];
    size_t shot_count;
    char *bytes;
    size_t len;
};

static void read_recording(struct recording *recording, const char *name)
{
    *recording = (struct recording){0};
    char *path = mem_format("tests/sessions/%s.rec", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s cannot be read", path);
    char line[256];
    assert_non_null(fgets(line, sizeof line, file));
    char *at = line;
    recording->cols = (int)strtol(at, &at, 10);
    recording->rows = (int)strtol(at, &at, 10);
    while (*at == ' ' && recording->shot_count < SHOTS_MAX)
        recording->shots[recording->shot_count++] = strtoul(at, &at, 10);
    recording->bytes = mem_alloc(RECORDING_MAX + 1);
    recording->len = fread(recording->bytes, 1, RECORDING_MAX + 1, file);
    fclose(file);
    assert_in_range(recording->shot_count, 1, SHOTS_MAX);
    assert_in_range(recording->len, recording->shots[recording->shot_count - 1], RECORDING_MAX);
    free(path);
}

/* --- the same for every cut --- */

/* Everything that can be seen of an emulator. */
static char *all_of(struct emulator *emulator)
{
    struct screen_state state;
    emulator_state(emulator, &state);
    char *history = picture_history(emulator), *screen = picture_styled(emulator);
    struct buf out;
    buf_init(&out, 1 << 20);
    emulator_take_output(emulator, &out, 0);
    char modes[sizeof(struct modes) * 2 + 1];
    for (size_t i = 0; i < sizeof(struct modes); i++)
        snprintf(modes + 2 * i, 3, "%02x", ((const uint8_t *)&emulator->modes)[i]);
    char *all = mem_format("%s\n%s@%d,%d%s shape %d title %s bells %u modes %s answers %s\n", history, screen,
                           state.cursor_row, state.cursor_col, emulator->pending ? " waits" : "",
                           state.cursor_shape, state.title, state.bells, modes, buf_text(&out));
    buf_done(&out);
    free(screen);
    free(history);
    return all;
}

/* Replays with a first piece of `first` bytes and others of `size`. */
static char *replay(const struct recording *recording, size_t first, size_t size, bool quick)
{
    struct emulator *emulator = emulator_new(recording->cols, recording->rows, SCROLLBACK);
    emulator->quick = quick;
    emulator_write(emulator, recording->bytes, first);
    for (size_t at = first; at < recording->len; at += size) {
        size_t left = recording->len - at;
        emulator_write(emulator, recording->bytes + at, left < size ? left : size);
    }
    char *all = all_of(emulator);
    emulator_free(emulator);
    return all;
}

static void expect_replay(const struct recording *recording, const char *name, const char *want, size_t first,
                          size_t size, bool quick)
{
    char *have = replay(recording, first, size, quick);
    if (!picture_equal(have, want))
        fail_msg("%s: not the same with %zu bytes, then pieces of %zu", name, first, size);
    free(have);
}

static void test_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        struct recording recording;
        read_recording(&recording, names[i]);
        char *whole = replay(&recording, recording.len, 1, true);
        expect_replay(&recording, names[i], whole, recording.len, 1, false);
        for (size_t size = 1; size <= PIECE_MAX; size++)
            expect_replay(&recording, names[i], whole, 0, size, true);
        /* Each byte is once the first after a cut, with whole sequences around it. */
        for (size_t first = 1; first <= CUT_EVERY && first < recording.len; first++)
            expect_replay(&recording, names[i], whole, first, CUT_EVERY, true);
        for (size_t first = 1; first < recording.len && recording.len <= SHORT; first++)
            expect_replay(&recording, names[i], whole, first, recording.len, true);
        free(whole);
        free(recording.bytes);
    }
}

/* --- beside tmux --- */

/* Equal to the eye: a cell that was never written is a space. */
static bool same_cell(const struct cell *a, const struct cell *b)
{
    uint32_t one = a->ch == 0 ? ' ' : a->ch, two = b->ch == 0 ? ' ' : b->ch;
    return one == two && memcmp(a->marks, b->marks, sizeof a->marks) == 0 && style_equal(a->style, b->style);
}

static bool is_blank(const struct cell *cell)
{
    return (cell->ch == 0 || cell->ch == ' ') && (cell->style.attr & STYLE_REVERSE) == 0;
}

/* Compares the screens; counts what differs. */
static int compare(const struct emulator *ours, const struct emulator *theirs, const char *name, size_t shot)
{
    struct screen_state one, two;
    emulator_state(ours, &one);
    emulator_state(theirs, &two);
    struct cell *left = mem_zalloc((size_t)one.cols, sizeof *left);
    struct cell *right = mem_zalloc((size_t)one.cols, sizeof *right);
    int wrong = one.cursor_row != two.cursor_row || one.cursor_col != two.cursor_col;
    if (wrong)
        print_error("%s, shot %zu: the cursor is at %d,%d, and in tmux at %d,%d\n", name, shot,
                    one.cursor_row, one.cursor_col, two.cursor_row, two.cursor_col);
    for (int row = 0; row < one.rows; row++) {
        int used = emulator_line(theirs, two.history + (uint64_t)row, right, one.cols, NULL);
        emulator_row(ours, row, left);
        for (int col = 0; col < one.cols; col++) {
            /* Behind what capture-pane printed. */
            bool same = col < used ? same_cell(&left[col], &right[col]) : is_blank(&left[col]);
            if (same)
                continue;
            wrong++;
            print_error("%s, shot %zu, row %d, column %d: U+%04X fg %x bg %x attr %x; tmux U+%04X %x %x %x\n",
                        name, shot, row, col, left[col].ch, left[col].style.fg, left[col].style.bg,
                        left[col].style.attr, right[col].ch, right[col].style.fg, right[col].style.bg,
                        right[col].style.attr);
        }
    }
    free(left);
    free(right);
    return wrong;
}

static void test_as_tmux(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < NAMES; i++) {
        struct recording recording;
        read_recording(&recording, names[i]);
        for (size_t shot = 0; shot < recording.shot_count; shot++) {
            struct emulator *theirs =
                peer_show(*state, recording.bytes, recording.shots[shot], recording.cols, recording.rows);
            struct emulator *ours = emulator_new(recording.cols, recording.rows, SCROLLBACK);
            emulator_write(ours, recording.bytes, recording.shots[shot]);
            wrong += compare(ours, theirs, names[i], shot);
            emulator_free(ours);
            emulator_free(theirs);
        }
        free(recording.bytes);
    }
    assert_int_equal(wrong, 0);
}

static int start_peer(void **state)
{
    *state = peer_new();
    return *state != NULL ? 0 : -1;
}

static int stop_peer(void **state)
{
    peer_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test_setup_teardown(test_as_tmux, start_peer, stop_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
