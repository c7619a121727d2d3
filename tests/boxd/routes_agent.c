/*
 * Agent runs (box-api.md 2.4, 3.1): the box's custom harness, or for managed harnesses the scripted agent of
 * assets/demo.
 */
#include "tests/boxd/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/base/mem.h"
#include "tests/boxd/base64.h"
#include "tests/boxd/job.h"
#include "tests/boxd/multipart.h"
#include "tests/boxd/paths.h"
#include "tests/boxd/agent_argv.h"
#include "tests/boxd/work.h"

/* Writes one attached file into the box's uploads folder, whatever its name says about folders. */
static bool store_file(struct request *rq, const struct box *box, const char *name, const void *bytes,
                       size_t len)
{
    const char *slash = name == NULL ? NULL : strrchr(name, '/');
    char *inside = mem_format("/workspace/home/uploads/%s", name == NULL    ? "file"
                                                            : slash != NULL ? slash + 1
                                                                            : name);
    char *path = paths_host(rq->boxd, box, inside);
    struct err err;
    FILE *file = paths_make_parents(path, &err) ? fopen(path, "we") : NULL;
    bool ok = file != NULL && fwrite(bytes, 1, len, file) == len;
    if (file != NULL && fclose(file) != 0) {
        ok = false;
    }
    free(path);
    free(inside);
    return ok;
}

/* The form's text fields become the JSON body, its files files of the box. */
static bool take_form(struct request *rq, const struct box *box)
{
    struct multipart form;
    bool ok = multipart_read(rq, &form);
    rq->json = json_object();
    for (size_t i = 0; ok && i < form.count; i++) {
        const struct part *part = &form.parts[i];
        if (part->filename != NULL) {
            ok = store_file(rq, box, part->filename, part->data.data, part->data.len);
            continue;
        }
        json_t *value = strcmp(part->name, "prompt") == 0 || strcmp(part->name, "folder") == 0
                            ? json_stringn(buf_text(&part->data), part->data.len)
                            : json_loadb(buf_text(&part->data), part->data.len, 0, NULL);
        ok = value != NULL && json_object_set_new(rq->json, part->name, value) == 0;
    }
    multipart_done(&form);
    return ok;
}

/* The files that came as base64. */
static bool take_files(struct request *rq, const struct box *box)
{
    const json_t *files = json_object_get(rq->json, "files");
    size_t index;
    json_t *each;
    json_array_foreach(files, index, each)
    {
        const char *data = json_string_value(json_object_get(each, "data"));
        struct buf bytes;
        buf_init(&bytes, REQUEST_BODY_MAX);
        bool ok = data != NULL && base64_decode(data, strlen(data), &bytes) &&
                  store_file(rq, box, json_string_value(json_object_get(each, "filename")), buf_text(&bytes),
                             bytes.len);
        buf_done(&bytes);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* The body, whatever its kind. False after replying 400. */
static bool take_body(struct request *rq, const struct box *box)
{
    if (!multipart_is(rq)) {
        if (request_json(rq) == NULL) {
            return false;
        }
        if (take_files(rq, box)) {
            return true;
        }
    } else if (take_form(rq, box)) {
        return true;
    }
    reply_error(rq, 400, "bad request: the form or its files cannot be read");
    return false;
}

static void reply_sync(struct request *rq, const char *run_id, const struct run *run)
{
    struct wire wire;
    reply_begin(rq, &wire);
    jsonw_open(&wire.w, '{');
    jsonw_text_field(&wire.w, "run_id", run_id);
    if (run == NULL) {
        jsonw_text_field(&wire.w, "status", "running");
    } else {
        jsonw_text_field(&wire.w, "output", run->output == NULL ? "" : run->output);
        jsonw_key(&wire.w, "metadata");
        jsonw_open(&wire.w, '{');
        jsonw_int_field(&wire.w, "input_tokens", run->input_tokens);
        jsonw_int_field(&wire.w, "output_tokens", run->output_tokens);
        jsonw_int_field(&wire.w, "cached_input_tokens", run->cached_input_tokens);
        jsonw_real_field(&wire.w, "cost_usd", run->cost_usd);
        jsonw_close(&wire.w, '}');
    }
    jsonw_close(&wire.w, '}');
    reply_end(rq, &wire, run == NULL ? 202 : 200);
}

/* Answers for a job that has been started: a stream, a run id, or the outcome. */
static void answer(struct request *rq, struct box *box, struct job *job, struct hub *hub, bool webhook)
{
    char id[24];
    snprintf(id, sizeof id, "%s", job->run->id);
    if (hub != NULL) {
        work_reply_hub(rq, hub);
        return;
    }
    if (webhook) {
        reply_sync(rq, id, NULL);
        return;
    }
    job_wait(job);
    const struct run *run = store_find_run(box, id);
    if (run == NULL || run->status != RUN_COMPLETED) {
        reply_error(rq, 500, "%s",
                    run == NULL || run->error_message == NULL ? "the run failed" : run->error_message);
    } else {
        reply_sync(rq, id, run);
    }
}

static void start(struct request *rq, struct box *box, bool stream)
{
    const char *prompt = request_text(rq, "prompt");
    const char *model = request_text(rq, "model");
    const char *webhook = json_string_value(json_object_get(json_object_get(rq->json, "webhook"), "url"));
    char *folder = NULL;
    if (prompt == NULL || prompt[0] == '\0') {
        reply_error(rq, 400, "bad request: prompt is missing");
        return;
    }
    if (!work_folder(rq, box, request_text(rq, "folder"), &folder)) {
        return;
    }
    struct hub *hub = NULL;
    struct err err;
    model = model != NULL ? model : box->model;
    char **argv = agent_argv(rq->boxd, box, prompt, model);
    struct job_request request = {
        .agent = true, .prompt = prompt, .argv = argv, .folder = folder, .model = model, .webhook = webhook};
    struct job *job = job_start(rq->boxd, box, &request, stream ? &hub : NULL, &err);
    if (job == NULL) {
        reply_error(rq, err.code, "%s", err.text);
    } else {
        answer(rq, box, job, hub, webhook != NULL);
        job_release(job);
    }
    work_free_words(argv);
    free(folder);
}

static void run_as(struct request *rq, bool stream)
{
    struct box *box = routes_box(rq);
    if (box == NULL) {
        return;
    }
    if (box->agent == NULL) {
        reply_error(rq, 400, "no agent is configured for this box");
        return;
    }
    box = work_box(rq);
    if (box != NULL && take_body(rq, box)) {
        start(rq, box, stream);
    }
}

void agent_run(struct request *rq)
{
    run_as(rq, false);
}

void agent_stream(struct request *rq)
{
    run_as(rq, true);
}
