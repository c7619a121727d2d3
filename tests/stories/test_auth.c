/* Keys and beginnings: a wrong key, no key, a key typed hidden, and the ways in which boxtop refuses to
 * start. */
#include "tests/support/story.h"

#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char WRONG_KEY[] = "box_wrong_0123456789abcdef";

static int set_up(void **state)
{
    *state = story_new_calm();
    return 0;
}

static int tear_down(void **state)
{
    story_free(*state);
    return 0;
}

/* Whether these bytes ever went to the terminal, on screen or not. */
static bool was_written(const struct story *story, const char *text)
{
    size_t len;
    const char *bytes = pty_bytes(story->pty, &len);
    return memmem(bytes, len, text, strlen(text)) != NULL;
}

static void a_refused_key_is_a_banner_and_a_new_one_goes_on(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){.key = WRONG_KEY});
    story_sees(story, "KEY REFUSED");
    story_sees(story, "The service refused the API key");
    story_sees(story, ":auth");
    story_type(story, ":auth\r");
    story_sees(story, "Box API key (hidden):");
    story_type(story, STORY_KEY);
    story_type(story, "\r");
    story_answers(story, "Keep the API key?", "n");
    story_sees(story, "2 boxes:");
    story_sees_gone(story, "KEY REFUSED");
    story_quit(story);
    assert_false(was_written(story, STORY_KEY));
    assert_false(was_written(story, WRONG_KEY));
}

/* Nobody hammers the service with a key that it refused. */
static void a_refused_key_is_not_tried_again(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){.key = WRONG_KEY});
    story_sees(story, "KEY REFUSED");
    int64_t before = story_count(story, "GET /v2/box");
    story_type(story, "?");
    story_sees(story, "Esc closes");
    story_type(story, "q");
    story_sees_gone(story, "Esc closes");
    assert_int_equal(story_count(story, "GET /v2/box"), before);
    story_type(story, "Q");
    story_exit(story, 4);
}

static void without_a_key_it_asks_and_keeps(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){.key = ""});
    story_sees(story, "Box API key (hidden):");
    story_type(story, "short\r"); /* not a key */
    story_sees(story, "this is not an API key");
    story_acts(story, "auth");
    story_sees(story, "Box API key (hidden):");
    story_type(story, STORY_KEY "\r");
    story_answers(story, "Keep the API key?", "y");
    story_sees(story, "The API key was kept");
    story_sees(story, "2 boxes:");
    story_quit(story);
    assert_false(was_written(story, STORY_KEY));
    struct stat info;
    char *path = story_path(story, ".config/boxtop/key"), *kept = story_read(path, NULL);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_string_equal(kept, STORY_KEY "\n");
    free(kept);
    free(path);
    story_start(story, &(struct story_start){.key = ""}); /* and it is used */
    story_sees(story, "2 boxes:");
    assert_false(pty_shows(story->pty, "(hidden)"));
    story_quit(story);
}

static void a_key_comes_from_a_command_or_a_file(void **state)
{
    struct story *story = *state;
    story_write(story, "key", STORY_KEY "\n", 0600);
    char *file = story_path(story, "key");
    char *vault =
        mem_format("[profile vault]\nbase_url = %s\napi_key_cmd = echo %s\n", story->service.url, STORY_KEY);
    story_write(story, ".config/boxtop/config", vault, 0600);
    const char *const starts[][3] = {{"--api-key-file", file, NULL}, {"--profile", "vault", NULL}};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        story_start(story, &(struct story_start){.args = starts[i], .key = ""});
        story_sees(story, "2 boxes:");
        story_quit(story);
        assert_false(was_written(story, STORY_KEY));
    }
    free(vault);
    free(file);
}

/* Starts boxtop, which must end at once with this status and sentence, and leave the terminal alone. */
static void refuses(struct story *story, const struct story_start *start, int status, const char *sentence)
{
    struct story_start wide = *start;
    wide.cols = 200;
    story_start(story, &wide);
    story_exit(story, status);
    if (!pty_shows(story->pty, sentence)) {
        char *screen = pty_screen(story->pty);
        fail_msg("not said: %s; but:\n%s", sentence, screen);
    }
    if (was_written(story, "\x1b"))
        fail_msg("the terminal was touched before: %s", sentence);
}

static void bad_starts_are_one_clear_line(void **state)
{
    struct story *story = *state;
    char *file = story_path(story, "key");
    const char *help[] = {"--help", NULL}, *version[] = {"-V", NULL}, *odd[] = {"--frobnicate", NULL},
               *with_file[] = {"--api-key-file", file, NULL}, *rate[] = {"--rate", "0", NULL},
               *two[] = {"one", "two", NULL}, *plain[] = {"--base-url", "http://box.example", NULL};
    const char *dumb[] = {"TERM=dumb", NULL}, *none[] = {"TERM", NULL}, *garbage[] = {"TERM=zzz-17", NULL};
    refuses(story, &(struct story_start){.args = help, .rows = 60}, 0, "Usage: boxtop");
    refuses(story, &(struct story_start){.args = version}, 0, "boxtop 0.");
    refuses(story, &(struct story_start){.args = odd}, 2, "--frobnicate is not an option");
    refuses(story, &(struct story_start){.args = rate}, 2, "--rate takes a number");
    refuses(story, &(struct story_start){.args = two}, 2, "one word too many");
    refuses(story, &(struct story_start){.args = plain}, 2, "http");
    refuses(story, &(struct story_start){.env = dumb}, 2, "TERM is dumb");
    refuses(story, &(struct story_start){.env = none}, 2, "TERM is not set");
    refuses(story, &(struct story_start){.env = garbage}, 2, "TERM=zzz-17");
    refuses(story, &(struct story_start){.args = with_file}, 4, "cannot read the API key");
    story_write(story, "key", "not a key\n", 0600);
    refuses(story, &(struct story_start){.args = with_file}, 4, "is not an API key");
    story_write(story, "key", STORY_KEY "\n", 0644);
    refuses(story, &(struct story_start){.args = with_file}, 4, "chmod 600");
    refuses(story, &(struct story_start){.key = "tiny"}, 4, "does not hold an API key");
    story_write(story, ".config/boxtop/config", "[keys]\nno-such-action = x\n", 0600);
    refuses(story, &(struct story_start){0}, 2, "config:2");
    assert_int_equal(story_count(story, "GET /v2/box"), 0);
    free(file);
}

/* Stdin or stdout that is no terminal, as a shell makes it. */
static void a_pipe_is_refused(void **state)
{
    struct story *story = *state;
    char *program = story_program("boxtop");
    for (int i = 0; i < 2; i++) {
        struct err err = {0};
        char *command = i == 0 ? mem_format("'%s' </dev/null; echo status=$?", program)
                               : mem_format("'%s' | cat; echo status=${PIPESTATUS[0]}", program);
        const char *argv[] = {"bash", "-c", command, NULL};
        story->pty = pty_start(&(struct pty_options){.argv = argv}, &err);
        assert_non_null(story->pty);
        story_exit(story, 0);
        assert_true(pty_shows(story->pty, "must be a terminal"));
        assert_true(pty_shows(story->pty, "status=2"));
        pty_stop(story->pty);
        story->pty = NULL;
        free(command);
    }
    free(program);
}

/* Without UTF-8 everything is there, in ASCII. */
static void a_plain_locale_is_enough(void **state)
{
    struct story *story = *state;
    const char *env[] = {"LANG=C", "LC_ALL=C", NULL};
    story_makes_box(story, "calm-crane-10001", "caf\xc3\xa9", "idle");
    story_start(story, &(struct story_start){.env = env});
    story_sees(story, "2 boxes:");
    story_sees(story, "caf");
    story_type(story, "?");
    story_sees(story, "Esc closes");
    story_type(story, "q");
    story_sees_gone(story, "Esc closes");
    story_quit(story);
    size_t len;
    const char *bytes = pty_bytes(story->pty, &len);
    for (size_t i = 0; i < len; i++)
        assert_true((unsigned char)bytes[i] < 0x80);
}

/* No home, or one that cannot be written: boxtop works, and keeps nothing. */
static void a_missing_home_is_no_obstacle(void **state)
{
    struct story *story = *state;
    const char *without[] = {"HOME", NULL}, *nowhere[] = {"HOME=/proc/nowhere", NULL};
    const char *const *const homes[] = {without, nowhere};
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
        story_start(story, &(struct story_start){.env = homes[i]});
        story_sees(story, "2 boxes:");
        story_quit(story);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_refused_key_is_a_banner_and_a_new_one_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_key_is_not_tried_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_key_it_asks_and_keeps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_comes_from_a_command_or_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_starts_are_one_clear_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pipe_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_plain_locale_is_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_home_is_no_obstacle, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("auth", tests, NULL, NULL);
}
