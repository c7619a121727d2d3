#include "tests/support/gateway.h"

#include "client/base/mem.h"
#include "tests/support/pane.h"
#include "tests/support/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static bool resolve(void *data, const char *box_id, struct ssh_box *out, struct err *err)
{
    const struct gateway *gateway = data;
    if (strcmp(box_id, GATEWAY_BOX) != 0)
        return err_set(err, ERR_NOT_FOUND, 0, "There is no box %s", box_id);
    out->folder = mem_dup(gateway->box_folder);
    return true;
}

struct gateway *gateway_new(const char *key)
{
    struct gateway *gateway = mem_zalloc(1, sizeof *gateway);
    gateway->key = mem_dup(key);
    gateway->folder = mem_dup("/tmp/boxtop_gateway_XXXXXX");
    assert_non_null(mkdtemp(gateway->folder));
    gateway->box_folder = mem_format("%s/box", gateway->folder);
    gateway->known_hosts = mem_format("%s/known_hosts", gateway->folder);
    assert_int_equal(mkdir(gateway->box_folder, 0700), 0);
    struct ssh_server_options options = {.address = "127.0.0.1",
                                         .api_key = key,
                                         .key_dir = gateway->folder,
                                         .data = gateway,
                                         .resolve = resolve};
    struct err err = {0};
    gateway->server = ssh_server_new(&options, &err);
    if (gateway->server == NULL)
        fail_msg("%s", err.text);
    gateway->port = ssh_server_port(gateway->server);
    return gateway;
}

void gateway_free(struct gateway *gateway)
{
    if (gateway == NULL)
        return;
    ssh_server_free(gateway->server);
    struct run_result result;
    const char *argv[] = {"rm", "-r", gateway->folder, NULL};
    run_program(&(struct program){.argv = argv, .timeout_ms = PANE_LIMIT_MS}, &result);
    run_result_done(&result);
    free(gateway->known_hosts);
    free(gateway->box_folder);
    free(gateway->folder);
    free(gateway->key);
    free(gateway);
}

struct shell *gateway_shell(const struct gateway *gateway)
{
    struct shell *shell = pane_new(GATEWAY_BOX, gateway->port, gateway->known_hosts);
    pane_open(shell, gateway->port, gateway->key);
    return shell;
}

struct ssh_counters gateway_counters(const struct gateway *gateway)
{
    struct ssh_counters counters;
    ssh_server_counters(gateway->server, &counters);
    return counters;
}
