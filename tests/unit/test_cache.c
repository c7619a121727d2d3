/* The last known world: kept whole or not at all, and harmless whatever is in the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "client/base/mem.h"
#include "client/cache.h"
#include "client/model_json.h"

static char folder[64];

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/boxtop-cache-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    return setenv("XDG_CACHE_HOME", folder, 1);
}

static int teardown(void **state)
{
    (void)state;
    char *command = mem_format("rm -rf %s", folder);
    int failed = system(command);
    free(command);
    return failed;
}

static const char BOX[] =
    "{\"id\":\"quiet-fox-1\",\"name\":\"n\\u00e4me\",\"labels\":[\"a\",\"b\"],\"status\":\"running\","
    "\"size\":\"large\","
    "\"runtime\":\"node\",\"agent\":\"codex\",\"model\":\"openai/x\",\"enabled_skills\":[\"o/r/s\"],"
    "\"network_policy\":{\"mode\":\"deny-all\"},\"total_input_tokens\":12,\"total_cpu_ns\":9007199254740995,"
    "\"total_compute_cost_usd\":0.0125,\"created_at\":1700000000,\"keep_alive\":true}";

static struct box read_box(const char *json)
{
    struct box box;
    struct json_element element = json_element_whole(json, strlen(json));
    model_read_box(&box, &element);
    return box;
}

static void test_what_was_saved_comes_back(void **state)
{
    (void)state;
    struct box boxes[3] = {read_box(BOX), read_box("{\"id\":\"b\",\"status\":\"hibernating\"}"),
                           read_box("7")};
    struct err err = {0};
    char *path = cache_path("default", "https://box.example");
    assert_true(cache_save(path, boxes, 3, 1700000001234, &err));
    struct box *back;
    size_t count;
    int64_t at;
    assert_true(cache_load(path, &back, &count, &at, &err));
    assert_int_equal(count, 2); /* the unreadable one is left out */
    assert_int_equal(at, 1700000001234);
    assert_string_equal(back[0].id, boxes[0].id);
    assert_string_equal(back[0].name, boxes[0].name);
    assert_int_equal(back[0].label_count, 2);
    assert_int_equal(back[0].status, BOX_STATUS_RUNNING);
    assert_string_equal(back[0].size, "large");
    assert_string_equal(back[0].skills[0], "o/r/s");
    assert_string_equal(back[0].network_mode, "deny-all");
    assert_int_equal(back[0].input_tokens, 12);
    assert_int_equal(back[0].output_tokens, -1);
    assert_int_equal(back[0].cpu_ns, 9007199254740995);
    assert_true(back[0].compute_cost_usd > 0.01249 && back[0].compute_cost_usd < 0.01251);
    assert_true(back[0].token_cost_usd < 0);
    assert_int_equal(back[0].created_at, 1700000000000);
    assert_true(back[0].keep_alive);
    assert_int_equal(back[1].status, BOX_STATUS_UNKNOWN);
    assert_string_equal(back[1].status_word, "hibernating");
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    boxes_free(back, count);
    for (int i = 0; i < 3; i++)
        box_done(&boxes[i]);
    free(path);
}

static void test_files_for_profiles_and_urls_apart(void **state)
{
    (void)state;
    char *a = cache_path("p", "https://a"), *b = cache_path("p", "https://b"),
         *c = cache_path(NULL, "https://a");
    assert_string_not_equal(a, b);
    assert_string_not_equal(a, c);
    assert_non_null(strstr(c, "/boxtop/default-"));
    free(a);
    free(b);
    free(c);
}

static void write_file(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fwrite(text, 1, len, file);
    fclose(file);
}

static void test_bad_files(void **state)
{
    (void)state;
    struct err err = {0};
    struct box *boxes = NULL;
    size_t count = 77;
    int64_t at;
    char *path = mem_format("%s/x", folder);
    assert_false(cache_load(path, &boxes, &count, &at, &err));
    assert_int_equal(err.code, ENOENT);
    static const char *const useless[] = {
        "", "\n", "hello\n", "{}\n", "{\"boxtop_cache\":2}\n", "[1]\n", "{\"boxtop_cache\":1"};
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
        write_file(path, useless[i], strlen(useless[i]));
        assert_false(cache_load(path, &boxes, &count, &at, &err));
    }
    assert_int_equal(count, 77);
    static const char damaged[] =
        "{\"boxtop_cache\":1,\"saved_at\":5}\n{\"id\":\"a\",\"name\":\"\\u001b[31mred\"}\n"
        "garbage\n\xff\xfe\n{\"id\":\"b\"}\n{\"id\":\"cut";
    write_file(path, damaged, sizeof damaged - 1);
    assert_true(cache_load(path, &boxes, &count, &at, &err));
    assert_int_equal(count, 2);
    assert_null(strchr(boxes[0].name, '\033'));
    assert_string_equal(boxes[1].id, "b");
    boxes_free(boxes, count);
    free(path);
}

static void test_a_disk_that_is_full_leaves_the_old_file(void **state)
{
    (void)state;
    struct err err = {0};
    struct box box = read_box(BOX);
    char *path = cache_path("default", "https://box.example");
    assert_true(cache_save(path, &box, 1, 1, &err));
    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){16, old.rlim_max}); /* as good as a full disk: EFBIG */
    bool saved = cache_save(path, &box, 1, 2, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_false(saved);
    assert_int_equal(err.kind, ERR_LOCAL);
    struct box *back;
    size_t count;
    int64_t at;
    assert_true(cache_load(path, &back, &count, &at, &err));
    assert_int_equal(at, 1);
    boxes_free(back, count);
    char *command = mem_format("test $(ls %s/boxtop | wc -l) -eq 1", folder); /* nothing half-written stays */
    assert_int_equal(system(command), 0);
    free(command);
    box_done(&box);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_saved_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_for_profiles_and_urls_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_disk_that_is_full_leaves_the_old_file, setup, teardown),
    };
    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
