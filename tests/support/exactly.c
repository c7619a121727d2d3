#include "tests/support/exactly.h"

#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/relay.h"
#include "tests/support/service.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGE = 1000, CUT_FIRST_MS = 20, CUT_SPAN_MS = 780, FIRST_LIMIT_MS = 30000, STOP_LIMIT_MS = 5000 };

/* What every request may get besides its answer. */
#define TROUBLE "\"429=1:0.01\",\"500:0.02\",\"truncate:0.02\",\"reset:0.01\",\"latency=20ms:0.1\""

/* One box: what boxd has, and what boxtop printed. A line is "level source message". */
struct written {
    char *id;
    char **lines; /* oldest first */
    size_t count, room;
    size_t printed; /* lines that came, each the one expected */
};

struct scene {
    const struct exactly *plan;
    struct exactly_figures *figures;
    struct service service;
    struct relay *relay;
    struct written *boxes;
    size_t box_count;
    char *out_name, *err_name; /* what boxtop prints goes to files, so that nothing ever blocks it */
    int out_fd;
    int64_t read_to;       /* bytes of it that were counted */
    int64_t printed_lines; /* in them */
    pid_t boxtop;
};

/* ---- boxd ---- */

static json_t *ask(struct scene *scene, const char *path)
{
    struct answer answer;
    service_ask(&scene->service, "GET", path, NULL, 30000, &answer);
    json_t *json = json_loadb(buf_text(&answer.body), answer.body.len, 0, NULL);
    if (answer.status != 200 || json == NULL)
        fail_msg("GET %s: %d %.200s", path, answer.status, buf_text(&answer.body));
    answer_done(&answer);
    return json;
}

static void set_faults(struct scene *scene, bool trouble)
{
    char *body =
        mem_format("{\"faults\":[\"skew=2s\"%s%s]}",
                   scene->plan->newest_first ? ",\"logs-newest-first\"" : "", trouble ? "," TROUBLE : "");
    service_do(&scene->service, "POST", "/_boxd/faults", body);
    free(body);
}

/* Lines are written into the logs of boxes that run, and of no other. */
static void set_statuses(struct scene *scene, const char *status)
{
    for (size_t i = 0; i < scene->box_count; i++) {
        char *body = mem_format("{\"id\":\"%s\",\"status\":\"%s\"}", scene->boxes[i].id, status);
        service_do(&scene->service, "POST", "/_boxd/box", body);
        free(body);
    }
}

static void find_boxes(struct scene *scene)
{
    json_t *list = ask(scene, "/v2/box");
    json_t *items = json_is_array(list) ? list : json_object_get(list, "boxes");
    scene->box_count = json_array_size(items);
    assert_int_equal(scene->box_count, scene->plan->boxes);
    scene->boxes = mem_zalloc(scene->box_count, sizeof *scene->boxes);
    for (size_t i = 0; i < scene->box_count; i++)
        scene->boxes[i].id = mem_dup(json_string_value(json_object_get(json_array_get(items, i), "id")));
    json_decref(list);
}

static char *line_of(const json_t *entry)
{
    return mem_format("%s %s %s", json_string_value(json_object_get(entry, "level")),
                      json_string_value(json_object_get(entry, "source")),
                      json_string_value(json_object_get(entry, "message")));
}

/* All that boxd has of a box, page by page. Nothing is written any more. */
static void read_written(struct scene *scene, struct written *box)
{
    for (size_t size = PAGE; size == PAGE;) {
        char *path = mem_format("/v2/box/%s/logs?limit=%d&offset=%zu", box->id, (int)PAGE, box->count);
        json_t *page = ask(scene, path), *lines = json_object_get(page, "logs");
        size = json_array_size(lines);
        box->lines = mem_grow(box->lines, &box->room, box->count + size, sizeof *box->lines);
        for (size_t i = 0; i < size; i++)
            box->lines[box->count++] = line_of(json_array_get(lines, i));
        json_decref(page);
        free(path);
    }
    for (size_t i = 0; scene->plan->newest_first && i < box->count / 2; i++) {
        char *line = box->lines[i];
        box->lines[i] = box->lines[box->count - 1 - i];
        box->lines[box->count - 1 - i] = line;
    }
    scene->figures->lines += (int64_t)box->count;
}

static int64_t pages_asked(struct scene *scene)
{
    json_t *counters = ask(scene, "/_boxd/counters");
    int64_t pages =
        json_integer_value(json_object_get(json_object_get(counters, "requests"), "GET /v2/box/{}/logs"));
    json_decref(counters);
    return pages;
}

/* ---- boxtop ---- */

static char *temporary_file(int *fd)
{
    const char *folder = getenv("TMPDIR");
    char *name = mem_format("%s/exactly.XXXXXX", folder != NULL ? folder : "/tmp");
    *fd = mkostemp(name, O_CLOEXEC);
    assert_true(*fd >= 0);
    return name;
}

static void start_boxtop(struct scene *scene)
{
    char *boxd = service_program();
    *strrchr(boxd, '/') = '\0';
    char *program = mem_format("%s/boxtop", boxd);
    char *key = mem_format("UPSTASH_BOX_API_KEY=%s", scene->service.api_key);
    char *url = mem_format("UPSTASH_BOX_BASE_URL=http://127.0.0.1:%d", relay_port(scene->relay));
    char *home = mem_format("HOME=%s", getenv("HOME") != NULL ? getenv("HOME") : "/tmp");
    int err_fd;
    scene->out_name = temporary_file(&scene->out_fd);
    scene->err_name = temporary_file(&err_fd);
    const char *const argv[] = {program,   "logs", "-f",     "--all", "--json",
                                "--since", "30d",  "--rate", "300",   NULL};
    const char *const env[] = {key, url, home, "LANG=C.UTF-8", NULL};
    scene->boxtop = fork();
    if (scene->boxtop == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
        dup2(scene->out_fd, 1);
        dup2(err_fd, 2);
        execve(program, (char *const *)argv, (char *const *)env);
        _exit(127);
    }
    close(err_fd);
    free(home);
    free(url);
    free(key);
    free(program);
    free(boxd);
    assert_true(scene->boxtop > 0);
}

/* What boxtop said on stderr. The caller frees it. */
static char *complaints(const struct scene *scene)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    FILE *file = fopen(scene->err_name, "re");
    for (int c; file != NULL && (c = getc(file)) != EOF;)
        buf_add_byte(&text, (char)c);
    if (file != NULL)
        fclose(file);
    return buf_take(&text, NULL);
}

static void must_still_run(struct scene *scene)
{
    int status;
    if (waitpid(scene->boxtop, &status, WNOHANG) != scene->boxtop)
        return;
    scene->boxtop = 0;
    fail_msg("boxtop ended by itself, status %#x: %s", (unsigned)status, complaints(scene));
}

/* Counts the lines that came since. */
static int64_t count_printed(struct scene *scene)
{
    char bytes[65536];
    for (ssize_t got; (got = pread(scene->out_fd, bytes, sizeof bytes, scene->read_to)) > 0;) {
        for (ssize_t i = 0; i < got; i++)
            scene->printed_lines += bytes[i] == '\n';
        scene->read_to += got;
    }
    must_still_run(scene);
    return scene->printed_lines;
}

/* Until so many lines were printed, in all. */
static bool wait_printed(struct scene *scene, int64_t lines, int limit_ms)
{
    int64_t until = clock_ms() + limit_ms;
    while (count_printed(scene) < lines && clock_ms() < until)
        poll(NULL, 0, 20);
    return count_printed(scene) >= lines;
}

/* Until boxtop has asked for so many more pages: time enough to print a line again. */
static void wait_pages(struct scene *scene, int64_t more, int limit_ms)
{
    int64_t until = clock_ms() + limit_ms, first = pages_asked(scene);
    while (pages_asked(scene) < first + more && clock_ms() < until)
        poll(NULL, 0, 50);
}

static void stop_boxtop(struct scene *scene)
{
    int64_t until = clock_ms() + STOP_LIMIT_MS;
    int status = 0;
    pid_t ended = 0;
    kill(scene->boxtop, SIGTERM);
    while ((ended = waitpid(scene->boxtop, &status, WNOHANG)) == 0 && clock_ms() < until)
        poll(NULL, 0, 5);
    if (ended == 0) {
        kill(scene->boxtop, SIGKILL);
        waitpid(scene->boxtop, &status, 0);
        scene->boxtop = 0;
        fail_msg("boxtop did not end within %d ms of SIGTERM", (int)STOP_LIMIT_MS);
    }
    scene->boxtop = 0;
}

/* ---- the story ---- */

/* Cuts the link again and again while lines are written. */
static void cut_about(struct scene *scene)
{
    uint32_t random = scene->plan->seed | 1;
    int64_t begun = clock_ms();
    for (int i = 0; i < scene->plan->cuts; i++) {
        random = random * 1664525u + 1013904223u;
        poll(NULL, 0, CUT_FIRST_MS + (int)((random >> 16) % CUT_SPAN_MS));
        relay_cut(scene->relay);
        must_still_run(scene);
    }
    scene->figures->writing_ms = clock_ms() - begun;
}

static struct written *box_of(struct scene *scene, const char *id)
{
    for (size_t i = 0; id != NULL && i < scene->box_count; i++)
        if (strcmp(scene->boxes[i].id, id) == 0)
            return &scene->boxes[i];
    return NULL;
}

/* Where a line stands in a box, searched around the place where it was expected; "nowhere" included. */
static void explain(const struct scene *scene, const struct written *box, const char *line)
{
    char *said = complaints(scene);
    print_message("boxtop said: %s\n", said);
    free(said);
    for (size_t i = 0; i < box->count; i++)
        if (strcmp(box->lines[i], line) == 0)
            print_message("the line printed is number %zu of the box\n", i);
    fail_msg("%s: line %zu of %zu should be \"%s\", but \"%s\" was printed", box->id, box->printed,
             box->count, box->printed < box->count ? box->lines[box->printed] : "(none)", line);
}

static void compare(struct scene *scene)
{
    FILE *file = fopen(scene->out_name, "re");
    assert_non_null(file);
    char *text = NULL;
    size_t room = 0;
    while (getline(&text, &room, file) > 0) {
        json_t *entry = json_loads(text, 0, NULL);
        struct written *box = box_of(scene, json_string_value(json_object_get(entry, "box_id")));
        if (box == NULL)
            fail_msg("not a line of any box: %s", text);
        char *line = line_of(entry);
        if (box->printed >= box->count || strcmp(box->lines[box->printed], line) != 0)
            explain(scene, box, line);
        box->printed++;
        free(line);
        json_decref(entry);
    }
    free(text);
    fclose(file);
    for (size_t i = 0; i < scene->box_count; i++)
        if (scene->boxes[i].printed != scene->boxes[i].count)
            fail_msg("%s: %zu lines printed, %zu written", scene->boxes[i].id, scene->boxes[i].printed,
                     scene->boxes[i].count);
}

static void scene_init(struct scene *scene)
{
    char *boxes = mem_format("%d", scene->plan->boxes), *rate = mem_format("%d", scene->plan->rate);
    struct err err;
    assert_true(service_start(&scene->service, (const char *[]){"--boxes", boxes, "--log-rate", rate, NULL}));
    free(rate);
    free(boxes);
    scene->relay = relay_new((uint16_t)atoi(strrchr(scene->service.url, ':') + 1), NULL, &err);
    if (scene->relay == NULL)
        fail_msg("%s", err.text);
    find_boxes(scene);
    set_statuses(scene, "running");
}

static void scene_done(struct scene *scene)
{
    relay_free(scene->relay);
    service_stop(&scene->service);
    for (size_t i = 0; i < scene->box_count; i++) {
        for (size_t k = 0; k < scene->boxes[i].count; k++)
            free(scene->boxes[i].lines[k]);
        free(scene->boxes[i].lines);
        free(scene->boxes[i].id);
    }
    free(scene->boxes);
    close(scene->out_fd);
    unlink(scene->out_name);
    unlink(scene->err_name);
    free(scene->out_name);
    free(scene->err_name);
}

static int64_t count_gaps(const struct scene *scene)
{
    char *said = complaints(scene);
    int64_t gaps = 0;
    for (const char *at = said; (at = strstr(at, "are missing here")) != NULL; at++)
        gaps++;
    free(said);
    return gaps;
}

void exactly_once(const struct exactly *plan, struct exactly_figures *figures)
{
    struct scene scene = {.plan = plan, .figures = figures, .out_fd = -1};
    *figures = (struct exactly_figures){0};
    scene_init(&scene);
    set_faults(&scene, plan->trouble_at_start);
    int64_t begun = clock_ms();
    start_boxtop(&scene);
    if (!wait_printed(&scene, 1, FIRST_LIMIT_MS))
        fail_msg("nothing printed within %d ms: %s", (int)FIRST_LIMIT_MS, complaints(&scene));
    figures->first_ms = clock_ms() - begun;
    set_faults(&scene, true);
    cut_about(&scene);
    int64_t ended = clock_ms();
    set_statuses(&scene, "idle");
    set_faults(&scene, false);
    int64_t printed = count_printed(&scene);
    for (size_t i = 0; i < scene.box_count; i++)
        read_written(&scene, &scene.boxes[i]);
    figures->behind = figures->lines - printed;
    bool all = wait_printed(&scene, figures->lines, plan->limit_ms);
    figures->behind_ms = clock_ms() - ended;
    if (all)
        wait_pages(&scene, 2 * plan->boxes, plan->limit_ms);
    figures->pages = pages_asked(&scene);
    figures->total_ms = clock_ms() - begun;
    struct relay_counters counters;
    relay_counters(scene.relay, &counters);
    figures->connections = (int64_t)counters.connections;
    figures->said_gaps = count_gaps(&scene);
    stop_boxtop(&scene);
    compare(&scene);
    assert_true(all);
    assert_int_equal(figures->said_gaps, 0);
    scene_done(&scene);
}

void exactly_print(const struct exactly *plan, const struct exactly_figures *figures)
{
    print_message("%d boxes, %s first: %lld lines in %lld pages over %lld connections, %d cuts\n",
                  plan->boxes, plan->newest_first ? "newest" : "oldest", (long long)figures->lines,
                  (long long)figures->pages, (long long)figures->connections, plan->cuts);
    print_message(
        "first line after %lld ms, cut about for %lld ms, %lld lines behind then, all there %lld ms later; "
        "%lld ms in all\n",
        (long long)figures->first_ms, (long long)figures->writing_ms, (long long)figures->behind,
        (long long)figures->behind_ms, (long long)figures->total_ms);
}
