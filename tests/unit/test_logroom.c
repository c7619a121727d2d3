/* The room of log lines, as the configuration puts it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tui/logroom.h"

static void sizes_and_folders(void **state)
{
    (void)state;
    struct linepool_options room;
    setenv("XDG_CACHE_HOME", "/var/cache/op", 1);
    setenv("HOME", "/home/op", 1);
    logroom_init(&room);
    assert_string_equal(room.folder, "/var/cache/op/boxtop/lines");
    assert_true(room.memory > 0 && room.disk > room.memory);
    assert_true(logroom_set(&room, "memory", "3M", NULL));
    assert_int_equal(room.memory, 3 << 20);
    assert_true(logroom_set(&room, "disk", "5G", NULL));
    assert_true(room.disk == (uint64_t)5 << 30);
    assert_true(logroom_set(&room, "disk", "700k", NULL));
    assert_true(room.disk == 700 << 10);
    assert_true(logroom_set(&room, "disk", "off", NULL));
    assert_true(room.disk == 0);
    assert_true(logroom_set(&room, "folder", "~/logs", NULL));
    assert_string_equal(room.folder, "/home/op/logs");
    assert_true(logroom_set(&room, "folder", "/scratch", NULL));
    assert_string_equal(room.folder, "/scratch");
    logroom_done(&room);
}

static void mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *says;
    } cases[] = {
        {"memory", "64", "512K, 64M or 2G"},
        {"memory", "", "512K, 64M or 2G"},
        {"memory", "-1G", "512K, 64M or 2G"},
        {"memory", "64MB", "512K, 64M or 2G"},
        {"memory", "off", "512K, 64M or 2G"},
        {"memory", "999999999999999T", "512K, 64M or 2G"},
        {"memory", "100K", "1M at least"},
        {"disk", "64T64", "512K, 64M or 2G"},
        {"disk", "99999999T", "512K"},
        {"folder", "here", "must begin with / or ~/"},
        {"file", "x", "not a setting of [logs]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct linepool_options room;
        struct err err = {0};
        logroom_init(&room);
        size_t memory = room.memory;
        assert_false(logroom_set(&room, cases[i].name, cases[i].value, &err));
        assert_int_equal(err.kind, ERR_USAGE);
        assert_non_null(strstr(err.text, cases[i].says));
        assert_int_equal(room.memory, memory);
        logroom_done(&room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_folders),
        cmocka_unit_test(mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
