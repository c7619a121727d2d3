/* The TCP connection of a shell: the gateway is the base URL's host unless told otherwise (box-api.md 6). */
#include <stdlib.h>

#include "client/api/parts.h"
#include "client/base/mem.h"

static void connected(void *user, const struct http_answer *answer)
{
    struct job *job = user;
    job->call = NULL;
    if (answer->err.kind != ERR_NONE) {
        job_fail(job, &answer->err);
        return;
    }
    job->reply.fd = answer->fd;
    job_succeed(job);
}

static void connect_start(struct job *job)
{
    job->spec.what = "shell";
    job->call = http_connect(job->api->http, job->api->ssh_host, job->api->ssh_port, connected, job);
}

const struct job_ops connect_ops = {.start = connect_start};
