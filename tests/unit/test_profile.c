/* The configuration file: what it may say, and that mistakes name their line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/base/mem.h"
#include "client/profile.h"

static char path[64];

static int setup(void **state)
{
    (void)state;
    strcpy(path, "/tmp/boxtop-config-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_config(const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static struct profile_config *load(const char *text)
{
    struct err err = {0};
    write_config(text);
    struct profile_config *config = profile_load(path, true, &err);
    if (config == NULL)
        fail_msg("%s", err.text);
    return config;
}

static void test_a_whole_file(void **state)
{
    (void)state;
    setenv("HOME", "/home/op", 1);
    struct profile_config *config = load("# a comment\n"
                                         "[profile default]\n"
                                         "base_url = https://us-east-1.box.upstash.com\n"
                                         "api_key_cmd = secret-tool lookup 'my service' \"a b\" c\\ d\n"
                                         "\n"
                                         "[profile lab]\n"
                                         "base_url=http://127.0.0.1:4000\n"
                                         "ssh = [::1]:2222\n"
                                         "api_key_file = ~/lab.key\n"
                                         "read_only = Yes\n"
                                         "[keys]\n"
                                         "quit = Q\n"
                                         "[ui]\n"
                                         "theme = mono ; for the projector\n"
                                         "[attention]\n"
                                         "day_limit_usd = 20\n"
                                         "[logs]\n"
                                         "memory = 64M\n");
    const struct profile *profile = profile_find(config, NULL, NULL);
    assert_string_equal(profile->base_url, "https://us-east-1.box.upstash.com");
    static const char *const words[] = {"secret-tool", "lookup", "my service", "a b", "c d"};
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(profile->api_key_cmd[i], words[i]);
    assert_null(profile->api_key_cmd[5]);
    assert_false(profile->read_only);
    assert_null(profile->ssh_host);
    profile = profile_find(config, "lab", NULL);
    assert_string_equal(profile->ssh_host, "::1");
    assert_int_equal(profile->ssh_port, 2222);
    assert_string_equal(profile->api_key_file, "/home/op/lab.key");
    assert_true(profile->read_only);
    assert_int_equal(config->key_count, 1);
    assert_string_equal(config->keys[0].name, "quit");
    assert_string_equal(config->keys[0].value, "Q");
    assert_int_equal(config->keys[0].line, 12);
    assert_int_equal(config->ui_count, 1);
    assert_string_equal(config->ui[0].value, "mono");
    assert_int_equal(config->attention_count, 1);
    assert_string_equal(config->attention[0].name, "day_limit_usd");
    assert_int_equal(config->attention[0].line, 16);
    assert_int_equal(config->logs_count, 1);
    assert_string_equal(config->logs[0].value, "64M");
    struct err err = {0};
    assert_null(profile_find(config, "nope", &err));
    assert_int_equal(err.kind, ERR_USAGE);
    profile_free(config);
}

static void test_mistakes_name_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
        const char *part;
    } cases[] = {
        {"[profile a]\nbase_url = ftp://x\n", 2, "https://"},
        {"[profile a]\nbase_url = http://example.com\n", 2, "https://"},
        {"[profile a]\n\nbase_urll = x\n", 3, "unknown setting base_urll"},
        {"[profile a]\nread_only = perhaps\n", 2, "yes or no"},
        {"[profile a]\nssh = a:b\n", 2, "HOST:PORT"},
        {"[profile a]\nssh = user@host\n", 2, "HOST:PORT"},
        {"[profile a]\nssh = host:70000\n", 2, "HOST:PORT"},
        {"[profile a]\napi_key_cmd = \"open\n", 2, "quote"},
        {"[profile a]\napi_key_cmd =\n", 2, "empty"},
        {"[profile a]\napi_key = box_123456789\n", 2, "api_key_file"},
        {"[profile a]\nssh = x\nssh = y\n", 3, "twice"},
        {"[profile]\nssh = x\n", 2, "[profile NAME]"},
        {"[profile a/b]\nssh = x\n", 2, "[profile NAME]"},
        {"[other]\nx = y\n", 2, "sections"},
        {"x = y\n", 1, "sections"},
        {"[profile a]\njust words\n", 2, "NAME = VALUE"},
        {"[profile a\n", 1, "[SECTION]"},
        {"[profile a]\n\033[31m = x\n", 2, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        write_config(cases[i].text);
        assert_null(profile_load(path, true, &err));
        assert_int_equal(err.kind, ERR_USAGE);
        char *where = mem_format("%s:%d: ", path, cases[i].line);
        if (strstr(err.text, where) != err.text || strstr(err.text, cases[i].part) == NULL)
            fail_msg("case %zu: %s", i, err.text);
        assert_null(strchr(err.text, '\033'));
        free(where);
    }
}

static void test_long_lines_are_refused_not_cut(void **state)
{
    (void)state;
    char text[700] = "[keys]\nquit = ";
    memset(text + strlen(text), 'x', 600);
    struct err err = {0};
    write_config(text);
    assert_null(profile_load(path, true, &err));
    assert_non_null(strstr(err.text, ":2: the line is too long"));
}

static void test_files_that_are_not_there_or_not_safe(void **state)
{
    (void)state;
    struct err err = {0};
    struct profile_config *config = profile_load("/nonexistent/config", false, &err);
    assert_non_null(config);
    assert_int_equal(config->profile_count, 0);
    assert_null(profile_find(config, NULL, &err));
    assert_int_equal(err.kind, ERR_NONE);
    profile_free(config);
    assert_null(profile_load("/nonexistent/config", true, &err));
    assert_int_equal(err.kind, ERR_LOCAL);
    write_config("[profile a]\napi_key_cmd = true\n");
    chmod(path, 0666);
    assert_null(profile_load(path, true, &err));
    assert_non_null(strstr(err.text, "others can write"));
    assert_null(profile_load("/tmp", true, &err));
    profile_free(NULL);
}

static void test_paths(void **state)
{
    (void)state;
    setenv("HOME", "/home/op", 1);
    setenv("XDG_CONFIG_HOME", "/cfg", 1);
    char *text = profile_default_path();
    assert_string_equal(text, "/cfg/boxtop/config");
    free(text);
    unsetenv("XDG_CONFIG_HOME");
    text = profile_key_path("lab");
    assert_string_equal(text, "/home/op/.config/boxtop/key-lab");
    free(text);
    text = profile_key_path(NULL);
    assert_string_equal(text, "/home/op/.config/boxtop/key");
    free(text);
    unsetenv("HOME");
    assert_null(profile_default_path());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_whole_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mistakes_name_their_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_lines_are_refused_not_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_that_are_not_there_or_not_safe, setup, teardown),
        cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
