#include "tests/support/torture.h"

#include "client/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
enum { STEP_MS = 6000, END_MS = 8000 };
#else
enum { STEP_MS = 1500, END_MS = 3000 };
#endif
enum { ASK_MS = 300, STATUS_SANITIZER = 99, SHOWN = 4, TAIL = 2000 };

/* The ways in which a kind of call fails: with which error, and whether only once. Memory is not among them:
 * OpenSSL and ncurses do not survive an allocation that fails, and boxtop ends at its own. */
struct way {
    enum fail_kind kind;
    int error;
    bool once;
};

static const struct way ways[] = {
    {FAIL_READ, EINTR, true},
    {FAIL_READ, EIO, true},
    {FAIL_READ, EIO, false},
    {FAIL_WRITE, EINTR, true},
    {FAIL_WRITE, EAGAIN, true},
    {FAIL_WRITE, ENOSPC, true},
    {FAIL_WRITE, EIO, false},
    {FAIL_CONNECT, ECONNREFUSED, true},
    {FAIL_CONNECT, ENETUNREACH, false},
    {FAIL_OPEN, EMFILE, true},
    {FAIL_OPEN, EACCES, false},
    {FAIL_POLL, EINTR, true},
    {FAIL_POLL, ENOMEM, true},
    {FAIL_POLL, ENOMEM, false},
    {FAIL_SOCKET, EMFILE, true},
    {FAIL_SOCKET, EMFILE, false},
    {FAIL_SPAWN, EAGAIN, true},
    {FAIL_THREAD, EAGAIN, true},
    {FAIL_THREAD, EAGAIN, false},
};

static const char *const kind_names[FAIL_KINDS] = FAIL_KIND_NAMES;

/* ---- what operators do ---- */

static bool step(struct story *story, const char *keys, const char *text)
{
    story_type(story, keys);
    return story_sees_soon(story, text, STEP_MS);
}

static bool goes(struct pty *pty, void *text)
{
    return !pty_shows(pty, text);
}

/* Escape, and what it closes is gone: a key right behind it would be Alt and that key. */
static bool closes(struct story *story, const char *text)
{
    story_type(story, "\x1b");
    return pty_try(story->pty, goes, (void *)text, STEP_MS);
}

static bool play_list(struct story *story)
{
    return story_sees_soon(story, " boxes:", STEP_MS) && step(story, "j", "paused") &&
           step(story, "/calm\r", "/ calm") && closes(story, "/ calm");
}

static bool play_log(struct story *story)
{
    return story_sees_soon(story, " boxes:", STEP_MS) && step(story, "/calm\r", "/ calm") &&
           step(story, "l", "torture begins") && step(story, "/begins\r", "begins") &&
           step(story, "\x13", "Save");
}

static bool play_views(struct story *story)
{
    return story_sees_soon(story, " boxes:", STEP_MS) && step(story, "/calm\r", "/ calm") &&
           step(story, "i", "calm-crane-10001") && step(story, "r", "Runs") && step(story, "L", "Fleet") &&
           step(story, "@", "Attention") && step(story, "M", "Cost") && step(story, "?", "Esc closes");
}

static bool play_command(struct story *story)
{
    return story_sees_soon(story, " boxes:", STEP_MS) && step(story, "/calm\r", "/ calm") &&
           step(story, "c", "Run in") && step(story, "echo $((6*7))\r", "exit 0");
}

static bool play_questions(struct story *story)
{
    return story_sees_soon(story, " boxes:", STEP_MS) && step(story, "/calm\r", "/ calm") &&
           step(story, "P", "Pause?") && closes(story, "Pause?") && step(story, "S", "Snapshot of") &&
           closes(story, "Snapshot of") && step(story, "N", "New box") && closes(story, "New box");
}

static bool play_shell(struct story *story)
{
    if (!story_sees_soon(story, " boxes:", STEP_MS) || !step(story, "/calm\r", "/ calm"))
        return false;
    story_type(story, "s");
    if (!story_sees_soon(story, "Ctrl-\\ leaves", STEP_MS / 3) &&
        story_sees_soon(story, "New host key", ASK_MS)) {
        story_sees_soon(story, "not on any screen",
                        450); /* a question that came by itself takes no key at first */
        story_type(story, "y");
    }
    return story_sees_soon(story, "Ctrl-\\ leaves", STEP_MS) && step(story, "echo $((6*7))\r", "42") &&
           step(story, "seq 200\r", "200") && step(story, "\x1c", "Terminal");
}

static const char *const list_args[] = {"list", NULL};
static const char *const logs_args[] = {"logs", "calm", NULL};
static const char *const exec_args[] = {"exec", "calm", "--", "echo", "hi", NULL};
static const char *const box_args[] = {"calm", NULL};

const struct torture_scenario torture_scenarios[] = {
    {.name = "list", .play = play_list},
    {.name = "log", .play = play_log},
    {.name = "views", .play = play_views},
    {.name = "a box by name", .args = box_args},
    {.name = "command", .play = play_command},
    {.name = "questions", .play = play_questions},
    {.name = "shell", .play = play_shell},
    {.name = "shell helper", .play = play_shell, .helper = true},
    {.name = "verb list", .args = list_args, .pipe = true},
    {.name = "verb logs", .args = logs_args, .pipe = true},
    {.name = "verb exec", .args = exec_args, .pipe = true},
};
const size_t torture_scenario_count = sizeof torture_scenarios / sizeof *torture_scenarios;

struct story *torture_story(void)
{
    struct story *story = story_new_calm();
    story_logs(story, "calm-crane-10001", "torture begins");
    return story;
}

/* ---- one run ---- */

struct torture {
    struct story *story;
    const struct torture_scenario *scenario;
    char *counts_file;
    int *counts; /* shared with boxtop: calls of each kind, and how many failed */
    char spec[64];
    int status; /* how boxtop ended, -1 while it runs */
    bool finished, broken;
    struct torture_figures *figures;
};

static void begin(struct torture *torture)
{
    struct story *story = torture->story;
    char *library = story_program("failing_calls.so");
    char *preload = mem_format("LD_PRELOAD=%s", library), *spec = mem_format("FAIL_CALLS=%s", torture->spec),
         *counts = mem_format("FAIL_COUNTS=%s", torture->counts_file);
    char *trace = mem_format("FAIL_TRACE=%s/trace", story->folder);
    static const char asan[] =
        "ASAN_OPTIONS=exitcode=99:detect_leaks=1:handle_abort=1:allocator_may_return_null=1:"
        "verify_asan_link_order=0",
                      lsan[] = "LSAN_OPTIONS=exitcode=99",
                      ubsan[] = "UBSAN_OPTIONS=exitcode=99:print_stacktrace=1";
    const char *env[] = {
        preload, spec,  counts, torture->scenario->helper ? "FAIL_IN=helper" : "FAIL_IN=", asan, lsan,
        ubsan,   trace, NULL};
    memset(torture->counts, 0, sizeof(int) * (FAIL_KINDS + 1));
    story_start(story, &(struct story_start){.args = torture->scenario->args, .env = env});
    free(trace);
    free(counts);
    free(spec);
    free(preload);
    free(library);
}

/* Says what must not be; the whole screen of the first few times. */
static void broken(struct torture *torture, const char *what)
{
    torture->broken = true;
    fprintf(stderr, "scenario \"%s\", %s: %s (status %d)\n", torture->scenario->name, torture->spec, what,
            torture->status);
    if (torture->figures->broken >= SHOWN)
        return;
    char *screen = pty_screen(torture->story->pty);
    size_t len, log_len = 0;
    const char *bytes = pty_bytes(torture->story->pty, &len);
    char *log = story_read(torture->story->log, &log_len);
    size_t tail = len < TAIL ? len : TAIL;
    fprintf(stderr, "%s\n--- the last bytes\n", screen);
    fwrite(bytes + len - tail, 1, tail, stderr);
    fprintf(stderr, "\n--- the end of the log\n%s\n",
            log == NULL      ? ""
            : log_len > TAIL ? log + log_len - TAIL
                             : log);
    char *trace_name = story_path(torture->story, "trace"), *trace = story_read(trace_name, &len);
    fprintf(stderr, "--- the call that failed\n%s\n", trace != NULL ? trace : "");
    free(trace);
    free(trace_name);
    free(log);
    free(screen);
}

/* Ends boxtop as an operator would, then less politely. */
static int end(struct torture *torture)
{
    struct pty *pty = torture->story->pty;
    int status = -1;
    if (torture->scenario->pipe && pty_has_ended(pty, &status, END_MS / 3))
        return status;
    static const char *const keys[] = {"\x1b", "Q", "y"};
    /* What came to its end has nothing open that Escape would have to close. */
    for (size_t i = torture->finished ? 1 : 0; !torture->scenario->pipe && i < sizeof keys / sizeof *keys;
         i++) {
        pty_type(pty, keys[i]);
        if (pty_has_ended(pty, &status, i < 2 ? ASK_MS : END_MS / 2))
            return status;
    }
    kill(pty_pid(pty), SIGTERM);
    if (!pty_has_ended(pty, &status, END_MS)) {
        broken(torture, "it could not be ended");
        kill(pty_pid(pty), SIGKILL);
    }
    return status;
}

/* A write that fails in the middle of a frame cuts a sequence short, and what hands the terminal back follows
 * it. */
static bool cuts_sequences(const struct way *way)
{
    return way != NULL && way->kind == FAIL_WRITE && way->error != EINTR && way->error != EAGAIN;
}

static bool restores_only_modes(const struct way *way)
{
    return way != NULL && way->kind == FAIL_WRITE && !way->once;
}

static void run(struct torture *torture, const struct way *way)
{
    begin(torture);
    torture->broken = false;
    torture->status = -1;
    struct story *story = torture->story;
    torture->finished = torture->scenario->play == NULL || torture->scenario->play(story);
    int status = end(torture);
    torture->status = status;
    const char *what = "";
    struct ttycheck_finding finding;
    const struct ttycheck check = {.may_be_cut = true, .may_copy = true};
    size_t len;
    const char *bytes = pty_bytes(story->pty, &len);
    bool asked = torture->scenario->pipe && status == 128 + SIGTERM; /* it tries for longer than we wait */
    if (status >= 128 && !asked)
        broken(torture, "it crashed");
    else if (status == STATUS_SANITIZER)
        broken(torture, "a sanitizer complains");
    else if (!cuts_sequences(way) && !ttycheck_bytes(&check, bytes, len, &finding))
        broken(torture, finding.text);
    else if (!pty_is_clean(story->pty, &what) &&
             !(restores_only_modes(way) && strncmp(what, "the tty's", 9) != 0))
        broken(torture, what);
}

/* ---- all of a scenario ---- */

/* The k of turn `turn` of `turns` among `count` calls: all when there is room, else spread, the first ones
 * first. */
static int spread(int count, long turns, long turn)
{
    if (turns >= count)
        return (int)turn + 1;
    return 1 + (int)((double)(count - 1) * (double)turn * (double)turn /
                     ((double)(turns - 1) * (double)(turns - 1)));
}

/* One of `count`, another one each time. */
static int one_of(int count, long time)
{
    return 1 + (int)(time * 7919 % count);
}

static void fail_in(struct torture *torture, const struct way *way, int count, long most,
                    struct torture_figures *figures)
{
    long turns = most > count ? count : most;
    int last = 0;
    for (long turn = 0; turn < turns; turn++) {
        int k = turns == 1 ? one_of(count, figures->runs) : spread(count, turns, turn);
        if (k <= last)
            k = last + 1;
        last = k;
        snprintf(torture->spec, sizeof torture->spec, "%s:%d:%d:%d", kind_names[way->kind], k, way->once,
                 way->error);
        run(torture, way);
        figures->runs++;
        figures->broken += torture->broken;
        figures->failed += torture->counts[FAIL_KINDS] > 0;
        figures->finished += torture->counts[FAIL_KINDS] > 0 && torture->finished;
    }
}

void torture_scenario_run(struct story *story, const struct torture_scenario *scenario, long most,
                          size_t step, struct torture_figures *figures)
{
    struct torture torture = {.story = story, .scenario = scenario, .spec = "none:0:1:0", .figures = figures};
    torture.counts_file = story_path(story, "counts");
    int fd = open(torture.counts_file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && ftruncate(fd, sizeof(int) * (FAIL_KINDS + 1)) == 0);
    torture.counts = mmap(NULL, sizeof(int) * (FAIL_KINDS + 1), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    assert_true(torture.counts != MAP_FAILED);
    run(&torture,
        NULL); /* nothing fails: the scenario must come to its end, and says how many calls there are */
    if (!torture.finished)
        fail_msg("scenario \"%s\" does not work", scenario->name);
    int counts[FAIL_KINDS];
    memcpy(counts, torture.counts, sizeof counts);
    assert_true(counts[FAIL_READ] > 0 && counts[FAIL_WRITE] > 0);
    assert(step > 0);
    for (size_t i = (size_t)(scenario - torture_scenarios) % step; i < sizeof ways / sizeof *ways; i += step)
        if (counts[ways[i].kind] > 0)
            fail_in(&torture, &ways[i], counts[ways[i].kind], most, figures);
    munmap(torture.counts, sizeof(int) * (FAIL_KINDS + 1));
    free(torture.counts_file);
}
