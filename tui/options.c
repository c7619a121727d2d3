#include "tui/options.h"

#include "client/base/clock.h"
#include "tui/cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    OPT_BASE_URL = 256,
    OPT_SSH,
    OPT_KEY_FILE,
    OPT_PROFILE,
    OPT_RATE,
    OPT_READ_ONLY,
    OPT_CONFIG,
    OPT_LOG,
    OPT_JSON,
    OPT_ALL,
    OPT_LABEL,
    OPT_GREP,
    OPT_SINCE,
    OPT_RAW,
    OPT_REVERSE,
    OPT_UTC,
    OPT_FILTER,
    OPT_SORT,
    OPT_BY,
    OPT_LIMIT
};

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
    {"json", no_argument, NULL, OPT_JSON},
    {"follow", no_argument, NULL, 'f'},
    {"all", no_argument, NULL, OPT_ALL},
    {"label", required_argument, NULL, OPT_LABEL},
    {"grep", required_argument, NULL, OPT_GREP},
    {"since", required_argument, NULL, OPT_SINCE},
    {"raw", no_argument, NULL, OPT_RAW},
    {"reverse", no_argument, NULL, OPT_REVERSE},
    {"utc", no_argument, NULL, OPT_UTC},
    {"filter", required_argument, NULL, OPT_FILTER},
    {"sort", required_argument, NULL, OPT_SORT},
    {"by", required_argument, NULL, OPT_BY},
    {"limit", required_argument, NULL, OPT_LIMIT},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

const char *options_help(void)
{
    return "Usage: boxtop [OPTION]... [BOX]\n"
           "       boxtop [OPTION]... VERB [WORD]...\n"
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
           "Verbs write to stdout and end (--json: one object a line):\n"
           "  list [--label L]            the boxes\n"
           "  attention [--all]           what needs a person, worst first; exit 9 when something does\n"
           "  logs [-f] BOX... | --all | --label L [--since T] [--grep REGEX] [--raw]\n"
           "                              their logs; -f follows, through every outage\n"
           "  runs BOX... | --all | --label L [--filter F] [--since T] [--limit N]\n"
           "       [--sort ORDER] [--reverse]\n"
           "                              their runs; ORDER: start, status, took, cost, tokens\n"
           "  run show [BOX] RUN          everything about one run\n"
           "  run diff [BOX] RUN RUN      two runs side by side; also BOX/RUN BOX/RUN\n"
           "  cost [BOX...] [--label L] [--by account|label|box|run] [--utc]\n"
           "                              what the runs cost: today, in the last hour, in all\n"
           "  exec BOX COMMAND...         run a command; its exit code is ours, 125 is our own failure\n"
           "T: 90s, 10m, 2h, 3d ago, or 2026-02-23T11:20:00Z. F: as after / in the list of runs:\n"
           "s:failed t:agent m:claude !timeout.\n"
           "A box that is called like a verb is opened by its id.\n"
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

static bool parse_ago(const char *word, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"", 1000},     {"s", 1000},     {"m", 60000},
                 {"h", 3600000}, {"d", 86400000}, {"w", 7 * (int64_t)86400000}};
    char *end;
    errno = 0;
    long long value = strtoll(word, &end, 10);
    for (size_t i = 0;
         errno == 0 && end != word && value >= 0 && value < 100000 && i < sizeof units / sizeof units[0]; i++)
        if (strcmp(end, units[i].unit) == 0) {
            *ms = value * units[i].ms;
            return true;
        }
    return false;
}

/* What stands after the time of day: nothing, Z, or +01:00. */
static bool parse_zone(const char *text, bool *given, int *offset_s)
{
    int hours, minutes, used = 0;
    *given = text[0] != '\0';
    *offset_s = 0;
    if (!*given || strcasecmp(text, "z") == 0)
        return true;
    if ((text[0] != '+' && text[0] != '-') || sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 ||
        text[1 + used] != '\0' || hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *offset_s = (text[0] == '-' ? -1 : 1) * (hours * 60 + minutes) * 60;
    return true;
}

static bool parse_moment(const char *word, int64_t *ms)
{
    struct tm parts = {.tm_isdst = -1};
    const char *at = strptime(word, "%Y-%m-%d", &parts);
    if (at != NULL && (*at == 'T' || *at == 't' || *at == ' '))
        at = strptime(at + 1, "%H:%M:%S", &parts);
    if (at == NULL)
        return false;
    if (at[0] == '.')
        at += 1 + strspn(at + 1, "0123456789");
    bool zoned;
    int offset_s;
    if (!parse_zone(at, &zoned, &offset_s))
        return false;
    parts.tm_isdst = -1;
    *ms = ((int64_t)(zoned ? timegm(&parts) : mktime(&parts)) - offset_s) * 1000;
    return *ms > 0;
}

bool options_parse_since(const char *word, int64_t wall_ms, int64_t *since, struct err *err)
{
    int64_t ago;
    if (parse_ago(word, &ago)) {
        *since = wall_ms > ago ? wall_ms - ago : 1;
        return true;
    }
    return parse_moment(word, since) ||
           err_set(err, ERR_USAGE, 0,
                   "--since takes a time such as 90s, 10m, 2h, 3d or 2026-02-23T11:20:00Z, not \"%.40s\"",
                   word);
}

static bool parse_limit(const char *word, int *limit, struct err *err)
{
    char *end;
    errno = 0;
    long value = strtol(word, &end, 10);
    if (errno != 0 || end == word || *end != '\0' || value < 1 || value > 1000000)
        return err_set(err, ERR_USAGE, 0, "--limit takes a number from 1 to 1000000, not \"%.40s\"", word);
    *limit = (int)value;
    return true;
}

/* Options of verbs that are a switch, or a text that is kept as it stands. */
static bool take_plain_option(struct options *options, int option, const char *value)
{
    const struct {
        int option;
        bool *set;
        const char **text;
    } plain[] = {
        {OPT_JSON, &options->json, NULL},       {'f', &options->follow, NULL},
        {OPT_ALL, &options->all, NULL},         {OPT_RAW, &options->raw, NULL},
        {OPT_REVERSE, &options->reverse, NULL}, {OPT_UTC, &options->utc, NULL},
        {OPT_LABEL, NULL, &options->label},     {OPT_GREP, NULL, &options->grep},
        {OPT_FILTER, NULL, &options->filter},   {OPT_SORT, NULL, &options->sort},
        {OPT_BY, NULL, &options->by},
    };
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (plain[i].option != option)
            continue;
        if (plain[i].set != NULL)
            *plain[i].set = true;
        else
            *plain[i].text = value;
        return true;
    }
    return false;
}

static bool take_verb_option(struct options *options, int option, const char *value, struct err *err)
{
    if (take_plain_option(options, option, value))
        return true;
    if (option == OPT_SINCE)
        return options_parse_since(value, clock_wall_ms(), &options->since, err);
    if (option == OPT_LIMIT)
        return parse_limit(value, &options->limit, err);
    return err_set(err, ERR_USAGE, 0, "Option not understood");
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
        return take_verb_option(options, option, value, err);
    }
}

static bool has_verb_option(const struct options *options)
{
    return options->json || options->follow || options->all || options->label != NULL ||
           options->grep != NULL || options->since != 0 || options->raw || options->reverse || options->utc ||
           options->filter != NULL || options->sort != NULL || options->by != NULL || options->limit != 0;
}

static bool take_words(struct options *options, int argc, char **argv, struct err *err)
{
    if (optind < argc && cli_is_verb(argv[optind])) {
        options->verb = argv[optind];
        options->words = argv + optind + 1;
        options->word_count = argc - optind - 1;
        return !options->shell ||
               err_set(err, ERR_USAGE, 0, "-s goes with a box, not with \"%s\"", options->verb);
    }
    if (has_verb_option(options))
        return err_set(err, ERR_USAGE, 0,
                       "-f, --json, --all, --label, --grep and --since go with a verb: list, logs, runs");
    if (optind < argc)
        options->box = argv[optind++];
    if (optind < argc)
        return err_set(err, ERR_USAGE, 0, "\"%.60s\" is one word too many: only one box can be opened",
                       argv[optind]);
    if (options->shell && options->box == NULL)
        return err_set(err, ERR_USAGE, 0, "-s needs a box");
    return true;
}

bool options_parse(struct options *options, int argc, char **argv, struct err *err)
{
    *options = (struct options){0};
    opterr = 0;
    optind = 0;
    for (int option; (option = getopt_long(argc, argv, ":sfVh", longs, NULL)) != -1;) {
        const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
        if (option == ':')
            return err_set(err, ERR_USAGE, 0, "%.60s needs a value", word);
        if (option == '?')
            return err_set(err, ERR_USAGE, 0, "%.60s is not an option", word);
        if (!take_option(options, option, optarg, err))
            return false;
    }
    return take_words(options, argc, argv, err);
}
