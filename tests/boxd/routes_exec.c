/*
 * Commands and code (box-api.md 2.3): run in the box's folder, answered at once or as a stream.
 */
#include "tests/boxd/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/base/mem.h"
#include "tests/boxd/job.h"
#include "tests/boxd/lifecycle.h"
#include "tests/boxd/paths.h"
#include "tests/boxd/work.h"

/* The argv of a request as owned words, /workspace/home translated. NULL after replying 400. */
static char **take_argv(struct request *rq, const struct box *box, const json_t *list)
{
    size_t count = json_array_size(list);
    if (count == 0) {
        reply_error(rq, 400, "bad request: command must be a list of words");
        return NULL;
    }
    char **argv = mem_zalloc(count + 1, sizeof *argv);
    for (size_t i = 0; i < count; i++) {
        const char *word = json_string_value(json_array_get(list, i));
        if (word == NULL) {
            reply_error(rq, 400, "bad request: command must be a list of words");
            work_free_words(argv);
            return NULL;
        }
        argv[i] = paths_translate(rq->boxd, box, word);
    }
    return argv;
}

/* The argv joined by blanks, as runs show it. */
static char *join(const json_t *list)
{
    struct buf out;
    size_t index;
    json_t *word;
    buf_init(&out, REQUEST_BODY_MAX);
    json_array_foreach(list, index, word)
    {
        buf_add_text(&out, index == 0 ? "" : " ");
        buf_add_text(&out, json_string_value(word));
    }
    char *joined = mem_dup_bytes(buf_text(&out), out.len);
    buf_done(&out);
    return joined;
}

static void reply_result(struct request *rq, const struct job *job)
{
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_int_field(&wire.w, "exit_code", job->exit_code);
    jsonw_key(&wire.w, "output");
    jsonw_bytes(&wire.w, buf_text(&job->out), job->out.len);
    jsonw_key(&wire.w, "error");
    if (job->failure != NULL) {
        jsonw_text(&wire.w, job->failure);
    } else if (job->timed_out) {
        jsonw_text(&wire.w, "timed out");
    } else {
        jsonw_bytes(&wire.w, buf_text(&job->err), job->err.len);
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, 200);
}

/* Starts the job and answers in the way that was asked for. */
static void perform(struct request *rq, struct box *box, struct job_request *job_request, bool stream)
{
    struct hub *hub = NULL;
    struct err err;
    job_request->merged = stream;
    job_request->split_trailer = rq->hits.on[FAULT_SPLIT_TRAILER];
    struct job *job = job_start(rq->boxd, box, job_request, stream ? &hub : NULL, &err);
    if (job == NULL) {
        reply_error(rq, err.code, "%s", err.text);
        return;
    }
    if (stream) {
        work_reply_hub(rq, hub);
    } else if (json_is_true(json_object_get(rq->json, "async"))) {
        reply_empty(rq);
    } else {
        job_wait(job);
        reply_result(rq, job);
    }
    job_release(job);
}

/* The box and the folder of a request, ready for work. The caller frees *folder. NULL after replying. */
static struct box *prepare(struct request *rq, char **folder)
{
    const json_t *body = request_json(rq);
    struct box *box = body == NULL ? NULL : work_box(rq);
    return box != NULL && work_folder(rq, box, request_text(rq, "folder"), folder) ? box : NULL;
}

static void exec_as(struct request *rq, bool stream)
{
    char *folder = NULL;
    struct box *box = prepare(rq, &folder);
    if (box == NULL) {
        return;
    }
    const json_t *command = json_object_get(rq->json, "command");
    char **argv = take_argv(rq, box, command);
    if (argv != NULL) {
        char *prompt = join(command);
        struct job_request job = {.prompt = prompt, .argv = argv, .folder = folder};
        perform(rq, box, &job, stream);
        free(prompt);
        work_free_words(argv);
    }
    free(folder);
}

void exec_run(struct request *rq)
{
    exec_as(rq, false);
}

void exec_stream(struct request *rq)
{
    exec_as(rq, true);
}

struct language {
    const char *name, *program, *suffix;
};

/* TypeScript goes to node as it is: what of it is JavaScript runs. */
static const struct language languages[] = {
    {"js", "node", "mjs"},
    {"ts", "node", "mjs"},
    {"python", "python3", "py"},
};

static const struct language *find_language(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof languages / sizeof *languages; i++) {
        if (strcmp(languages[i].name, name) == 0) {
            return &languages[i];
        }
    }
    return NULL;
}

/* Writes the code into a file of the box and returns its path; NULL when that fails. The caller frees it. */
static char *write_code(struct request *rq, const struct box *box, const struct language *language,
                        const char *code)
{
    char *folder = lifecycle_folder(rq->boxd, box);
    char id[24];
    store_make_id(&rq->boxd->store, "code_", id);
    char *path = mem_format("%s/tmp/%s.%s", folder, id, language->suffix);
    char *text = paths_translate(rq->boxd, box, code);
    FILE *file = fopen(path, "we");
    bool ok = file != NULL && fputs(text, file) >= 0;
    if (file != NULL && fclose(file) != 0) {
        ok = false;
    }
    free(text);
    free(folder);
    if (!ok) {
        free(path);
        return NULL;
    }
    return path;
}

static void code_as(struct request *rq, bool stream)
{
    char *folder = NULL;
    struct box *box = prepare(rq, &folder);
    if (box == NULL) {
        return;
    }
    const char *code = request_text(rq, "code");
    const struct language *language = find_language(request_text(rq, "language"));
    char *path = code == NULL || language == NULL ? NULL : write_code(rq, box, language, code);
    if (path == NULL) {
        reply_error(rq, 400, "bad request: code and a language (js, ts, python) are needed");
    } else {
        char *argv[] = {mem_dup(language->program), path, NULL};
        char *prompt = mem_format("%s %s", language->name, code);
        struct job_request job = {
            .prompt = prompt,
            .argv = argv,
            .folder = folder,
            .timeout_ms = (int64_t)json_number_value(json_object_get(rq->json, "timeout")),
        };
        perform(rq, box, &job, stream);
        free(prompt);
        free(argv[0]);
    }
    free(path);
    free(folder);
}

void code_run(struct request *rq)
{
    code_as(rq, false);
}

void code_stream(struct request *rq)
{
    code_as(rq, true);
}
