#include "tests/boxd/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "client/base/mem.h"

const char options_help[] =
    "boxd: a Box service on this machine, for demos and tests. A box is a folder.\n"
    "\n"
    "  --http ADDR:PORT     where to listen (default 127.0.0.1:0; port 0 is any; loopback only)\n"
    "  --ssh ADDR:PORT      where SSH listens (default 127.0.0.1:0)\n"
    "  --api-key KEY        the key clients must send (default: a fresh one)\n"
    "  --root DIR           where the boxes live (default: a temporary folder, removed at the end)\n"
    "  --assets DIR         the folder that holds demo/ (default: found from the program's place)\n"
    "  --seed demo          start with a dozen boxes in which work goes on\n"
    "  --boxes N            start with N plain boxes with a history\n"
    "  --log-rate N         write N lines a second into the log of each running box\n"
    "  --creating-ms MS     how long a box is in creation (default 1500)\n"
    "  --pause-ms MS        how long pause and resume take (default 1000)\n"
    "  --fault SPEC         NAME[=VALUE][@PATH-GLOB][:PROBABILITY]; may be given again (faults.h lists "
    "them)\n"
    "  --die-with-parent    end when the process that started boxd ends\n"
    "  --help\n"
    "\n"
    "When it is ready, one line of JSON is printed: {\"http\":URL,\"ssh\":ADDR:PORT,\"api_key\":KEY}.\n";

enum {
    OPT_HTTP = 1000,
    OPT_SSH,
    OPT_KEY,
    OPT_ROOT,
    OPT_ASSETS,
    OPT_SEED,
    OPT_BOXES,
    OPT_RATE,
    OPT_CREATING,
    OPT_PAUSE,
    OPT_FAULT,
    OPT_PARENT,
    OPT_HELP
};

static const struct option words[] = {
    {"http", required_argument, NULL, OPT_HTTP},
    {"ssh", required_argument, NULL, OPT_SSH},
    {"api-key", required_argument, NULL, OPT_KEY},
    {"root", required_argument, NULL, OPT_ROOT},
    {"assets", required_argument, NULL, OPT_ASSETS},
    {"seed", required_argument, NULL, OPT_SEED},
    {"boxes", required_argument, NULL, OPT_BOXES},
    {"log-rate", required_argument, NULL, OPT_RATE},
    {"creating-ms", required_argument, NULL, OPT_CREATING},
    {"pause-ms", required_argument, NULL, OPT_PAUSE},
    {"fault", required_argument, NULL, OPT_FAULT},
    {"die-with-parent", no_argument, NULL, OPT_PARENT},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static bool read_port(const char *text, in_port_t *port)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 0 || value > 65535) {
        return false;
    }
    *port = htons((uint16_t)value);
    return true;
}

/* Reads ADDR:PORT or [ADDR]:PORT and refuses everything that is not loopback. */
static bool read_address(const char *text, struct sockaddr_storage *out, struct err *err)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    in_port_t port;
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    if (len == 0 || len >= sizeof host || !read_port(colon + 1, &port)) {
        return err_set(err, ERR_USAGE, 0, "`%s` is not ADDR:PORT", text);
    }
    memcpy(host, text, len);
    host[len] = '\0';
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (strcmp(host, "localhost") == 0) {
        strcpy(host, "127.0.0.1");
    }
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = port;
        if ((ntohl(v4->sin_addr.s_addr) >> 24) == 127) {
            return true;
        }
    } else if (strcmp(host, "[::1]") == 0) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = port;
        v6->sin6_addr = in6addr_loopback;
        return true;
    }
    return err_set(err, ERR_USAGE, 0,
                   "boxd runs commands for whoever has the key, so it listens on loopback only: %s is not "
                   "127.x.x.x, localhost or [::1]",
                   host);
}

static bool read_number(const char *name, const char *text, long max, long *out, struct err *err)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < 0 || value > max) {
        return err_set(err, ERR_USAGE, 0, "--%s takes a number from 0 to %ld, not `%s`", name, max, text);
    }
    *out = value;
    return true;
}

static bool add_fault(struct options *options, const char *spec, struct err *err)
{
    struct fault fault;
    if (!fault_parse(&fault, spec, err)) {
        return false;
    }
    options->faults = mem_resize(options->faults, options->fault_count + 1, sizeof *options->faults);
    options->faults[options->fault_count++] = fault;
    return true;
}

static void replace(char **field, const char *value)
{
    free(*field);
    *field = mem_dup(value);
}

static bool read_seed(struct options *options, const char *name, struct err *err)
{
    if (strcmp(name, "demo") != 0) {
        return err_set(err, ERR_USAGE, 0, "the only seed is `demo`, not `%s`", name);
    }
    options->seed_demo = true;
    return true;
}

static bool read_one(struct options *options, int option, const char *value, struct err *err)
{
    switch (option) {
    case OPT_HTTP:
        return read_address(value, &options->http, err);
    case OPT_SSH:
        return read_address(value, &options->ssh, err);
    case OPT_KEY:
        replace(&options->api_key, value);
        return true;
    case OPT_ROOT:
        replace(&options->root, value);
        return true;
    case OPT_ASSETS:
        replace(&options->assets, value);
        return true;
    case OPT_SEED:
        return read_seed(options, value, err);
    case OPT_BOXES:
        return read_number("boxes", value, 90000, &options->boxes, err);
    case OPT_RATE:
        return read_number("log-rate", value, 1000000, &options->log_rate, err);
    case OPT_CREATING:
        return read_number("creating-ms", value, 3600000, &options->creating_ms, err);
    case OPT_PAUSE:
        return read_number("pause-ms", value, 3600000, &options->pause_ms, err);
    case OPT_FAULT:
        return add_fault(options, value, err);
    case OPT_PARENT:
        options->die_with_parent = true;
        return true;
    case OPT_HELP:
        options->help = true;
        return true;
    default:
        return err_set(err, ERR_USAGE, 0, "unknown option, or an option without its value (try --help)");
    }
}

/* "box_" and 32 hexadecimal digits, as box-api.md 1.1 describes keys. */
static char *make_key(void)
{
    unsigned char bytes[16] = {0};
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        abort();
    }
    char *key = mem_alloc(4 + 2 * sizeof bytes + 1);
    static const char digits[] = "0123456789abcdef";
    memcpy(key, "box_", 4);
    for (size_t i = 0; i < sizeof bytes; i++) {
        key[4 + 2 * i] = digits[bytes[i] >> 4];
        key[5 + 2 * i] = digits[bytes[i] & 15];
    }
    key[4 + 2 * sizeof bytes] = '\0';
    return key;
}

bool options_read(struct options *options, int argc, char **argv, struct err *err)
{
    *options = (struct options){.creating_ms = 1500, .pause_ms = 1000};
    read_address("127.0.0.1:0", &options->http, NULL);
    read_address("127.0.0.1:0", &options->ssh, NULL);
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "", words, NULL)) != -1;) {
        if (!read_one(options, option, optarg, err)) {
            return false;
        }
    }
    if (optind < argc) {
        return err_set(err, ERR_USAGE, 0, "unexpected word `%s` (try --help)", argv[optind]);
    }
    if (options->api_key == NULL) {
        options->api_key = make_key();
    }
    if (options->api_key[0] == '\0') {
        return err_set(err, ERR_USAGE, 0, "the key of --api-key is empty");
    }
    return true;
}

void options_done(struct options *options)
{
    free(options->api_key);
    free(options->root);
    free(options->assets);
    free(options->faults);
    *options = (struct options){0};
}
