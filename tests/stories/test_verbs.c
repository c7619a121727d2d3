/* The verbs on stdout: what they print, and how they end. */
#include "client/base/mem.h"
#include "tests/support/run.h"
#include "tests/support/service.h"

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

static void cost_adds_up(void **state)
{
    (void)state;
    struct run_result result = verb((const char *[]){"cost", "--json", NULL});
    assert_int_equal(result.status, 0);
    double compute, tokens, total;
    json_t *cost = json_loads(result.out.data, 0, NULL);
    assert_int_equal(json_unpack(cost, "{s:F,s:F,s:F}", "compute_usd", &compute, "token_usd", &tokens,
                                 "total_usd", &total),
                     0);
    assert_true(total > 1 && compute + tokens > total - 1e-9 && compute + tokens < total + 1e-9);
    json_decref(cost);
    run_result_done(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_shows_every_box),       cmocka_unit_test(logs_go_back_as_far_as_asked),
        cmocka_unit_test(runs_are_listed_and_shown),  cmocka_unit_test(exec_passes_the_exit_code_through),
        cmocka_unit_test(every_failure_has_its_code), cmocka_unit_test(cost_adds_up),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
