/* What known_hosts files say, with ssh itself as the judge: each case is put to hostkey.c and to an ssh that
 * talks to a real sshd. The verdicts must be the same; where ours is stricter the case says so. */
#include "client/shell/hostkey.h"

#include "client/base/buf.h"
#include "client/base/mem.h"
#include "client/shell/hostkey_match.h"
#include "client/shell/trust.h"
#include "tests/support/run.h"
#include "tests/support/sshd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { LIMIT_MS = 20000 };

static const char OTHER[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKRs3SjX0SQvMsmTzvCcMMYwRF5CpZwY5vzwQNrtK1zb";
static const char ECDSA[] =
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFlC59J6FPkl4E6S4OAqV+gHzBTTsfqK"
    "0tHDgrmIAeCKtz5T/i/i/t3jOec9iJy6XVRlgKedeTknJatjqHW676M=";
static const char OTHER_SHA256[] = "SHA256:hjriqg/cEIGDpTTlQ4RXdRVVwQqODjpSdIjpUJlYjWw";
static const char ECDSA_SHA256[] = "SHA256:pbFKOmyq7bWGuOFhqnoDj4RAJopWnAv1qt36gdMgAjQ";

struct world {
    struct sshd *sshd;
    char *server_key; /* "ssh-ed25519 AAAA..." */
    char *folder;
    char *file;
    char *name; /* [127.0.0.1]:port */
    struct hostkey key;
};

static struct hostkey key_of(const char *line)
{
    const char *text = strchr(line, ' ') + 1;
    struct hostkey key;
    key.blob = hostkey_base64(text, strcspn(text, " \n"), &key.len);
    assert_non_null(key.blob);
    return key;
}

static int set_up(void **state)
{
    static const char *const types[] = {"ed25519", NULL};
    struct world *world = mem_zalloc(1, sizeof *world);
    struct err err = {0};
    struct sshd_options options = {
        .box_id = "current-wasp-05510", .api_key = "box_test_key_0123456789", .key_types = types};
    world->folder = mem_dup("/tmp/boxtop_hostkey_XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->file = mem_format("%s/known_hosts", world->folder);
    world->sshd = sshd_start(&options, &err);
    if (world->sshd == NULL && err.kind != ERR_NOT_FOUND)
        fail_msg("%s", err.text);
    *state = world;
    if (world->sshd == NULL) {
        print_message("%s\n", err.text);
        return 0;
    }
    world->server_key = sshd_host_key(world->sshd, "ed25519");
    world->name = mem_format("[127.0.0.1]:%d", sshd_port(world->sshd));
    world->key = key_of(world->server_key);
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    sshd_stop(world->sshd);
    unlink(world->file);
    rmdir(world->folder);
    free((void *)world->key.blob);
    free(world->server_key);
    free(world->name);
    free(world->file);
    free(world->folder);
    free(world);
    return 0;
}

/* A known_hosts text in which %K is the server's key, %O another of the same type, %E one of another type, %N
 * the server's name, %P its port. */
static char *expand(const struct world *world, const char *pattern)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    for (const char *c = pattern; *c != '\0'; c++) {
        if (*c != '%') {
            buf_add_byte(&out, *c);
            continue;
        }
        c++;
        const char *text = *c == 'K' ? world->server_key : *c == 'O' ? OTHER : *c == 'E' ? ECDSA : NULL;
        if (*c == 'N')
            text = world->name;
        if (text != NULL)
            buf_add(&out, text, strcspn(text, "\n"));
        else
            buf_add_format(&out, "%d", sshd_port(world->sshd));
    }
    return buf_take(&out, NULL);
}

static void write_file(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* What ssh says about the server with this file; `alias` is the name to look for instead of host and port. */
static enum hostkey_verdict ask_ssh(const struct world *world, const char *alias)
{
    char *files = mem_format("UserKnownHostsFile=%s", world->file);
    char *port = mem_format("%d", sshd_port(world->sshd));
    char *look_for = alias != NULL ? mem_format("HostKeyAlias=%s", alias) : mem_dup("UpdateHostKeys=no");
    const char *argv[] = {"ssh",
                          "-F",
                          "none",
                          "-p",
                          port,
                          "-o",
                          files,
                          "-o",
                          look_for,
                          "-o",
                          "GlobalKnownHostsFile=/dev/null",
                          "-o",
                          "StrictHostKeyChecking=yes",
                          "-o",
                          "BatchMode=yes",
                          "-o",
                          "PreferredAuthentications=none",
                          "-o",
                          "UpdateHostKeys=no",
                          "nobody@127.0.0.1",
                          "true",
                          NULL};
    struct run_result result;
    run_program(&(struct program){.argv = argv, .timeout_ms = LIMIT_MS}, &result);
    const char *said = buf_text(&result.err);
    enum hostkey_verdict verdict = HOSTKEY_UNKNOWN;
    if (strstr(said, "REVOKED HOST KEY DETECTED") != NULL)
        verdict = HOSTKEY_REVOKED;
    else if (strstr(said, "IDENTIFICATION HAS CHANGED") != NULL)
        verdict = HOSTKEY_CHANGED;
    else if (strstr(said, "Permission denied") != NULL)
        verdict = HOSTKEY_MATCH;
    else if (strstr(said, "host key is known for") == NULL)
        fail_msg("ssh says: %s", said);
    run_result_done(&result);
    free(files);
    free(port);
    free(look_for);
    return verdict;
}

static enum hostkey_verdict ask_us(const struct world *world, const char *alias)
{
    struct hostkey_place place = {.host = alias != NULL ? alias : "127.0.0.1",
                                  .port = alias != NULL ? 22 : sshd_port(world->sshd)};
    struct hostkey_place plain_place = {.host = place.host, .port = 22};
    struct hostkey_finding finding = {0}, plain = {0};
    struct err err;
    assert_true(hostkey_read_file(&finding, world->file, &place, &world->key, &err));
    assert_true(hostkey_read_file(&plain, world->file, &plain_place, &world->key, &err));
    enum hostkey_verdict verdict = hostkey_judge(&finding, &plain);
    hostkey_finding_done(&finding);
    hostkey_finding_done(&plain);
    return verdict;
}

struct sample {
    const char *name;
    const char *text;
    enum hostkey_verdict verdict;
};

static const struct sample samples[] = {
    {"empty file", "", HOSTKEY_UNKNOWN},
    {"another host", "other.example.com %K\n", HOSTKEY_UNKNOWN},
    {"match", "%N %K\n", HOSTKEY_MATCH},
    {"match with a comment, without a newline", "%N %K root@box here", HOSTKEY_MATCH},
    {"comments and blank lines around", "# one\n\n \t \n%N %K\n#%N %O\n", HOSTKEY_MATCH},
    {"blanks between", " \t%N\t \t%K\t\n", HOSTKEY_MATCH},
    {"carriage returns", "# one\r\n\r\n%N %K\r\n", HOSTKEY_MATCH},
    {"carriage return and a comment", "%N %K me\r\n", HOSTKEY_MATCH},
    {"changed", "%N %O\n", HOSTKEY_CHANGED},
    {"changed, and the right one later", "%N %O\n%N %K\n", HOSTKEY_MATCH},
    {"another type only", "%N %E\n", HOSTKEY_CHANGED},
    {"another type and the right one", "%N %E\n%N %K\n", HOSTKEY_MATCH},
    {"another port", "[127.0.0.1]:1 %K\n", HOSTKEY_UNKNOWN},
    {"no port: right key", "127.0.0.1 %K\n", HOSTKEY_MATCH},
    {"no port: other key", "127.0.0.1 %O\n", HOSTKEY_UNKNOWN},
    {"no port: revoked", "@revoked 127.0.0.1 %K\n127.0.0.1 %K\n", HOSTKEY_REVOKED},
    {"comma list", "a.example.com,%N,b.example.com %K\n", HOSTKEY_MATCH},
    {"comma list with holes", ",,%N, %K\n", HOSTKEY_MATCH},
    {"star", "* %K\n", HOSTKEY_MATCH},
    {"star inside", "[127.0.*]:%P %K\n", HOSTKEY_MATCH},
    {"stars", "*[*127*]:*%P* %O\n", HOSTKEY_CHANGED},
    {"question marks", "?127.0.0.?]:%P %K\n", HOSTKEY_MATCH},
    {"question mark for nothing", "[127.0.0.1?]:%P %K\n", HOSTKEY_UNKNOWN},
    {"negated", "[*,!%N %K\n", HOSTKEY_UNKNOWN},
    {"negated first", "!%N,[* %K\n", HOSTKEY_UNKNOWN},
    {"negated pattern", "%N,![127* %K\n", HOSTKEY_UNKNOWN},
    {"another negated", "!other,* %K\n", HOSTKEY_MATCH},
    {"only negated", "!other %K\n", HOSTKEY_UNKNOWN},
    {"negated with its port only", "*,!%N %K\n", HOSTKEY_MATCH},
    {"negated line and a right one", "!%N,* %O\n%N %K\n", HOSTKEY_MATCH},
    {"revoked", "@revoked %N %K\n", HOSTKEY_REVOKED},
    {"revoked everywhere, and known", "%N %K\n@revoked * %K\n", HOSTKEY_REVOKED},
    {"another key revoked, ours known", "@revoked * %O\n%N %K\n", HOSTKEY_MATCH},
    {"another key revoked, nothing known", "@revoked * %O\n", HOSTKEY_UNKNOWN},
    {"revoked for another host", "@revoked other.example.com %K\n%N %K\n", HOSTKEY_MATCH},
    {"authority and a plain line", "@cert-authority * %O\n%N %K\n", HOSTKEY_MATCH},
    {"authority and a changed key", "@cert-authority * %K\n%N %O\n", HOSTKEY_CHANGED},
    {"strange marker", "@strange %N %K\n", HOSTKEY_UNKNOWN},
    {"two markers", "@revoked @cert-authority %N %K\n", HOSTKEY_UNKNOWN},
    {"marker alone", "@revoked\n%N %K\n", HOSTKEY_MATCH},
    {"name alone", "%N\n", HOSTKEY_UNKNOWN},
    {"type alone", "%N ssh-ed25519\n", HOSTKEY_UNKNOWN},
    {"comment for a key", "%N # ssh-ed25519\n", HOSTKEY_UNKNOWN},
    {"not base64", "%N ssh-ed25519 AAAA!!!!\n", HOSTKEY_UNKNOWN},
    {"cut key", "%N ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPK\n", HOSTKEY_UNKNOWN},
    {"key of another type than it says",
     "%N ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIKRs3SjX0SQvMsmTzvCcMMYwRF5CpZwY5vzwQNrt"
     "K1zb\n",
     HOSTKEY_UNKNOWN},
    {"unknown type", "%N ssh-dream AAAACXNzaC1kcmVhbQAAAAFh\n", HOSTKEY_UNKNOWN},
    {"garbage, then the right line", "\x01\xff\x80 garbage\n%N ssh-ed25519 AAAA\n%N %K\n", HOSTKEY_MATCH},
    {"hash that is none", "|1|bad|worse %K\n", HOSTKEY_UNKNOWN},
    {"hash of another kind", "|2|aGFsbG8=|aGFsbG8= %K\n", HOSTKEY_UNKNOWN},
    {"hash cut short", "|1| %K\n|1|aaaa %K\n| %K\n", HOSTKEY_UNKNOWN},
};

/* Here ours is stricter: ssh calls each of them unknown. */
static const struct sample stricter[] = {
    {"revoked with a tab", "@revoked\t%N\t%K\n", HOSTKEY_REVOKED},
    {"authority only", "@cert-authority %N %K\n", HOSTKEY_AUTHORITY},
};

/* By name and port 22. */
static const struct {
    struct sample sample;
    const char *host;
} named[] = {
    {{"name, any case", "BOX.example.COM %K\n", HOSTKEY_MATCH}, "box.example.com"},
    {{"name asked in capitals", "box.example.com %K\n", HOSTKEY_MATCH}, "Box.Example.Com"},
    {{"name is not a prefix", "box.example.co %K\n", HOSTKEY_UNKNOWN}, "box.example.com"},
};

static void judge(const struct world *world, const struct sample *sample, enum hostkey_verdict theirs,
                  const char *alias)
{
    char *text = expand(world, sample->text);
    write_file(world->file, text, strlen(text));
    free(text);
    enum hostkey_verdict ours = ask_us(world, alias), ssh = ask_ssh(world, alias);
    if (ours != sample->verdict || ssh != theirs)
        fail_msg("%s: expected %d, ours %d, ssh %d", sample->name, (int)sample->verdict, (int)ours, (int)ssh);
}

static void judges_as_ssh_does(void **state)
{
    struct world *world = *state;
    if (world->sshd == NULL)
        skip();
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        judge(world, &samples[i], samples[i].verdict, NULL);
    for (size_t i = 0; i < sizeof stricter / sizeof stricter[0]; i++)
        judge(world, &stricter[i], HOSTKEY_UNKNOWN, NULL);
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        judge(world, &named[i].sample, named[i].sample.verdict, named[i].host);
}

/* ssh-keygen hashes the names; what it wrote must be found again, and nothing else. */
static void reads_hashed_names(void **state)
{
    struct world *world = *state;
    if (world->sshd == NULL)
        skip();
    static const struct {
        const char *text;
        enum hostkey_verdict verdict;
    } cases[] = {
        {"%N %K\n", HOSTKEY_MATCH},
        {"%N %O\n", HOSTKEY_CHANGED},
        {"other.example.com %K\n", HOSTKEY_UNKNOWN},
        {"127.0.0.1 %K\n", HOSTKEY_MATCH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = expand(world, cases[i].text);
        write_file(world->file, text, strlen(text));
        free(text);
        struct run_result result;
        const char *argv[] = {"ssh-keygen", "-q", "-H", "-f", world->file, NULL};
        run_program(&(struct program){.argv = argv, .timeout_ms = LIMIT_MS}, &result);
        assert_int_equal(result.status, 0);
        run_result_done(&result);
        char *old = mem_format("%s.old", world->file);
        unlink(old);
        free(old);
        assert_int_equal(ask_us(world, NULL), cases[i].verdict);
        assert_int_equal(ask_ssh(world, NULL), cases[i].verdict);
    }
}

/* Lines longer than any editor makes, and a NUL in a line. */
static void reads_long_lines(void **state)
{
    struct world *world = *state;
    if (world->sshd == NULL)
        skip();
    struct buf text;
    buf_init(&text, 4 << 20);
    buf_add_text(&text, "#");
    for (int i = 0; i < 200000; i++)
        buf_add_byte(&text, 'x');
    buf_add_text(&text, "\n");
    for (int i = 0; i < 20000; i++)
        buf_add_format(&text, "host%d.example.com,", i);
    buf_add_format(&text, "%s %s", world->name, world->server_key);
    write_file(world->file, buf_text(&text), text.len);
    assert_int_equal(ask_us(world, NULL), HOSTKEY_MATCH);
    assert_int_equal(ask_ssh(world, NULL), HOSTKEY_MATCH);
    static const struct {
        const char *before, *after;
        enum hostkey_verdict verdict;
    } nuls[] = {{"%N", " %K\n", HOSTKEY_MATCH},
                {"%N", " %O\n", HOSTKEY_CHANGED},
                {"", "%N %K\n", HOSTKEY_UNKNOWN},
                {"%N ssh-", "ed25519 %K\n", HOSTKEY_UNKNOWN},
                {"%N %K", " comment\n", HOSTKEY_MATCH}};
    for (size_t i = 0; i < sizeof nuls / sizeof nuls[0]; i++) {
        char *before = expand(world, nuls[i].before), *after = expand(world, nuls[i].after);
        buf_clear(&text);
        buf_add(&text, before, strlen(before) + 1);
        buf_add_text(&text, after);
        free(before);
        free(after);
        write_file(world->file, buf_text(&text), text.len);
        assert_int_equal(ask_ssh(world, NULL), nuls[i].verdict);
        assert_int_equal(ask_us(world, NULL), nuls[i].verdict);
    }
    buf_done(&text);
}

/* What ssh wrote we read (above); what we write ssh reads. */
static void appends_what_ssh_reads(void **state)
{
    struct world *world = *state;
    if (world->sshd == NULL)
        skip();
    struct hostkey_place place = {.host = "127.0.0.1", .port = sshd_port(world->sshd)};
    struct err err = {0};
    write_file(world->file, "# cut in the middle of a li", 27);
    assert_true(hostkey_append(world->file, &place, &world->key, &err));
    assert_int_equal(ask_us(world, NULL), HOSTKEY_MATCH);
    assert_int_equal(ask_ssh(world, NULL), HOSTKEY_MATCH);
    unlink(world->file);
    struct hostkey_place plain = {.host = "box.example.com", .port = 22};
    assert_true(hostkey_append(world->file, &plain, &world->key, &err));
    assert_int_equal(ask_ssh(world, "box.example.com"), HOSTKEY_MATCH);
    struct stat status;
    assert_int_equal(stat(world->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void says_why_it_cannot_append(void **state)
{
    struct world *world = *state;
    struct hostkey other = key_of(OTHER);
    struct hostkey_place place = {.host = "box.example.com", .port = 22};
    struct hostkey_place odd = {.host = "box,*", .port = 22};
    struct err err = {0};
    assert_false(hostkey_append("/proc/nothing/known_hosts", &place, &other, &err));
    assert_int_equal(err.kind, ERR_LOCAL);
    assert_non_null(strstr(err.text, "/proc/nothing/known_hosts"));
    assert_false(hostkey_append("/dev/full", &place, &other, &err));
    assert_int_equal(err.kind, ERR_LOCAL);
    assert_false(hostkey_append(world->file, &odd, &other, &err));
    assert_false(hostkey_append(world->file, &place, &(struct hostkey){.blob = other.blob, .len = 7}, &err));
    assert_int_equal(access(world->file, F_OK), -1);
    free((void *)other.blob);
}

/* A file that is there and cannot be read must not count as one that says nothing. */
static void refuses_what_cannot_be_read(void **state)
{
    struct world *world = *state;
    struct hostkey other = key_of(OTHER);
    struct hostkey_place place = {.host = "box.example.com", .port = 22};
    struct trust_files own = {.own = world->folder};
    const char *const others[] = {world->folder, "/nowhere/known_hosts"};
    struct trust_files only_others = {.others = others, .other_count = 2};
    struct err err = {0};
    assert_int_equal(trust_judge(&own, &place, &other, &err), TRUST_NO);
    assert_non_null(strstr(err.text, world->folder));
    assert_int_equal(trust_judge(&only_others, &place, &other, &err), TRUST_ASK);
    assert_int_equal(mkfifo(world->file, 0600), 0);
    own.own = world->file;
    assert_int_equal(trust_judge(&own, &place, &other, &err), TRUST_NO);
    free((void *)other.blob);
}

static void names_file_line_and_both_keys(void **state)
{
    struct world *world = *state;
    struct hostkey other = key_of(OTHER), ecdsa = key_of(ECDSA);
    struct hostkey_place place = {.host = "box.example.com", .port = 22};
    struct trust_files files = {.own = world->file};
    struct err err = {0};
    char *line = mem_format("# first\nbox.example.com ssh-ed25519 "
                            "AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS\n");
    write_file(world->file, line, strlen(line));
    free(line);
    char *expected = mem_format("%s:2 ", world->file);
    assert_int_equal(trust_judge(&files, &place, &other, &err), TRUST_NO);
    assert_int_equal(err.kind, ERR_HOST_KEY);
    assert_non_null(strstr(err.text, expected));
    assert_non_null(strstr(err.text, OTHER_SHA256));
    assert_non_null(strstr(err.text, "SHA256:"));
    assert_non_null(strstr(err.text, "remove that line"));
    assert_int_equal(trust_judge(&files, &place, &ecdsa, &err), TRUST_NO);
    assert_non_null(strstr(err.text, expected));
    assert_non_null(strstr(err.text, ECDSA_SHA256));
    assert_non_null(strstr(err.text, "another type"));
    free(expected);
    free((void *)other.blob);
    free((void *)ecdsa.blob);
}

/* A key that is revoked in any of the files is refused, whatever the others say, and in whatever order. */
static void a_revocation_in_any_file_wins(void **state)
{
    struct world *world = *state;
    struct hostkey other = key_of(OTHER);
    struct hostkey_place place = {.host = "box.example.com", .port = 22};
    char *known = mem_format("%s/known", world->folder), *revoked = mem_format("%s/revoked", world->folder);
    char *line = mem_format("box.example.com %s\n", OTHER), *word = mem_format("@revoked * %s\n", OTHER);
    write_file(known, line, strlen(line));
    write_file(revoked, word, strlen(word));
    const char *const last[] = {"/nowhere/known_hosts", revoked}, *const first[] = {revoked, known};
    struct trust_files files = {.own = known};
    struct err err = {0};
    assert_int_equal(trust_judge(&files, &place, &other, &err), TRUST_YES);
    files = (struct trust_files){.own = known, .others = last, .other_count = 2};
    assert_int_equal(trust_judge(&files, &place, &other, &err), TRUST_NO);
    assert_int_equal(err.kind, ERR_HOST_KEY);
    assert_non_null(strstr(err.text, "revoked"));
    files = (struct trust_files){.own = world->file, .others = first, .other_count = 2};
    assert_int_equal(trust_judge(&files, &place, &other, &err), TRUST_NO);
    files = (struct trust_files){.own = revoked, .others = first + 1, .other_count = 1};
    assert_int_equal(trust_judge(&files, &place, &other, &err), TRUST_NO);
    unlink(known);
    unlink(revoked);
    free(word);
    free(line);
    free(revoked);
    free(known);
    free((void *)other.blob);
}

static void lists_known_types_in_order(void **state)
{
    struct world *world = *state;
    char *text = mem_format("box.example.com %s\nother %s\n*.example.com %s\nbox.example.com %s\n", ECDSA,
                            OTHER, OTHER, ECDSA);
    write_file(world->file, text, strlen(text));
    free(text);
    struct hostkey_place place = {.host = "box.example.com", .port = 22};
    struct trust_files files = {.own = world->file};
    char types[256];
    trust_known_types(&files, &place, types, sizeof types);
    assert_string_equal(types, "ecdsa-sha2-nistp256,ssh-ed25519");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(judges_as_ssh_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_hashed_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_long_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(appends_what_ssh_reads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_why_it_cannot_append, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_cannot_be_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_file_line_and_both_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_revocation_in_any_file_wins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_known_types_in_order, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
