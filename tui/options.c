#include "tui/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_BASE_URL = 256, OPT_SSH, OPT_KEY_FILE, OPT_PROFILE, OPT_RATE, OPT_READ_ONLY, OPT_CONFIG, OPT_LOG };

static const struct option longs[] = {
    {"base-url", required_argument, NULL, OPT_BASE_URL},
    {"ssh", required_argument, NULL, OPT_SSH},
    {"api-key-file", required_argument, NULL, OPT_KEY_FILE},
    {"profile", required_argument, NULL, OPT_PROFILE},
    {"rate", required_argument, NULL, OPT_RATE},
    {"read-only", no_argument, NULL, OPT_READ_ONLY},
    {"config", required_argument, NULL, OPT_CONFIG},
    {"log", required_argument, NULL, OPT_LOG},
    {"shell", no_argument, NULL, 's'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

const char *options_help(void)
{
    return "Usage: boxtop [OPTION]... [BOX]\n"
           "Upstash Box in a terminal: every box, its runs and logs live, and its shell one key away.\n"
           "\n"
           "  BOX                   open on this box, by id or name\n"
           "  -s, --shell           open BOX in its shell\n"
           "      --base-url URL    the service (default: UPSTASH_BOX_BASE_URL, else\n"
           "                        https://us-east-1.box.upstash.com)\n"
           "      --ssh HOST[:PORT] the SSH gateway (default: the service's host, port 22)\n"
           "      --api-key-file F  read the API key from the first line of F (mode 0600)\n"
           "      --profile NAME    use [profile NAME] of the config file\n"
           "      --rate N          background requests a second (default 4)\n"
           "      --read-only       hide everything that changes something\n"
           "      --config FILE     use this config file\n"
           "      --log FILE        write a debug log (never holds the API key)\n"
           "  -V, --version         print the version\n"
           "  -h, --help            print this\n"
           "\n"
           "The API key comes from --api-key-file, the profile's api_key_cmd, the environment\n"
           "variable UPSTASH_BOX_API_KEY or the config file; on a terminal boxtop asks for it.\n"
           "Inside, ? shows every key. The manual is boxtop(1).\n";
}

static bool parse_rate(const char *word, double *rate, struct err *err)
{
    char *end;
    errno = 0;
    *rate = strtod(word, &end);
    if (errno != 0 || end == word || *end != '\0' || !isfinite(*rate) || *rate < 0.1 || *rate > 10000)
        return err_set(err, ERR_USAGE, 0, "--rate takes a number from 0.1 to 10000, not \"%.40s\"", word);
    return true;
}

static bool take_option(struct options *options, int option, const char *value, struct err *err)
{
    switch (option) {
    case OPT_BASE_URL:
        options->base_url = value;
        return true;
    case OPT_SSH:
        options->ssh = value;
        return true;
    case OPT_KEY_FILE:
        options->api_key_file = value;
        return true;
    case OPT_PROFILE:
        options->profile = value;
        return true;
    case OPT_RATE:
        return parse_rate(value, &options->rate, err);
    case OPT_READ_ONLY:
        options->read_only = true;
        return true;
    case OPT_CONFIG:
        options->config = value;
        return true;
    case OPT_LOG:
        options->log = value;
        return true;
    case 's':
        options->shell = true;
        return true;
    case 'V':
        options->version = true;
        return true;
    case 'h':
        options->help = true;
        return true;
    default:
        return err_set(err, ERR_USAGE, 0, "Option not understood");
    }
}

bool options_parse(struct options *options, int argc, char **argv, struct err *err)
{
    *options = (struct options){0};
    opterr = 0;
    optind = 0;
    for (int option; (option = getopt_long(argc, argv, ":sVh", longs, NULL)) != -1;) {
        const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
        if (option == ':')
            return err_set(err, ERR_USAGE, 0, "%.60s needs a value", word);
        if (option == '?')
            return err_set(err, ERR_USAGE, 0, "%.60s is not an option", word);
        if (!take_option(options, option, optarg, err))
            return false;
    }
    if (optind < argc)
        options->box = argv[optind++];
    if (optind < argc)
        return err_set(err, ERR_USAGE, 0, "\"%.60s\" is one word too many: only one box can be opened",
                       argv[optind]);
    if (options->shell && options->box == NULL)
        return err_set(err, ERR_USAGE, 0, "-s needs a box");
    return true;
}
