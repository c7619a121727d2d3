#include "tests/support/story.h"

#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/support/run.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    WORDS_MAX = 32,
    DIALOG_HOLD_MS = 450,
    ANSWER_AGAIN_MS = 2000,
    POLL_MS = 30,
    FILE_MAX = 64 * 1024 * 1024
};

/* ---- the world ---- */

struct story *story_new(const char *const *args)
{
    struct story *story = mem_zalloc(1, sizeof *story);
    const char *above = getenv("TMPDIR");
    story->folder = mem_format("%s/story_XXXXXX", above != NULL ? above : "/tmp");
    assert_non_null(mkdtemp(story->folder));
    story->log = mem_format("%s/debug.log", story->folder);
    const char *all[WORDS_MAX] = {"--api-key", STORY_KEY};
    for (size_t i = 0; args != NULL && args[i] != NULL && i < WORDS_MAX - 3; i++)
        all[i + 2] = args[i];
    if (!service_start(&story->service, all))
        fail_msg("boxd is not ready");
    return story;
}

struct story *story_new_demo(void)
{
    const char *args[] = {"--seed", "demo", NULL};
    return story_new(args);
}

struct story *story_new_calm(void)
{
    const char *args[] = {"--pause-ms", "50", NULL};
    struct story *story = story_new(args);
    story_makes_box(story, "calm-crane-10001", "calm", "idle");
    story_makes_box(story, "paused-panda-10002", "paused", "paused");
    return story;
}

void story_free(struct story *story)
{
    if (story == NULL)
        return;
    pty_stop(story->pty);
    service_stop(&story->service);
    const char *argv[] = {"rm", "-rf", story->folder, NULL};
    struct run_result result;
    run_program(&(struct program){.argv = argv, .timeout_ms = STORY_LIMIT_MS}, &result);
    run_result_done(&result);
    free(story->log);
    free(story->folder);
    free(story);
}

/* ---- boxtop ---- */

static void add(char **words, int *count, char *word)
{
    assert_true(*count < WORDS_MAX - 1);
    words[(*count)++] = word;
}

static char **make_argv(const struct story *story, const struct story_start *start)
{
    char **argv = mem_zalloc(WORDS_MAX, sizeof *argv);
    int count = 0;
    add(argv, &count, story_program("boxtop"));
    add(argv, &count, mem_dup("--ssh"));
    add(argv, &count, mem_dup(start->ssh != NULL ? start->ssh : story->service.ssh));
    add(argv, &count, mem_dup("--log"));
    add(argv, &count, mem_dup(story->log));
    for (size_t i = 0; start->args != NULL && start->args[i] != NULL; i++)
        add(argv, &count, mem_dup(start->args[i]));
    return argv;
}

static char **make_env(const struct story *story, const struct story_start *start)
{
    char **env = mem_zalloc(WORDS_MAX, sizeof *env);
    int count = 0;
    const char *key = start->key != NULL ? start->key : STORY_KEY;
    add(env, &count, mem_format("HOME=%s", story->folder));
    add(env, &count,
        mem_format("UPSTASH_BOX_BASE_URL=%s", start->url != NULL ? start->url : story->service.url));
    add(env, &count,
        key[0] != '\0' ? mem_format("UPSTASH_BOX_API_KEY=%s", key) : mem_dup("UPSTASH_BOX_API_KEY"));
    for (size_t i = 0; start->env != NULL && start->env[i] != NULL; i++)
        add(env, &count, mem_dup(start->env[i]));
    return env;
}

static void free_words(char **words)
{
    for (size_t i = 0; words[i] != NULL; i++)
        free(words[i]);
    free(words);
}

/* Types the command line into the bash that was started. */
static void start_as_job(struct story *story, char *const *argv)
{
    story_sees(story, "calling>");
    for (size_t i = 0; argv[i] != NULL; i++) {
        story_type(story, i > 0 ? " '" : "'");
        story_type(story, argv[i]);
        story_type(story, "'");
    }
    story_type(story, "\r");
}

void story_start(struct story *story, const struct story_start *start)
{
    static const char *const bash[] = {"bash", "--norc", "--noprofile", "-i", NULL};
    struct err err = {0};
    char **argv = make_argv(story, start), **env = make_env(story, start);
    pty_stop(story->pty);
    unlink(story->log);
    if (start->from_shell)
        for (int i = 0; i < WORDS_MAX; i++)
            if (env[i] == NULL) {
                env[i] = mem_dup("PS1=calling> ");
                break;
            }
    story->pty = pty_start(&(struct pty_options){.argv = start->from_shell ? bash : (const char *const *)argv,
                                                 .env = (const char *const *)env,
                                                 .rows = start->rows,
                                                 .cols = start->cols},
                           &err);
    if (story->pty == NULL)
        fail_msg("%s", err.text);
    if (start->from_shell)
        start_as_job(story, argv);
    free_words(argv);
    free_words(env);
}

void story_is_clean(struct story *story)
{
    const char *what = NULL;
    struct ttycheck_finding finding;
    size_t len;
    if (!pty_is_clean(story->pty, &what))
        fail_msg("the terminal was not handed back: %s", what);
    const char *bytes = pty_bytes(story->pty, &len);
    if (!ttycheck_bytes(&story->check, bytes, len, &finding))
        fail_msg("a foreign byte reached the terminal: %s", finding.text);
}

void story_exit(struct story *story, int status)
{
    int was = -1;
    if (!pty_wait_exit(story->pty, &was, STORY_LIMIT_MS))
        fail_msg("boxtop did not end");
    story_is_clean(story);
    if (was != status) {
        char *screen = pty_screen(story->pty);
        print_error("%s\n", screen);
        free(screen);
    }
    assert_int_equal(was, status);
}

static bool never(struct pty *pty, void *data)
{
    (void)pty;
    (void)data;
    return false;
}

static bool asks_to_quit(struct pty *pty, void *data)
{
    (void)data;
    return pty_shows(pty, "Quit?");
}

void story_quit(struct story *story)
{
    story_type(story, "Q");
    if (pty_try(story->pty, asks_to_quit, NULL, STORY_LIMIT_MS))
        story_type(story, "y");
    story_exit(story, 0);
}

/* ---- the operator ---- */

void story_type(struct story *story, const char *keys)
{
    pty_type(story->pty, keys);
}

void story_sees(struct story *story, const char *text)
{
    if (!pty_wait_text(story->pty, text, STORY_LIMIT_MS))
        fail_msg("not seen: %s", text);
}

void story_sees_gone(struct story *story, const char *text)
{
    if (!pty_wait_gone(story->pty, text, STORY_LIMIT_MS))
        fail_msg("still seen: %s", text);
}

static bool shows(struct pty *pty, void *data)
{
    return pty_shows(pty, data);
}

static bool shows_not(struct pty *pty, void *data)
{
    return !pty_shows(pty, data);
}

bool story_sees_soon(struct story *story, const char *text, int limit_ms)
{
    return pty_try(story->pty, shows, (void *)text, limit_ms);
}

void story_answers(struct story *story, const char *question, const char *keys)
{
    int64_t until = clock_ms() + STORY_LIMIT_MS;
    story_sees(story, question);
    bool gone = pty_try(story->pty, shows_not, (void *)question, DIALOG_HOLD_MS);
    while (!gone && clock_ms() < until) {
        story_type(story, keys);
        gone = pty_try(story->pty, shows_not, (void *)question, ANSWER_AGAIN_MS);
    }
    if (!gone)
        fail_msg("the question does not go away: %s", question);
}

void story_selects(struct story *story, const char *name)
{
    char *prompt = mem_format("/ %s", name), *line = mem_format("%s\r", name);
    story_sees(story, " boxes:"); /* the list has come */
    story_type(story, "1");
    story_sees(story, "1 Boxes");
    story_type(story, "/");
    story_type(story, "\x15");
    story_type(story, line);
    story_sees(story, prompt);
    story_sees(story, "l logs");
    free(line);
    free(prompt);
}

void story_acts(struct story *story, const char *action)
{
    story_type(story, ":");
    story_sees(story, "Actions");
    story_type(story, action);
    story_type(story, "\r");
    story_sees_gone(story, "Actions");
}

/* ---- the service ---- */

json_t *story_asks(struct story *story, const char *method, const char *path, json_t *body)
{
    struct answer answer;
    char *text = body != NULL ? json_dumps(body, 0) : NULL;
    json_decref(body);
    service_ask(&story->service, method, path, text, 0, &answer);
    if (answer.status / 100 != 2)
        fail_msg("%s %s %s: %d %s", method, path, text != NULL ? text : "", answer.status,
                 buf_text(&answer.body));
    json_t *document = json_loadb(buf_text(&answer.body), answer.body.len, JSON_DECODE_ANY, NULL);
    answer_done(&answer);
    free(text);
    return document;
}

static void post(struct story *story, const char *path, json_t *body)
{
    assert_non_null(body);
    json_decref(story_asks(story, "POST", path, body));
}

void story_fault(struct story *story, const char *spec)
{
    post(story, "/_boxd/faults",
         json_pack("{so}", "faults", spec == NULL ? json_array() : json_pack("[s]", spec)));
}

void story_ssh_fault(struct story *story, const char *name)
{
    json_t *ssh = name == NULL ? json_object() : json_pack("{sb}", name, 1);
    post(story, "/_boxd/faults", json_pack("{s[]so}", "faults", "ssh", ssh));
}

void story_logs(struct story *story, const char *box_id, const char *text)
{
    post(story, "/_boxd/log", json_pack("{ss,ss}", "box", box_id, "message", text));
}

void story_makes_box(struct story *story, const char *id, const char *name, const char *status)
{
    post(story, "/_boxd/box", json_pack("{ss,ss,ss}", "id", id, "name", name, "status", status));
}

static int64_t counter(struct story *story, const char *group, const char *name)
{
    json_t *all = story_asks(story, "GET", "/_boxd/counters", NULL);
    int64_t count = json_integer_value(json_object_get(json_object_get(all, group), name));
    json_decref(all);
    return count;
}

int64_t story_count(struct story *story, const char *route)
{
    return counter(story, "requests", route);
}

int64_t story_ssh_count(struct story *story, const char *name)
{
    return counter(story, "ssh", name);
}

/* Boxtop is served between two questions. */
static void wait_for(struct story *story, const char *group, const char *name, int64_t count)
{
    int64_t until = clock_ms() + STORY_LIMIT_MS, now = 0;
    while ((now = counter(story, group, name)) < count && clock_ms() < until)
        pty_try(story->pty, never, NULL, POLL_MS);
    if (now < count)
        fail_msg("%s was counted %lld times, not %lld", name, (long long)now, (long long)count);
}

void story_waits_for(struct story *story, const char *route, int64_t count)
{
    wait_for(story, "requests", route, count);
}

void story_waits_for_ssh(struct story *story, const char *name, int64_t count)
{
    wait_for(story, "ssh", name, count);
}

uint16_t story_port(const char *address)
{
    return (uint16_t)atoi(strrchr(address, ':') + 1);
}

/* ---- files ---- */

char *story_program(const char *name)
{
    char *self = realpath("/proc/self/exe", NULL);
    for (int up = 0; self != NULL && up < 3; up++) /* OUT/tests/KIND/PROGRAM */
        *strrchr(self, '/') = '\0';
    char *program = mem_format("%s/%s", self != NULL ? self : ".", name);
    free(self);
    return program;
}

char *story_path(const struct story *story, const char *name)
{
    return mem_format("%s/%s", story->folder, name);
}

void story_write(const struct story *story, const char *name, const char *text, int mode)
{
    char *path = story_path(story, name);
    for (char *slash = strchr(path + strlen(story->folder) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) != 0)
            assert_int_equal(errno, EEXIST);
        *slash = '/';
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, (mode_t)mode), 0);
    close(fd);
    free(path);
}

char *story_read(const char *path, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct buf bytes;
    char part[65536];
    buf_init(&bytes, FILE_MAX);
    for (ssize_t got; (got = read(fd, part, sizeof part)) > 0;)
        assert_true(buf_add(&bytes, part, (size_t)got));
    close(fd);
    buf_add_byte(&bytes, '\0');
    char *text = buf_take(&bytes, len);
    if (len != NULL)
        (*len)--;
    return text;
}
