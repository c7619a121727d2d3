/* Where the API key comes from, and that it stays where it belongs (safety.md section 4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/apikey.h"
#include "client/base/clock.h"
#include "client/base/mem.h"

static const char KEY[] = "box_0123456789abcdef";
static const char OTHER[] = "box_other_key_456789";

static char folder[64];

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/boxtop-key-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int teardown(void **state)
{
    (void)state;
    char *command = mem_format("rm -rf %s", folder);
    int failed = system(command);
    free(command);
    return failed;
}

static char *write_file(const char *name, const char *text, mode_t mode)
{
    char *path = mem_format("%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
    return path;
}

static void assert_key(struct apikey *key, const struct err *err, const char *want)
{
    if (key == NULL)
        fail_msg("%s", err->text);
    assert_string_equal(apikey_text(key), want);
    apikey_free(key);
}

static void assert_refused(struct apikey *key, const struct err *err, const char *part)
{
    assert_null(key);
    if (strstr(err->text, part) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", err->text, part);
    assert_null(strstr(err->text, KEY));
}

static void test_what_a_key_is(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "short", "with space in it", "line\nbreak___", "caf\xc3\xa9_______", "del\x7f_______"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_null(apikey_new(bad[i], strlen(bad[i]), NULL));
    char long_key[APIKEY_MAX + 2];
    memset(long_key, 'k', sizeof long_key);
    assert_null(apikey_new(long_key, APIKEY_MAX + 1, NULL));
    long_key[APIKEY_MAX] = '\0';
    assert_key(apikey_new(long_key, APIKEY_MAX, NULL), NULL, long_key);
    apikey_free(NULL);
}

static void test_files_must_be_ours_alone(void **state)
{
    (void)state;
    struct err err = {0};
    char *path = write_file("good", "  box_0123456789abcdef \r\nsecond line\n", 0600);
    assert_key(apikey_read_file(path, &err), &err, KEY);
    static const mode_t modes[] = {0640, 0604, 0660, 0602, 0644};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        chmod(path, modes[i]);
        assert_refused(apikey_read_file(path, &err), &err, "chmod 600");
    }
    free(path);
    assert_refused(apikey_read_file(folder, &err), &err, "not an ordinary file");
    assert_refused(apikey_read_file("/nonexistent/key", &err), &err, "No such file");
    assert_int_equal(err.code, ENOENT);
    path = write_file("empty", "\n", 0600);
    assert_refused(apikey_read_file(path, &err), &err, "not an API key");
    free(path);
    char fifo[128];
    snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_refused(apikey_read_file(fifo, &err), &err, "not an ordinary file"); /* and does not hang */
}

static void test_commands(void **state)
{
    (void)state;
    struct err err = {0};
    assert_key(
        apikey_read_command((const char *const[]){"printf", "box_0123456789abcdef\nmore\n", NULL}, &err),
        &err, KEY);
    assert_key(
        apikey_read_command(
            (const char *const[]){"sh", "-c", "echo noise >&2; cat; echo box_0123456789abcdef", NULL}, &err),
        &err, KEY); /* no stdin, and stderr goes nowhere */
    assert_refused(apikey_read_command(
                       (const char *const[]){"sh", "-c", "echo box_0123456789abcdef; exit 3", NULL}, &err),
                   &err, "exit status 3");
    assert_refused(apikey_read_command((const char *const[]){"/nonexistent/command", NULL}, &err), &err,
                   "cannot start");
    assert_refused(apikey_read_command((const char *const[]){"true", NULL}, &err), &err, "not an API key");
    assert_refused(apikey_read_command((const char *const[]){"yes", NULL}, &err), &err, "not an API key");
}

static void test_a_command_has_a_limit_and_its_children_end_too(void **state)
{
    (void)state;
    struct err err = {0};
    int64_t began = clock_ms();
    assert_refused(apikey_read_command_within(
                       (const char *const[]){"sh", "-c", "sleep 100 & sleep 100", NULL}, 200, &err),
                   &err, "took longer");
    assert_int_equal(err.kind, ERR_TIMEOUT);
    assert_true(clock_ms() - began < 5000);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing of it is left */
}

static void test_the_environment_is_wiped_in_place(void **state)
{
    (void)state;
    static char entry[] = "UPSTASH_BOX_API_KEY=box_0123456789abcdef";
    assert_int_equal(putenv(entry), 0);
    struct err err = {0};
    assert_key(apikey_take_environment(&err), &err, KEY);
    assert_null(getenv("UPSTASH_BOX_API_KEY"));
    for (size_t i = strlen("UPSTASH_BOX_API_KEY="); i < sizeof entry; i++)
        assert_int_equal(entry[i], 0);
    err_clear(&err);
    assert_null(apikey_take_environment(&err));
    assert_int_equal(err.kind, ERR_NONE);
    static char bad[] = "UPSTASH_BOX_API_KEY=bad key";
    putenv(bad);
    assert_null(apikey_take_environment(&err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_null(getenv("UPSTASH_BOX_API_KEY"));
}

static void test_sources_in_order(void **state)
{
    (void)state;
    struct err err = {0};
    const char *source = NULL;
    char *file = write_file("file", "box_from_the_option_\n", 0600);
    char *config = write_file("config", "box_from_the_config_\n", 0600);
    struct apikey *environment = apikey_new(OTHER, strlen(OTHER), NULL);
    const char *const command[] = {"echo", "box_from_the_command", NULL};
    struct apikey_sources sources = {
        .file = file, .command = command, .environment = environment, .config_file = config};
    assert_key(apikey_find(&sources, &source, &err), &err, "box_from_the_option_");
    assert_string_equal(source, "--api-key-file");
    sources.file = NULL;
    assert_key(apikey_find(&sources, &source, &err), &err, "box_from_the_command");
    sources.command = NULL;
    assert_key(apikey_find(&sources, &source, &err), &err, OTHER);
    sources.environment = NULL;
    assert_key(apikey_find(&sources, &source, &err), &err, "box_from_the_config_");
    sources.config_file = NULL;
    assert_refused(apikey_find(&sources, &source, &err), &err, "no API key");
    assert_int_equal(err.kind, ERR_AUTH);
    sources.config_file = config;
    sources.file = "/nonexistent/key"; /* what was asked for decides, also when it fails */
    assert_refused(apikey_find(&sources, &source, &err), &err, "/nonexistent/key");
    apikey_free(environment);
    free(file);
    free(config);
}

static void test_saving(void **state)
{
    (void)state;
    struct err err = {0};
    char *path = mem_format("%s/a/b/key", folder);
    struct apikey *key = apikey_new(KEY, strlen(KEY), NULL);
    assert_true(apikey_save(path, key, &err));
    assert_true(apikey_save(path, key, &err)); /* over the old one */
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    char *parent = mem_format("%s/a", folder);
    assert_int_equal(stat(parent, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    assert_key(apikey_read_file(path, &err), &err, KEY);
    assert_false(apikey_save("/dev/full/key", key, &err));
    assert_int_equal(err.kind, ERR_LOCAL);
    apikey_free(key);
    free(parent);
    free(path);
}

static void test_hardening(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit;
        apikey_harden_process();
        bool ok = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 && getrlimit(RLIMIT_CORE, &limit) == 0 &&
                  limit.rlim_cur == 0 && limit.rlim_max == 0;
        _exit(ok ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_key_is),
        cmocka_unit_test_setup_teardown(test_files_must_be_ours_alone, setup, teardown),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_a_command_has_a_limit_and_its_children_end_too),
        cmocka_unit_test(test_the_environment_is_wiped_in_place),
        cmocka_unit_test_setup_teardown(test_sources_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_saving, setup, teardown),
        cmocka_unit_test(test_hardening),
    };
    return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
