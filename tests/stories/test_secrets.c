/* The API key is a canary: it is looked for in everything boxtop leaves anywhere, in each form it could take.
 */
#include "tests/support/story.h"

#include "client/base/mem.h"

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

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

/* ---- the hunt ---- */

enum { FORMS = 6, FORM_MAX = 128 };

/* What base64 makes of the key with so many bytes before it. */
static void base64_of(char *out, int shift)
{
    static const char before[] = "xx";
    char *text = mem_format("%.*s%s", shift, before, STORY_KEY);
    EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)text, (int)strlen(text));
    free(text);
}

/* Base64 depends on where the key starts in its group of three: what all neighbours have in common. */
static void base64_form(char *form, int shift)
{
    char encoded[FORM_MAX];
    base64_of(encoded, shift);
    int skip = shift == 0 ? 0 : 4, keep = (int)strlen(encoded) - skip - 4;
    snprintf(form, FORM_MAX, "%.*s", keep, encoded + skip);
}

static void fill_forms(char forms[FORMS][FORM_MAX])
{
    snprintf(forms[0], FORM_MAX, "%s", STORY_KEY);
    for (int shift = 0; shift < 3; shift++)
        base64_form(forms[1 + shift], shift);
    for (size_t i = 0; i < sizeof STORY_KEY - 1; i++) {
        snprintf(forms[4] + 2 * i, 3, "%02x", (unsigned)STORY_KEY[i]);
        snprintf(forms[5] + 2 * i, 3, "%02X", (unsigned)STORY_KEY[i]);
    }
}

static void not_in(const char *where, const char *bytes, size_t len)
{
    char forms[FORMS][FORM_MAX];
    fill_forms(forms);
    for (int i = 0; i < FORMS; i++)
        if (memmem(bytes, len, forms[i], strlen(forms[i])) != NULL)
            fail_msg("the key is in %s, as %s", where, forms[i]);
}

static void not_in_file(const char *path)
{
    size_t len = 0;
    char *bytes = story_read(path, &len);
    if (bytes == NULL)
        return;
    not_in(path, bytes, len);
    free(bytes);
}

static int visit(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)where;
    if (kind == FTW_F)
        not_in_file(path);
    return 0;
}

/* A process and its children: what others can see of them. */
static void not_in_process(pid_t pid)
{
    static const char *const files[] = {"environ", "cmdline", "comm", "status"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = mem_format("/proc/%d/%s", (int)pid, files[i]);
        not_in_file(path);
        free(path);
    }
}

/* The children of a process; at most `room`. */
static size_t children_of(pid_t pid, pid_t *out, size_t room)
{
    char *path = mem_format("/proc/%d/task/%d/children", (int)pid, (int)pid), *text = story_read(path, NULL);
    size_t count = 0;
    for (char *at = text, *end; at != NULL && count < room; at = end) {
        long child = strtol(at, &end, 10);
        if (end == at)
            break;
        out[count++] = (pid_t)child;
    }
    free(text);
    free(path);
    return count;
}

static void not_in_files(struct story *story)
{
    assert_int_equal(nftw(story->folder, visit, 8, FTW_PHYS), 0);
}

static void not_anywhere(struct story *story)
{
    size_t len;
    const char *bytes = pty_bytes(story->pty, &len);
    not_in("what was written to the terminal", bytes, len);
    not_in_files(story);
}

static bool nobody_dumps_core(pid_t pid)
{
    char *path = mem_format("/proc/%d/limits", (int)pid), *limits = story_read(path, NULL);
    const char *line = limits != NULL ? strstr(limits, "Max core file size") : NULL;
    bool none = line != NULL && strncmp(line + 26, "0 ", 2) == 0;
    free(limits);
    free(path);
    return none;
}

/* ---- the stories ---- */

/* Every view, a shell, a command, a log that prints the key itself: with the debug log on. */
static void a_whole_session(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_selects(story, "calm");
    story_type(story, "r");
    story_sees(story, "No runs yet");
    story_type(story, "i");
    story_sees(story, "SSH");
    story_type(story, "c");
    story_sees(story, "Run in calm");
    story_type(story, "env; echo end=$((6*7))\r");
    story_sees(story, "end=42");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_sees(story, "Ctrl-\\ leaves");
    story_type(story, "echo answer=$((6*7))\r");
    story_sees(story, "answer=42");
    pid_t boxtop = pty_pid(story->pty), helpers[8];
    size_t count = children_of(boxtop, helpers, 8);
    assert_int_equal(count, 1); /* the shell's helper */
    not_in_process(boxtop);
    not_in_process(helpers[0]);
    assert_true(nobody_dumps_core(boxtop));
    assert_true(nobody_dumps_core(helpers[0]));
    story_type(story, "\x1c");
    story_sees(story, "i types again");
    story_quit(story);
    not_anywhere(story);
}

/* A box that knows the key and prints it: it is on no screen, and no file keeps it. */
static void a_box_that_prints_the_key(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_selects(story, "calm");
    story_type(story, "\r");
    story_sees(story, "f follow");
    char forms[FORMS][FORM_MAX];
    fill_forms(forms);
    for (int shift = 0; shift < 3; shift++)
        base64_of(forms[1 + shift], shift);
    for (int i = 0; i < FORMS; i++) {
        char *line = mem_format("form %d of the key is %s indeed", i, forms[i]);
        story_logs(story, "calm-crane-10001", line);
        free(line);
    }
    story_sees(story, "form 0 of the key is *** indeed");
    story_sees(story, "form 5 of the key is *** indeed");
    /* A command prints it in two parts, one after the other. */
    story_type(story, "c");
    story_sees(story, "Run in calm");
    enum { HALF = (sizeof STORY_KEY - 1) / 2 };
    char *command = mem_format("printf 'begin-%.*s'; sleep 0.3; echo '%s-end'; echo done=$((6*7))\r", HALF,
                               STORY_KEY, &STORY_KEY[HALF]);
    story_type(story, command);
    free(command);
    story_sees(story, "done=42");
    story_sees(story, "begin-***-end");
    story_quit(story);
    not_anywhere(story);
}

static void a_key_that_is_typed(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){.key = ""});
    story_sees(story, "(hidden)");
    story_type(story, STORY_KEY "\r");
    story_answers(story, "Keep the API key?", "n");
    story_sees(story, "2 boxes:");
    not_in_process(pty_pid(story->pty));
    story_quit(story);
    not_anywhere(story);
}

/* A crash leaves no memory behind. */
static void a_crash(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_sees(story, "2 boxes:");
    kill(pty_pid(story->pty), SIGSEGV);
    story->check.may_be_cut = true;
    story_exit(story, 128 + SIGSEGV);
    not_anywhere(story);
}

/* The hunt finds what is there. */
static void the_hunt_finds_a_key(void **state)
{
    (void)state;
    char forms[FORMS][FORM_MAX];
    fill_forms(forms);
    unsigned char encoded[FORM_MAX];
    static const char *const texts[] = {"key=" STORY_KEY "&x", "\"" STORY_KEY "\"", "zz" STORY_KEY "zzzz"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        EVP_EncodeBlock(encoded, (const unsigned char *)texts[i], (int)strlen(texts[i]));
        bool found = false;
        for (int form = 1; form <= 3; form++)
            found |= strstr((const char *)encoded, forms[form]) != NULL;
        assert_true(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hunt_finds_a_key),
        cmocka_unit_test_setup_teardown(a_whole_session, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_box_that_prints_the_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_that_is_typed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_crash, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}
