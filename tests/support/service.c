#include "tests/support/service.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/base/clock.h"
#include "client/base/mem.h"

enum { READY_MS = 10000, STOP_MS = 5000, ASK_MS = 10000, OPTIONS = 64, BODY_MAX = 256 << 20 };

extern char **environ;

char *service_program(void)
{
    const char *named = getenv("BOXD");
    if (named != NULL && named[0] != '\0') {
        return mem_dup(named);
    }
    char *self = realpath("/proc/self/exe", NULL);
    for (int up = 0; self != NULL && up < 3; up++) { /* OUT/tests/KIND/PROGRAM */
        *strrchr(self, '/') = '\0';
    }
    char *program = mem_format("%s/boxd", self == NULL ? "." : self);
    free(self);
    return program;
}

/* Reads the first line; NULL when it does not come in time. */
static char *read_line(int fd)
{
    struct buf line;
    int64_t end = clock_ms() + READY_MS;
    buf_init(&line, 4096);
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = end - clock_ms();
        char c;
        if (left <= 0 || poll(&p, 1, (int)left) <= 0 || read(fd, &c, 1) != 1 || !buf_add_byte(&line, c)) {
            buf_done(&line);
            return NULL;
        }
        if (c == '\n') {
            return buf_take(&line, NULL);
        }
    }
}

static bool read_ready(struct service *service, const char *line)
{
    json_t *ready = line == NULL ? NULL : json_loads(line, 0, NULL);
    service->url = mem_dup(json_string_value(json_object_get(ready, "http")));
    service->ssh = mem_dup(json_string_value(json_object_get(ready, "ssh")));
    service->api_key = mem_dup(json_string_value(json_object_get(ready, "api_key")));
    json_decref(ready);
    return service->url != NULL && service->ssh != NULL && service->api_key != NULL;
}

bool service_start(struct service *service, const char *const *options)
{
    char *program = service_program();
    const char *argv[OPTIONS] = {program, "--die-with-parent"};
    int fds[2];
    for (size_t i = 0; options != NULL && options[i] != NULL && i + 3 < OPTIONS; i++) {
        argv[i + 2] = options[i];
    }
    *service = (struct service){.pid = 0};
    if (pipe2(fds, O_CLOEXEC) < 0) {
        free(program);
        return false;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[1], 1);
    bool ok = posix_spawn(&service->pid, program, &actions, NULL, (char *const *)argv, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(fds[1]);
    char *line = ok ? read_line(fds[0]) : NULL;
    close(fds[0]);
    service->pid = ok ? service->pid : 0;
    ok = read_ready(service, line);
    free(line);
    free(program);
    if (!ok) {
        service_stop(service);
    }
    return ok;
}

int service_stop(struct service *service)
{
    int status = 0;
    int result = 0;
    if (service->pid != 0) {
        int64_t end = clock_ms() + STOP_MS;
        pid_t pid = 0;
        kill(service->pid, SIGTERM);
        while ((pid = waitpid(service->pid, &status, WNOHANG)) == 0 && clock_ms() < end) {
            poll(NULL, 0, 5);
        }
        if (pid == 0) {
            kill(service->pid, SIGKILL);
            waitpid(service->pid, &status, 0);
            result = -1;
        } else {
            result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        }
    }
    free(service->url);
    free(service->ssh);
    free(service->api_key);
    *service = (struct service){.pid = 0};
    return result;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
    return buf_add(context, bytes, size * count) ? size * count : 0;
}

void service_ask(const struct service *service, const char *method, const char *path, const char *body,
                 long timeout_ms, struct answer *answer)
{
    CURL *easy = curl_easy_init();
    char *url = mem_format("%s%s", service->url, path);
    char *key = mem_format("X-Box-Api-Key: %s", service->api_key);
    struct curl_slist *headers = curl_slist_append(NULL, key);
    long status = 0;
    headers = curl_slist_append(headers, "Content-Type: application/json");
    *answer = (struct answer){.status = 0};
    buf_init(&answer->head, BODY_MAX);
    buf_init(&answer->body, BODY_MAX);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms == 0 ? (long)ASK_MS : timeout_ms);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer->body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_bytes);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &answer->head);
    if (body != NULL) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    } else if (strcmp(method, "POST") == 0) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
    }
    answer->curl_code = (int)curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    free(key);
    free(url);
}

void answer_done(struct answer *answer)
{
    buf_done(&answer->head);
    buf_done(&answer->body);
}

void service_do(const struct service *service, const char *method, const char *path, const char *body)
{
    struct answer answer;
    service_ask(service, method, path, body, 0, &answer);
    if (answer.status / 100 != 2) {
        fail_msg("%s %s: %d %s", method, path, answer.status, buf_text(&answer.body));
    }
    answer_done(&answer);
}
