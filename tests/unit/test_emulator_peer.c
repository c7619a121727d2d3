/*
 * The emulator beside tmux: the same bytes, and the same screen, except where the table here says why not.
 * An example that agrees although it is listed as different fails too.
 */
#include "client/base/mem.h"
#include "tests/support/peer.h"
#include "tests/support/picture.h"
#include "tests/support/sequences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Where tmux 3.3a shows something else, and who is right. A cursor that waits behind the last column is in it
 * here and behind it there: that is not counted as a difference. */
static const struct {
    const char *source, *why;
} differences[] = {
    {"V BS at the last column", "ours: a waiting cursor is on the last column, so BS leaves it (VT220, "
                                "xterm); tmux counts from behind it"},
    {"E 8.3.158 VPA, 8.3.160 VPR", "ours: tmux has no VPR"},
    {"E 8.3.10, 7 CHT CBT", "ours: tmux has no CHT"},
    {"X EL uses the background", "tmux does the same, but capture-pane leaves erased cells at the end out"},
    {"E 8.3.67 IL", "ours: the standard moves the cursor to the line's start, and so does xterm"},
    {"E 8.3.32 DL", "ours: as IL"},
    {"V DECSC keeps a pending wrap", "ours: as xterm and the VT420"},
    {"V LNM", "ours: tmux has no LNM"},
    {"REP after a mark", "ours, as xterm: the base character repeats; tmux repeats nothing"},
    {"V SS2", "ours: tmux has no single shifts"},
    {"V DECSCA, DECSED", "ours: tmux has no protection"},
    {"its other half", "ours, as xterm: half a wide character is blanked; tmux leaves its left half"},
    {"malformed UTF-8", "ours: U+FFFD for each maximal subpart (Unicode 3.9, D93b); tmux drops them"},
    {"X 1048", "ours: tmux has no 1048"},
    {"E 8.3.26 DCH of half a wide character", "ours, as xterm: half a wide character is blanked"},
    {"E 8.3.38 ECH of half a wide character", "ours: as above"},
    {"X ED uses the background", "tmux does the same, but capture-pane leaves it out, as above"},
    {"X IL uses the background", "tmux does the same, but capture-pane leaves it out, as above"},
    {"X a scroll uses the background", "tmux does the same, but capture-pane leaves it out, as above"},
    {"X reverse is not the background", "tmux does the same, but capture-pane leaves it out, as above"},
    {"SGR 48:2 with a colour space and a tolerance", "ours: T.416 13.1.8 has them; tmux takes no colour"},
    {"REP of a wide character",
     "ours, as xterm: ECMA-48 8.3.103 means any graphic character; tmux takes ASCII"},
    {"REP wraps",
     "ours, as xterm: as if the character had been sent again; tmux stops at the end of the row"},
    {"REP in the pen of now",
     "ours: SGR is no graphic character, so the one before it is repeated (8.3.103)"},
    {"V British set", "ours: tmux has line drawing alone"},
    {"V LS2", "ours: tmux has no locking shifts but SO and SI"},
    {"V EL with a waiting cursor", "ours: it waits on the last column, which EL includes (VT220, xterm)"},
    {"a kiss has seven marks", "ours: all of it; tmux has room for 21 bytes"},
    {"a joiner without anything to join", "ours: an emoji does not vanish into a letter before it"},
    {"a joiner does not reach over a control", "ours: what follows CR LF is in the next row"},
    {"letters are not joined", "ours, as xterm: Sinhala and others join letters that have a column each"},
    {"X DECSTR", "ours: tmux has no DECSTR"},
    {"X DECSCNM", "ours: tmux has no DECSCNM"},
};

static bool is_listed(const char *source)
{
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (strcmp(differences[i].source, source) == 0)
            return true;
    }
    return false;
}

static char *tmux_picture(struct peer *peer, const char *bytes)
{
    struct emulator *emulator = peer_show(peer, bytes, strlen(bytes), 10, 4);
    char *picture = picture_styled(emulator);
    struct screen_state state;
    emulator_state(emulator, &state);
    char *all = mem_format("%s@%d,%d", picture, state.cursor_row, state.cursor_col);
    free(picture);
    emulator_free(emulator);
    return all;
}

static void test_as_tmux(void **state)
{
    int wrong = 0;
    for (size_t i = 0; i < sequence_count; i++) {
        char *theirs = tmux_picture(*state, sequences[i].bytes);
        bool same = strcmp(theirs, sequences[i].screen) == 0;
        if (same == is_listed(sequences[i].source)) {
            wrong++;
            print_error("%s: %s\n--- ours\n%s\n--- tmux\n%s\n---\n", sequences[i].source,
                        same ? "listed as different, but equal" : "differs", sequences[i].screen, theirs);
        }
        free(theirs);
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
        cmocka_unit_test(test_as_tmux),
    };
    alarm(120);
    return cmocka_run_group_tests(tests, start_peer, stop_peer);
}
