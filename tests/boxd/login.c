#include "tests/boxd/login.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "client/base/clock.h"
#include "client/base/mem.h"
#include "tests/boxd/paths.h"
#include "tests/boxd/process.h"
#include "tests/boxd/ssh.h"

/* With the lock held: whether the box can be logged in to. */
static bool may_enter(const struct box *box, const char *box_id, struct err *err)
{
    if (box == NULL) {
        return err_set(err, ERR_NOT_FOUND, 0, "there is no box %s", box_id);
    }
    if (box->status != BOX_IDLE && box->status != BOX_RUNNING) {
        return err_set(err, ERR_CONFLICT, 0, "the box is %s", box_status_word(box->status));
    }
    return true;
}

static bool resolve(void *data, const char *box_id, struct ssh_box *out, struct err *err)
{
    struct boxd *boxd = data;
    pthread_mutex_lock(&boxd->store.lock);
    const struct box *box = store_find_id(&boxd->store, box_id);
    bool ok = may_enter(box, box_id, err);
    if (ok) {
        out->folder = paths_host(boxd, box, NULL);
        out->env = process_env(boxd, box);
    }
    pthread_mutex_unlock(&boxd->store.lock);
    return ok;
}

static void on_session(void *data, const char *box_id, bool open)
{
    struct boxd *boxd = data;
    pthread_mutex_lock(&boxd->store.lock);
    struct box *box = store_find_id(&boxd->store, box_id);
    if (box != NULL) {
        box->activity_ms = clock_wall_ms();
        store_log(box, LEVEL_INFO, SOURCE_SYSTEM, open ? "SSH session opened" : "SSH session closed");
    }
    pthread_mutex_unlock(&boxd->store.lock);
}

bool login_start(struct boxd *boxd, struct err *err)
{
    const struct sockaddr_storage *address = &boxd->options.ssh;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    char host[INET6_ADDRSTRLEN];
    if (address->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
    } else {
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
    }
    char *keys = mem_format("%s/ssh", boxd->root);
    struct ssh_server_options options = {
        .address = host,
        .port = ntohs(address->ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port),
        .api_key = boxd->options.api_key,
        .key_dir = keys,
        .data = boxd,
        .resolve = resolve,
        .on_session = on_session,
    };
    boxd->ssh = ssh_server_new(&options, err);
    free(keys);
    return boxd->ssh != NULL;
}

void login_stop(struct boxd *boxd)
{
    ssh_server_free(boxd->ssh);
    boxd->ssh = NULL;
}

char *login_address(const struct boxd *boxd)
{
    const struct sockaddr_storage *address = &boxd->options.ssh;
    char host[INET6_ADDRSTRLEN];
    if (address->ss_family == AF_INET6) {
        return mem_format("[::1]:%u", ssh_server_port(boxd->ssh));
    }
    inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, host, sizeof host);
    return mem_format("%s:%u", host, ssh_server_port(boxd->ssh));
}
