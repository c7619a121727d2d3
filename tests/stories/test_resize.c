/* A storm of sizes, and the screen it leaves: the one a fresh start would draw. */
#include "tests/support/picture.h"
#include "tests/support/story.h"

#include "client/base/mem.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <cmocka.h>

enum { STORM = 200, AGAIN = 50 };

/* Boxes so old that their ages do not change while somebody looks. */
static int set_up(void **state)
{
    struct story *story = story_new_calm();
    static const char *const ids[] = {"calm-crane-10001", "paused-panda-10002", "third-thrush-10003"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        json_decref(story_asks(story, "POST", "/_boxd/box",
                               json_pack("{ss,s{si,si,si}}", "id", ids[i], "fields", "created_at", 1700000000,
                                         "updated_at", 1700000000, "last_activity_at", 1700000000)));
    *state = story;
    return 0;
}

static int tear_down(void **state)
{
    story_free(*state);
    return 0;
}

/* The same sequence of sizes in each run. */
static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 8;
}

static void storm(struct story *story, unsigned seed)
{
    for (int i = 0; i < STORM; i++) {
        int rows = 1 + (int)(next_random(&seed) % 100), cols = 1 + (int)(next_random(&seed) % 300);
        if (i % 10 == 3)
            rows = 1 + (int)(next_random(&seed) % 6), cols = 1 + (int)(next_random(&seed) % 25);
        if (i % 20 == 7)
            rows = cols = 1;
        if (i % 20 == 11)
            rows = cols = 0;
        pty_resize(story->pty, rows, cols);
        if (i % 7 == 0) /* some sizes are drawn, some pass too quickly */
            story_sees_soon(story, "\x01", 5);
    }
}

/* The screen without its first row, whose right end tells how old the last answer is. */
static char *body_of(struct story *story)
{
    char *all = picture_styled(pty_emulator(story->pty)), *newline = strchr(all, '\n');
    char *body = mem_dup(newline != NULL ? newline + 1 : "");
    free(all);
    return body;
}

struct wanted {
    struct story *story;
    const char *body;
};

static bool has_body(struct pty *pty, void *data)
{
    const struct wanted *wanted = data;
    (void)pty;
    char *now = body_of(wanted->story);
    bool same = strcmp(now, wanted->body) == 0;
    free(now);
    return same;
}

static void expect_body(struct story *story, const char *body)
{
    struct wanted wanted = {story, body};
    if (!pty_try(story->pty, has_body, &wanted, STORY_LIMIT_MS)) {
        char *now = body_of(story);
        picture_equal(now, body);
        free(now);
        fail_msg("the screen is not what a fresh start draws");
    }
}

/* What a fresh start draws at 24x80 once everything has come. */
static char *fresh_body(struct story *story)
{
    story_start(story, &(struct story_start){0});
    story_sees(story, "3 boxes:");
    story_sees(story, "Nothing has been logged yet");
    char *body = body_of(story);
    story_quit(story);
    return body;
}

static void a_storm_over_the_list(void **state)
{
    struct story *story = *state;
    char *fresh = fresh_body(story);
    story_start(story, &(struct story_start){0});
    story_sees(story, "3 boxes:");
    for (unsigned seed = 1; seed <= 3; seed++) {
        storm(story, seed);
        pty_resize(story->pty, 24, 80);
        expect_body(story, fresh);
        story_type(story, "\x0c"); /* and there is nothing that Ctrl-l would repair */
        expect_body(story, fresh);
    }
    story_quit(story);
    free(fresh);
}

static void a_storm_over_a_question(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_selects(story, "calm");
    story_type(story, "D");
    story_sees(story, "Delete this box?");
    char *before = body_of(story);
    storm(story, 4);
    pty_resize(story->pty, 24, 80);
    expect_body(story, before);
    story_answers(story, "Delete this box?", "\x1b");
    story_quit(story);
    assert_int_equal(story_count(story, "DELETE /v2/box/{}"), 0);
    free(before);
}

/* A shell lives through it, and its program knows the last size. */
static void a_storm_over_a_shell(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_selects(story, "calm");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_sees(story, "Ctrl-\\ leaves");
    storm(story, 5);
    pty_resize(story->pty, 30, 90);
    story_sees(story, "Ctrl-\\ leaves");
    story_type(story,
               "clear; until stty size | grep -q '29 90'; do sleep 0.05; done; echo size=$(stty size)\r");
    story_sees(story, "size=29 90");
    story_type(story, "\x1c");
    story_sees(story, "i types again");
    story_quit(story);
}

/* Marks, selection and focus are where they were. */
static void a_size_in_between_changes_nothing(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "3 boxes:");
    story_type(story, "jr");
    story_sees(story, "No runs yet");
    char *before = body_of(story);
    static const struct {
        int rows, cols;
        const char *sees;
    } sizes[] = {{50, 160, "Runs"}, {40, 110, "Runs"}, {15, 50, "No run"}, {4, 18, "3 boxes"}, {1, 1, "3"}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pty_resize(story->pty, sizes[i].rows, sizes[i].cols);
        if (sizes[i].cols > 2)
            story_sees(story, sizes[i].sees);
        pty_resize(story->pty, 24, 80);
        expect_body(story, before);
    }
    story_quit(story);
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_storm_over_the_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_storm_over_a_question, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_storm_over_a_shell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_size_in_between_changes_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("resize", tests, NULL, NULL);
}
