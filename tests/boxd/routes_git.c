/*
 * Git in a box (box-api.md 2.10): the real git, in the box's folder. `folder` is a query parameter for GET
 * and a body field otherwise.
 */
#include "tests/boxd/routes.h"

#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"
#include "tests/boxd/paths.h"
#include "tests/boxd/work.h"

enum { WORDS = 64 };

/* A git command under construction. */
struct git {
    struct request *rq;
    struct box *box;
    char *folder;
    const char *argv[WORDS];
    size_t count;
};

static void add(struct git *git, const char *word)
{
    if (git->count + 1 < WORDS) {
        git->argv[git->count++] = word;
        git->argv[git->count] = NULL;
    }
}

/* Finds box and folder and puts "git" and `verb`. False after replying. */
static bool begin(struct git *git, struct request *rq, const char *verb)
{
    *git = (struct git){.rq = rq};
    bool reads = strcmp(rq->method, "GET") == 0;
    if (!reads && request_json(rq) == NULL) {
        return false;
    }
    git->box = work_box(rq);
    const char *folder = reads ? request_query(rq, "folder") : request_text(rq, "folder");
    if (git->box == NULL || !work_folder(rq, git->box, folder, &git->folder)) {
        return false;
    }
    add(git, "git");
    if (verb != NULL) {
        add(git, verb);
    }
    return true;
}

static void done(struct git *git)
{
    free(git->folder);
}

/* Starts the next command in the same place. */
static void again(struct git *git, const char *verb)
{
    git->count = 0;
    add(git, "git");
    add(git, verb);
}

/* Runs it. A failure is answered: 400 outside a repository, else `status`. */
static bool run(struct git *git, struct buf *out, int status)
{
    char *complaint;
    int code = work_quietly_apart(git->rq, git->box, git->folder, git->argv, out, &complaint);
    if (code > 0) {
        const char *text = complaint[0] == '\0' ? buf_text(out) : complaint;
        if (strcasestr(text, "not a git repository") != NULL) {
            reply_error(git->rq, 400, "Not a git repository");
        } else {
            reply_error(git->rq, status, "%.400s", text[0] == '\0' ? "git failed" : text);
        }
    }
    free(complaint);
    if (code != 0) {
        buf_done(out);
    }
    return code == 0;
}

/* Runs it and answers {KEY: what it printed}, or {} without a key. */
static void run_and_reply(struct git *git, const char *key, int status)
{
    struct buf out;
    if (!run(git, &out, status)) {
        return;
    }
    if (key == NULL) {
        reply_empty(git->rq);
    } else {
        struct wire wire;
        reply_begin(git->rq, &wire);
        jsonw_open(&wire.w, '{');
        jsonw_key(&wire.w, key);
        jsonw_bytes(&wire.w, buf_text(&out), out.len);
        jsonw_close(&wire.w, '}');
        reply_end(git->rq, &wire, 200);
    }
    buf_done(&out);
}

void git_status(struct request *rq)
{
    struct git git;
    if (begin(&git, rq, "status")) {
        add(&git, "--short");
        run_and_reply(&git, "status", 500);
    }
    done(&git);
}

void git_diff(struct request *rq)
{
    struct git git;
    if (begin(&git, rq, "diff")) {
        add(&git, "HEAD");
        run_and_reply(&git, "diff", 500);
    }
    done(&git);
}

void git_exec(struct request *rq)
{
    struct git git;
    if (begin(&git, rq, NULL)) {
        const json_t *args = json_object_get(rq->json, "args");
        for (size_t i = 0; i < json_array_size(args); i++) {
            const char *word = json_string_value(json_array_get(args, i));
            add(&git, word == NULL ? "" : word);
        }
        run_and_reply(&git, "output", 400);
    }
    done(&git);
}

void git_clone(struct request *rq)
{
    struct git git;
    if (!begin(&git, rq, "clone")) {
        done(&git);
        return;
    }
    const char *repo = request_text(rq, "repo");
    const char *branch = request_text(rq, "branch");
    json_int_t depth = json_integer_value(json_object_get(rq->json, "depth"));
    char *from = repo == NULL ? NULL : paths_translate(rq->boxd, git.box, repo);
    char *deep = mem_format("--depth=%lld", (long long)depth);
    if (branch != NULL) {
        add(&git, "--branch");
        add(&git, branch);
    }
    if (depth > 0) {
        add(&git, deep);
    }
    add(&git, "--");
    add(&git, from);
    if (repo == NULL) {
        reply_error(rq, 400, "bad request: repo is missing");
    } else {
        run_and_reply(&git, NULL, 500);
    }
    free(deep);
    free(from);
    done(&git);
}

/* Everything is added; the answer holds the new commit. */
static void commit(struct git *git, const char *message, const char *author)
{
    struct buf out;
    add(git, "-A");
    if (!run(git, &out, 500)) {
        return;
    }
    buf_done(&out);
    again(git, "commit");
    add(git, "-m");
    add(git, message);
    if (author != NULL) {
        add(git, "--author");
        add(git, author);
    }
    if (!run(git, &out, 400)) {
        return;
    }
    buf_done(&out);
    again(git, "rev-parse");
    add(git, "HEAD");
    if (!run(git, &out, 500)) {
        return;
    }
    struct wire wire;
    reply_begin(git->rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_key(&wire.w, "sha");
    jsonw_bytes(&wire.w, buf_text(&out), strcspn(buf_text(&out), "\n"));
    jsonw_text_field(&wire.w, "message", message);
    jsonw_close(&wire.w, '}');
    reply_end(git->rq, &wire, 200);
    buf_done(&out);
}

void git_commit(struct request *rq)
{
    struct git git;
    if (begin(&git, rq, "add")) {
        const char *message = request_text(rq, "message");
        const char *name = request_text(rq, "author_name");
        const char *email = request_text(rq, "author_email");
        char *author = name == NULL && email == NULL
                           ? NULL
                           : mem_format("%s <%s>", name == NULL ? "Upstash Box" : name,
                                        email == NULL ? "box@upstash.com" : email);
        if (message == NULL || message[0] == '\0') {
            reply_error(rq, 400, "bad request: message is missing");
        } else {
            commit(&git, message, author);
        }
        free(author);
    }
    done(&git);
}

/* Without a branch the push goes to one named after the box, after a forced checkout, as the service does. */
void git_push(struct request *rq)
{
    struct git git;
    struct buf out;
    bool ready = begin(&git, rq, "push");
    const char *branch = ready ? request_text(rq, "branch") : NULL;
    if (ready && branch == NULL) {
        branch = git.box->id;
        again(&git, "checkout");
        add(&git, "-B");
        add(&git, branch);
        ready = run(&git, &out, 500);
        if (ready) {
            buf_done(&out);
            again(&git, "push");
        }
    }
    if (ready) {
        add(&git, "origin");
        add(&git, branch);
        run_and_reply(&git, NULL, 500);
    }
    done(&git);
}

/* There is no forge on this machine: what the service says without credentials. */
void git_create_pr(struct request *rq)
{
    struct git git;
    if (begin(&git, rq, "status")) {
        reply_error(rq, 500, "server error");
    }
    done(&git);
}

void git_checkout(struct request *rq)
{
    struct git git;
    if (begin(&git, rq, "rev-parse")) {
        const char *branch = request_text(rq, "branch");
        if (branch == NULL || branch[0] == '\0' || branch[0] == '-') {
            reply_error(rq, 400, "bad request: branch is missing");
        } else {
            struct buf out;
            char *complaint;
            add(&git, "--verify");
            add(&git, "--quiet");
            add(&git, branch);
            int known = work_quietly_apart(rq, git.box, git.folder, git.argv, &out, &complaint);
            buf_done(&out);
            free(complaint);
            again(&git, "checkout");
            if (known != 0) {
                add(&git, "-b");
            }
            add(&git, branch);
            run_and_reply(&git, NULL, 400);
        }
    }
    done(&git);
}

/* Sets one value of the box's own git configuration, if there is one. */
static bool configure(struct git *git, const char *key, const char *value)
{
    struct buf out;
    if (value == NULL) {
        return true;
    }
    again(git, "config");
    add(git, "--global");
    add(git, key);
    add(git, value);
    if (!run(git, &out, 500)) {
        return false;
    }
    buf_done(&out);
    return true;
}

void git_config(struct request *rq)
{
    struct git git;
    if (!begin(&git, rq, "config")) {
        done(&git);
        return;
    }
    const char *name = request_text(rq, "git_user_name");
    const char *email = request_text(rq, "git_user_email");
    if (name == NULL && email == NULL) {
        reply_error(rq, 400, "bad request: git_user_name or git_user_email is needed");
    } else if (configure(&git, "user.name", name) && configure(&git, "user.email", email)) {
        struct wire wire;
        reply_begin(rq, &wire);
        jsonw_open(&wire.w, '{');
        jsonw_text_field(&wire.w, "git_user_name", name == NULL ? "Upstash Box" : name);
        jsonw_text_field(&wire.w, "git_user_email", email == NULL ? "box@upstash.com" : email);
        jsonw_close(&wire.w, '}');
        reply_end(rq, &wire, 200);
    }
    done(&git);
}
