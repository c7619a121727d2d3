#include "tests/support/service.h"

#include "client/base/buf.h"
#include "client/base/clock.h"
#include "client/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

enum { READY_MS = 20000, END_MS = 10000, CALL_S = 20, ANSWER_MAX = 16 * 1024 * 1024, ARGS_MAX = 32 };

struct service {
    pid_t pid;
    char *url, *ssh;
    CURL *curl;
};

char *service_program(const char *name)
{
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(len > 0);
    self[len] = '\0';
    char *tests = strstr(self, "/tests/");
    for (char *next; tests != NULL && (next = strstr(tests + 1, "/tests/")) != NULL;)
        tests = next;
    if (tests == NULL)
        fail_msg("%s is not in a build tree", self);
    *tests = '\0';
    return mem_format("%s/%s", self, name);
}

/* ---- starting ---- */

static _Noreturn void become(const char *const *argv, int out)
{
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    dup2(out, STDOUT_FILENO);
    close_range(3, ~0U, 0);
    setsid(); /* its boxes' processes are none of this terminal's */
    execv(argv[0], (char *const *)argv);
    _exit(127);
}

/* The ready line, or what there was of it when time or boxd ended. */
static void read_line(int fd, char *line, size_t size)
{
    size_t len = 0;
    int64_t until = clock_ms() + READY_MS;
    while (len < size - 1 && memchr(line, '\n', len) == NULL) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        int64_t left = until - clock_ms();
        if (left <= 0 || poll(&wait, 1, (int)left) <= 0)
            break;
        ssize_t got = read(fd, line + len, size - 1 - len);
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    line[len] = '\0';
}

static void take_ready(struct service *service, const char *line)
{
    json_t *ready = json_loads(line, 0, NULL);
    const char *url = json_string_value(json_object_get(ready, "http"));
    const char *ssh = json_string_value(json_object_get(ready, "ssh"));
    if (url == NULL || ssh == NULL)
        fail_msg("boxd is not ready; it said \"%s\"", line);
    service->url = mem_dup(url);
    service->ssh = mem_dup(ssh);
    json_decref(ready);
}

struct service *service_start(const char *const *args)
{
    char *program = service_program("boxd"), line[512] = "";
    const char *argv[ARGS_MAX] = {program, "--api-key", SERVICE_KEY, "--die-with-parent"};
    int count = 4, ends[2];
    for (size_t i = 0; args != NULL && args[i] != NULL && count < ARGS_MAX - 1; i++)
        argv[count++] = args[i];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    struct service *service = mem_zalloc(1, sizeof *service);
    service->pid = fork();
    if (service->pid == 0)
        become(argv, ends[1]);
    close(ends[1]);
    assert_true(service->pid > 0);
    read_line(ends[0], line, sizeof line);
    close(ends[0]);
    free(program);
    take_ready(service, line);
    service->curl = curl_easy_init();
    assert_non_null(service->curl);
    return service;
}

void service_stop(struct service *service)
{
    if (service == NULL)
        return;
    int pidfd = pidfd_open(service->pid, 0);
    struct pollfd wait = {.fd = pidfd, .events = POLLIN};
    kill(service->pid, SIGTERM);
    if (pidfd < 0 || poll(&wait, 1, END_MS) != 1) {
        fprintf(stderr, "boxd did not end by itself\n");
        kill(service->pid, SIGKILL);
    }
    waitpid(service->pid, NULL, 0);
    if (pidfd >= 0)
        close(pidfd);
    curl_easy_cleanup(service->curl);
    free(service->url);
    free(service->ssh);
    free(service);
}

const char *service_url(const struct service *service)
{
    return service->url;
}

const char *service_ssh(const struct service *service)
{
    return service->ssh;
}

static uint16_t port_of(const char *address)
{
    return (uint16_t)atoi(strrchr(address, ':') + 1);
}

uint16_t service_http_port(const struct service *service)
{
    return port_of(service->url);
}

uint16_t service_ssh_port(const struct service *service)
{
    return port_of(service->ssh);
}

/* ---- calls ---- */

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    return buf_add(data, bytes, size * count) ? size * count : 0;
}

int service_call(struct service *service, const char *method, const char *path, const char *body,
                 json_t **answer)
{
    struct buf bytes;
    long status = 0;
    buf_init(&bytes, ANSWER_MAX);
    char *url = mem_format("%s%s", service->url, path);
    struct curl_slist *headers = curl_slist_append(NULL, "X-Box-Api-Key: " SERVICE_KEY);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    curl_easy_reset(service->curl);
    curl_easy_setopt(service->curl, CURLOPT_URL, url);
    curl_easy_setopt(service->curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(service->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(service->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(service->curl, CURLOPT_TIMEOUT, (long)CALL_S);
    curl_easy_setopt(service->curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(service->curl, CURLOPT_WRITEDATA, &bytes);
    if (body != NULL)
        curl_easy_setopt(service->curl, CURLOPT_POSTFIELDS, body);
    CURLcode code = curl_easy_perform(service->curl);
    if (code != CURLE_OK)
        fail_msg("%s %s: %s", method, path, curl_easy_strerror(code));
    curl_easy_getinfo(service->curl, CURLINFO_RESPONSE_CODE, &status);
    if (answer != NULL)
        *answer = json_loadb(buf_text(&bytes), bytes.len, JSON_DECODE_ANY, NULL);
    else if (status >= 400)
        fprintf(stderr, "%s %s: %ld %s\n", method, path, status, buf_text(&bytes));
    curl_slist_free_all(headers);
    free(url);
    buf_done(&bytes);
    return (int)status;
}

void service_post(struct service *service, const char *path, json_t *body)
{
    assert_non_null(body);
    char *text = json_dumps(body, 0);
    int status = service_call(service, "POST", path, text, NULL);
    free(text);
    json_decref(body);
    assert_int_equal(status / 100, 2);
}

void service_fault(struct service *service, const char *spec)
{
    json_t *list = spec == NULL ? json_array() : json_pack("[s]", spec);
    service_post(service, "/_boxd/faults", json_pack("{so}", "faults", list));
}

void service_log(struct service *service, const char *box_id, const char *text)
{
    service_post(service, "/_boxd/log", json_pack("{ss,ss}", "box", box_id, "message", text));
}

static int64_t counter(struct service *service, const char *group, const char *name)
{
    json_t *all = NULL;
    assert_int_equal(service_call(service, "GET", "/_boxd/counters", NULL, &all), 200);
    int64_t count = json_integer_value(json_object_get(json_object_get(all, group), name));
    json_decref(all);
    return count;
}

int64_t service_count(struct service *service, const char *route)
{
    return counter(service, "requests", route);
}

int64_t service_ssh_count(struct service *service, const char *name)
{
    return counter(service, "ssh", name);
}
