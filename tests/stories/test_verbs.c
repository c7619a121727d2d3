/* The verbs on stdout: what they print, and how they end. */
#include "client/base/mem.h"
#include "tests/support/run.h"
#include "tests/support/service.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

enum { VERB_LIMIT_MS = 30000 };

static struct service service;

static int set_up(void **state)
{
    (void)state;
    return service_start(&service, (const char *[]){"--seed", "demo", NULL}) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    service_stop(&service);
    return 0;
}

/* boxtop of the same build tree, with these words; the key is `key`. */
static struct run_result verb_with(const char *key, const char *url, const char *const *words)
{
    char *boxd = service_program();
    *strrchr(boxd, '/') = '\0';
    char *program = mem_format("%s/boxtop", boxd);
    char *key_variable = mem_format("UPSTASH_BOX_API_KEY=%s", key);
    char *url_variable = mem_format("UPSTASH_BOX_BASE_URL=%s", url);
    const char *argv[16] = {program};
    for (size_t i = 0; words[i] != NULL && i < 14; i++)
        argv[i + 1] = words[i];
    struct run_result result;
    run_program(&(struct program){.argv = argv,
                                  .env = (const char *[]){key_variable, url_variable, NULL},
                                  .timeout_ms = VERB_LIMIT_MS},
                &result);
    free(url_variable);
    free(key_variable);
    free(program);
    free(boxd);
    return result;
}

static struct run_result verb(const char *const *words)
{
    return verb_with(service.api_key, service.url, words);
}

static void expect(struct run_result *result, int status, const char *out, const char *err)
{
    if (result->status != status || strstr(buf_text(&result->out), out) == NULL ||
        strstr(buf_text(&result->err), err) == NULL)
        fail_msg("status %d (not %d)\nstdout: %s\nstderr: %s", result->status, status, buf_text(&result->out),
                 buf_text(&result->err));
    run_result_done(result);
}

static void list_shows_every_box(void **state)
{
    (void)state;
    struct run_result result = verb((const char *[]){"list", "--json", NULL});
    size_t boxes = 0;
    char *rest = NULL;
    for (char *line = strtok_r(result.out.data, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest), boxes++) {
        json_t *box = json_loads(line, 0, NULL);
        assert_non_null(box);
        assert_non_null(json_string_value(json_object_get(box, "id")));
        assert_non_null(json_string_value(json_object_get(box, "status")));
        json_decref(box);
    }
    assert_int_equal(result.status, 0);
    assert_int_equal(boxes, 12);
    run_result_done(&result);
    result = verb((const char *[]){"list", "--label", "ci", NULL});
    expect(&result, 0, "release-build", "");
}

static void logs_go_back_as_far_as_asked(void **state)
{
    (void)state;
    service_do(&service, "POST", "/_boxd/log", "{\"box\":\"docs-site\",\"message\":\"verbs were here\"}");
    struct run_result result = verb((const char *[]){"logs", "docs-site", "--since", "1m", NULL});
    expect(&result, 0, "verbs were here", "");
    result = verb((const char *[]){"logs", "docs-site", "--grep", "VERBS WERE", "--since", "1m", NULL});
    assert_int_equal(result.out.len, 0); /* a capital makes case count */
    run_result_done(&result);
    result = verb((const char *[]){"logs", "docs-site", "--grep", "~verbs \\w+ here$", "--since", "1m",
                                   "--json", NULL});
    expect(&result, 0, "\"message\":\"verbs were here\"", "");
}

static void runs_are_listed_and_shown(void **state)
{
    (void)state;
    struct run_result result = verb((const char *[]){"runs", "docs-site", "--json", NULL});
    assert_int_equal(result.status, 0);
    json_t *run = json_loads(strtok(result.out.data, "\n"), 0, NULL);
    const char *id = json_string_value(json_object_get(run, "id"));
    assert_non_null(id);
    struct run_result shown = verb((const char *[]){"run", "docs-site", id, NULL});
    expect(&shown, 0, id, "");
    shown = verb((const char *[]){"run", "docs-site", "run_nowhere", NULL});
    expect(&shown, 3, "", "has no run \"run_nowhere\"");
    json_decref(run);
    run_result_done(&result);
}

static void exec_passes_the_exit_code_through(void **state)
{
    (void)state;
    struct run_result result = verb((const char *[]){"exec", "docs-site", "echo $((6*7)); exit 9", NULL});
    expect(&result, 9, "42\n", "");
    result = verb((const char *[]){"exec", "docs-site", "--", "printf", "'%s|'", "a", "b", NULL});
    expect(&result, 0, "a|b|", "");
    result = verb((const char *[]){"exec", "docs-site", "printf 'a\\033[1m\\rb\\377\\n'; echo", NULL});
    assert_int_equal(result.status, 0); /* into a pipe: byte for byte */
    assert_int_equal(result.out.len, 10);
    assert_memory_equal(result.out.data, "a\033[1m\rb\377\n\n", 10);
    run_result_done(&result);
    result = verb((const char *[]){"exec", "no-such-box", "true", NULL});
    expect(&result, 125, "", "there is no box");
}

static void every_failure_has_its_code(void **state)
{
    (void)state;
    struct run_result result = verb((const char *[]){"runs", "no-such-box", NULL});
    expect(&result, 3, "", "there is no box \"no-such-box\"");
    result = verb((const char *[]){"logs", NULL});
    expect(&result, 2, "", "logs takes boxes");
    result = verb((const char *[]){"list", "--since", "soon", NULL});
    expect(&result, 2, "", "--since takes a time");
    result = verb((const char *[]){"--json", NULL});
    expect(&result, 2, "", "go with a verb");
    result = verb((const char *[]){"logs", "docs-site", "--grep", "~(", NULL});
    expect(&result, 2, "", "regular expression");
    result = verb_with("box_not_the_key", service.url, (const char *[]){"list", NULL});
    expect(&result, 4, "", "the API key was rejected");
    result = verb_with(service.api_key, "http://127.0.0.1:1", (const char *[]){"list", NULL});
    expect(&result, 5, "", "cannot connect");
}

/* ---- more verbs, on lines of JSON ---- */

/* The lines of --json as an array; the caller releases it. */
static json_t *json_verb(const char *const *words, int status)
{
    struct run_result result = verb(words);
    json_t *lines = json_array();
    char *rest = NULL;
    if (result.status != status)
        fail_msg("status %d (not %d)\nstdout: %s\nstderr: %s", result.status, status, buf_text(&result.out),
                 buf_text(&result.err));
    for (char *line = result.out.len > 0 ? strtok_r(result.out.data, "\n", &rest) : NULL; line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        json_t *object = json_loads(line, 0, NULL);
        if (!json_is_object(object))
            fail_msg("not an object: %s", line);
        json_array_append_new(lines, object);
    }
    run_result_done(&result);
    return lines;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static double usd_of(const json_t *object, const char *sum)
{
    return json_number_value(json_object_get(json_object_get(object, sum), "usd"));
}

/* In billionths, as nothing else compares. */
static long long nano(double usd)
{
    return llround(usd * 1e9);
}

/* The boxes make the account, and the runs make a box: one where nothing runs meanwhile. */
static void cost_adds_up(void **state)
{
    (void)state;
    json_t *tables = json_verb((const char *[]){"cost", "--json", NULL}, 0);
    long long all = -1, today = -1, all_of_boxes = 0, today_of_boxes = 0;
    for (size_t i = 0; i < json_array_size(tables); i++) {
        const json_t *row = json_array_get(tables, i);
        if (strcmp(text_of(row, "scope"), "account") == 0) {
            all = nano(usd_of(row, "all"));
            today = nano(usd_of(row, "today"));
        } else if (strcmp(text_of(row, "scope"), "box") == 0) {
            all_of_boxes += nano(usd_of(row, "all"));
            today_of_boxes += nano(usd_of(row, "today"));
        }
    }
    json_decref(tables);
    assert_true(all > 0);
    assert_int_equal(all, all_of_boxes);
    assert_int_equal(today, today_of_boxes);
    json_t *box = json_verb((const char *[]){"cost", "nightly-import", "--by", "box", "--json", NULL}, 0);
    json_t *runs = json_verb((const char *[]){"cost", "nightly-import", "--by", "run", "--json", NULL}, 0);
    long long all_of_runs = 0;
    for (size_t i = 0; i < json_array_size(runs); i++)
        all_of_runs += nano(json_number_value(json_object_get(json_array_get(runs, i), "usd")));
    assert_true(all_of_runs > 0);
    assert_int_equal(nano(usd_of(json_array_get(box, 0), "all")), all_of_runs);
    json_decref(box);
    json_decref(runs);
    struct run_result result = verb((const char *[]){"cost", "--by", "label", NULL});
    expect(&result, 0, "team:core", "");
    result = verb((const char *[]){"cost", "--by", "colour", NULL});
    expect(&result, 2, "", "--by takes account, label, box or run");
}

/* A run whose cost is not told is no run that costs nothing. */
static void unknown_cost_is_null(void **state)
{
    (void)state;
    json_t *boxes = json_verb((const char *[]){"cost", "orders-api", "--by", "box", "--json", NULL}, 0);
    assert_int_equal(json_array_size(boxes), 1);
    const json_t *today = json_object_get(json_array_get(boxes, 0), "today");
    assert_true(json_is_null(json_object_get(today, "usd")));
    assert_true(json_integer_value(json_object_get(today, "usd_unknown")) > 0);
    json_decref(boxes);
    struct run_result result = verb((const char *[]){"cost", "orders-api", "--by", "box", NULL});
    expect(&result, 0, " ? ", "");
}

static void attention_is_the_queue(void **state)
{
    (void)state;
    json_t *queue = json_verb((const char *[]){"attention", "--json", NULL}, 9);
    const json_t *first = json_array_get(queue, 0);
    assert_string_equal(text_of(first, "rule"), "box-error");
    assert_string_equal(text_of(first, "title"), "billing-export");
    assert_string_equal(text_of(first, "state"), "open");
    assert_true(strstr(text_of(first, "evidence"), "no space left on its disk") != NULL);
    size_t failed = 0;
    for (size_t i = 0; i < json_array_size(queue); i++)
        failed += strcmp(text_of(json_array_get(queue, i), "rule"), "run-failed") == 0 &&
                  text_of(json_array_get(queue, i), "run_id")[0] != '\0';
    assert_true(failed > 0);
    json_decref(queue);
    struct run_result result = verb((const char *[]){"attention", NULL});
    expect(&result, 9, "! billing-export       box in error", "");
    result = verb((const char *[]){"attention", "now", NULL});
    expect(&result, 2, "", "attention takes no words");
    result = verb_with("box_not_the_key", service.url, (const char *[]){"attention", NULL});
    expect(&result, 4, "API key refused", "the API key was rejected");
}

static void runs_of_all_boxes_are_filtered_and_sorted(void **state)
{
    (void)state;
    json_t *runs = json_verb(
        (const char *[]){"runs", "--all", "--filter", "s:failed t:agent", "--sort", "cost", "--json", NULL},
        0);
    double before = 1e9;
    assert_true(json_array_size(runs) > 1);
    for (size_t i = 0; i < json_array_size(runs); i++) {
        const json_t *run = json_array_get(runs, i);
        double usd = json_number_value(json_object_get(run, "cost_usd"));
        assert_string_equal(text_of(run, "status"), "failed");
        assert_string_equal(text_of(run, "type"), "agent");
        assert_true(usd <= before);
        before = usd;
    }
    json_decref(runs);
    runs = json_verb((const char *[]){"runs", "--all", "--limit", "3", "--json", NULL}, 0);
    assert_int_equal(json_array_size(runs), 3);
    assert_true(json_integer_value(json_object_get(json_array_get(runs, 0), "created_at")) >=
                json_integer_value(json_object_get(json_array_get(runs, 2), "created_at")));
    json_decref(runs);
    struct run_result result = verb((const char *[]){"runs", "--all", "--sort", "colour", NULL});
    expect(&result, 2, "", "--sort takes");
    result = verb((const char *[]){"runs", NULL});
    expect(&result, 2, "", "runs takes boxes");
}

/* The box of a run need not be known; two runs are compared by the console's own page. */
static void runs_are_found_and_compared(void **state)
{
    (void)state;
    json_t *runs = json_verb((const char *[]){"runs", "docs-site", "--json", NULL}, 0);
    char *first = mem_dup(text_of(json_array_get(runs, 0), "id"));
    char *second = mem_dup(text_of(json_array_get(runs, 1), "id"));
    json_decref(runs);
    struct run_result result = verb((const char *[]){"run", "show", first, NULL});
    expect(&result, 0, "Prompt", "");
    result = verb((const char *[]){"run", "show", "docs-site", first, NULL});
    expect(&result, 0, first, "");
    result = verb((const char *[]){"run", "diff", "docs-site", first, second, NULL});
    expect(&result, 0, second, "");
    char *there = mem_format("docs-site/%s", second);
    json_t *diff = json_verb((const char *[]){"run", "diff", first, there, "--json", NULL}, 0);
    const json_t *both = json_array_get(diff, 0);
    assert_string_equal(text_of(json_object_get(both, "left"), "id"), first);
    assert_string_equal(text_of(json_object_get(both, "right"), "id"), second);
    assert_true(json_is_array(json_object_get(both, "tools")));
    assert_true(json_is_boolean(json_object_get(json_object_get(both, "same"), "prompt")));
    json_decref(diff);
    result = verb((const char *[]){"run", "diff", first, NULL});
    expect(&result, 2, "", "run takes show [BOX] RUN");
    result = verb((const char *[]){"run", "show", "run_nowhere", NULL});
    expect(&result, 3, "", "no box has a run");
    free(there);
    free(first);
    free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_shows_every_box),
        cmocka_unit_test(logs_go_back_as_far_as_asked),
        cmocka_unit_test(runs_are_listed_and_shown),
        cmocka_unit_test(exec_passes_the_exit_code_through),
        cmocka_unit_test(every_failure_has_its_code),
        cmocka_unit_test(cost_adds_up),
        cmocka_unit_test(unknown_cost_is_null),
        cmocka_unit_test(attention_is_the_queue),
        cmocka_unit_test(runs_of_all_boxes_are_filtered_and_sorted),
        cmocka_unit_test(runs_are_found_and_compared),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
