/* The command line, and files that lines are saved to. */
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

#include "tui/options.h"
#include "tui/save.h"

enum { WORDS = 8 };

static bool parse(struct options *options, struct err *err, const char *const *words)
{
    static char copies[WORDS + 1][64] = {"boxtop"};
    char *argv[WORDS + 2] = {copies[0]};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++) {
        snprintf(copies[argc], sizeof copies[0], "%s", words[argc - 1]);
        argv[argc] = copies[argc];
    }
    return options_parse(options, argc, argv, err);
}

static void test_all_options(void **state)
{
    (void)state;
    struct options options;
    struct err err = {0};
    assert_true(parse(&options, &err, (const char *const[]){NULL}));
    assert_null(options.box);
    assert_true(parse(&options, &err,
                      (const char *const[]){"--base-url=http://127.0.0.1:1", "--ssh", "host:2222",
                                            "--api-key-file", "key", "--profile", "work", NULL}));
    assert_string_equal(options.base_url, "http://127.0.0.1:1");
    assert_string_equal(options.ssh, "host:2222");
    assert_string_equal(options.api_key_file, "key");
    assert_string_equal(options.profile, "work");
    assert_true(
        parse(&options, &err,
              (const char *const[]){"--rate", "0.5", "--read-only", "--config", "c", "--log", "l", NULL}));
    assert_true(options.rate > 0.49 && options.rate < 0.51);
    assert_true(options.read_only);
    assert_string_equal(options.config, "c");
    assert_string_equal(options.log, "l");
    assert_true(parse(&options, &err, (const char *const[]){"-s", "my-box", NULL}));
    assert_true(options.shell);
    assert_string_equal(options.box, "my-box");
    assert_true(parse(&options, &err, (const char *const[]){"my-box", "--shell", NULL}));
    assert_true(options.shell);
    assert_string_equal(options.box, "my-box");
    assert_true(parse(&options, &err, (const char *const[]){"--", "-odd", NULL}));
    assert_string_equal(options.box, "-odd");
    assert_true(parse(&options, &err, (const char *const[]){"-Vh", NULL}));
    assert_true(options.version && options.help);
}

static void test_what_is_not_understood(void **state)
{
    (void)state;
    const struct {
        const char *words[4];
        const char *says;
    } cases[] = {
        {{"--nonsense"}, "--nonsense"},
        {{"-x"}, "-x"},
        {{"--rate"}, "--rate"},
        {{"--ssh"}, "--ssh"},
        {{"--rate", "fast"}, "fast"},
        {{"--rate", "0"}, "0.1"},
        {{"--rate", "-3"}, "-3"},
        {{"--rate", "nan"}, "nan"},
        {{"--rate", "inf"}, "inf"},
        {{"--rate", "1e9"}, "1e9"},
        {{"--rate", "4x"}, "4x"},
        {{"--rate", ""}, "--rate"},
        {{"a", "b"}, "\"b\""},
        {{"-s"}, "-s needs a box"},
        {{"--read-only=yes"}, "--read-only"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct options options;
        struct err err = {0};
        assert_false(parse(&options, &err, cases[i].words));
        assert_int_equal(err.kind, ERR_USAGE);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].says);
    }
}

static void test_help_fits_a_terminal(void **state)
{
    (void)state;
    const char *help = options_help();
    for (const char *at = help; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        assert_true(len <= 90);
        at += len + (at[len] == '\n');
    }
    static const char *const words[] = {"--base-url", "--ssh",       "--api-key-file", "--profile",
                                        "--rate",     "--read-only", "--config",       "--log",
                                        "--version",  "--help",      "--shell"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_non_null(strstr(help, words[i]));
}

/* ---- saving ---- */

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test_options.XXXXXX");
    return mkdtemp(folder) == NULL || setenv("HOME", folder, 1) != 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/lines.log", folder);
    unlink(path);
    return rmdir(folder);
}

static void test_save(void **state)
{
    (void)state;
    struct err err = {0};
    struct save *save = save_open("~/lines.log", false, &err);
    assert_non_null(save);
    save_text(save, "first\n");
    save_format(save, "%d %s\n", 2, "second");
    assert_true(save_close(save, &err));
    char path[128], have[64] = "";
    snprintf(path, sizeof path, "%s/lines.log", folder);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(have, 1, sizeof have - 1, file) > 0);
    fclose(file);
    assert_string_equal(have, "first\n2 second\n");
    /* Never over an old one, and it says so. */
    assert_null(save_open(path, false, &err));
    assert_int_equal(err.kind, ERR_LOCAL);
    assert_non_null(strstr(err.text, "exists already"));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 15);
}

static void test_what_cannot_be_saved(void **state)
{
    (void)state;
    static const char *const paths[] = {"", "~/no/such/folder", "/", "~/"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct err err = {0};
        assert_null(save_open(paths[i], false, &err));
        assert_int_equal(err.kind, ERR_LOCAL);
    }
    /* A link to elsewhere is an existing file, dangling or not. */
    char path[128];
    snprintf(path, sizeof path, "%s/link", folder);
    assert_int_equal(symlink("nowhere", path), 0);
    assert_null(save_open(path, false, NULL));
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_options),          cmocka_unit_test(test_what_is_not_understood),
        cmocka_unit_test(test_help_fits_a_terminal), cmocka_unit_test(test_save),
        cmocka_unit_test(test_what_cannot_be_saved),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
