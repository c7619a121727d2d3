#include "tests/boxd/work.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/base/mem.h"
#include "tests/boxd/job.h"
#include "tests/boxd/lifecycle.h"
#include "tests/boxd/paths.h"
#include "tests/boxd/routes.h"

struct box *work_box(struct request *rq)
{
    struct box *box = routes_box(rq);
    struct err err;
    if (box != NULL && !lifecycle_wake(rq->boxd, box, &err)) {
        reply_error(rq, err.code, "%s", err.text);
        return NULL;
    }
    return box;
}

bool work_folder(struct request *rq, const struct box *box, const char *folder, char **out)
{
    struct stat info;
    *out = paths_host(rq->boxd, box, folder);
    if (stat(*out, &info) == 0 && S_ISDIR(info.st_mode)) {
        return true;
    }
    reply_error(rq, 400, "Failed to execute command: no folder %s in the box", folder == NULL ? "" : folder);
    free(*out);
    *out = NULL;
    return false;
}

static size_t read_hub(void *context, char *out, size_t room)
{
    return hub_read(context, out, room);
}

static void close_hub(void *context)
{
    hub_leave(context);
}

void work_reply_hub(struct request *rq, struct hub *hub)
{
    reply_stream(rq, "text/event-stream", (struct body_source){read_hub, close_hub, hub});
}

void work_free_words(char **words)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
        free(words[i]);
    }
    free(words);
}

static int run_quietly(struct request *rq, struct box *box, const char *folder, const char *const *argv,
                       bool merged, struct buf *out, char **err_text)
{
    struct job_request request = {
        .argv = (char **)argv, .folder = folder, .merged = merged, .quiet = true, .timeout_ms = 120000};
    struct err err;
    struct job *job = job_start(rq->boxd, box, &request, NULL, &err);
    if (job == NULL) {
        reply_error(rq, err.code, "%s", err.text);
        return -1;
    }
    job_wait(job);
    int code = job->exit_code;
    if (job->failure != NULL) {
        reply_error(rq, 500, "%s", job->failure);
        code = -1;
    } else {
        *out = job->out;
        buf_init(&job->out, 0);
        if (err_text != NULL) {
            *err_text = mem_dup_bytes(buf_text(&job->err), job->err.len);
        }
    }
    job_release(job);
    return code;
}

int work_quietly(struct request *rq, struct box *box, const char *folder, const char *const *argv,
                 struct buf *out)
{
    buf_init(out, 0);
    return run_quietly(rq, box, folder, argv, true, out, NULL);
}

int work_quietly_apart(struct request *rq, struct box *box, const char *folder, const char *const *argv,
                       struct buf *out, char **err_text)
{
    *err_text = NULL;
    buf_init(out, 0);
    return run_quietly(rq, box, folder, argv, false, out, err_text);
}
