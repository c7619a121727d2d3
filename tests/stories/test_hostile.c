/*
 * Hostile text on its whole way through the real program: in the fields of boxes, in prompts, logs, command
 * output, error bodies, SSH banners and a shell. Nothing of it reaches the terminal but as text, and the
 * console stays readable. (test_app_hostile.c puts many more payloads through every view.)
 */
#include "tests/support/httpd.h"
#include "tests/support/story.h"

#include "client/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

/* What a shell would turn into bytes; octal escapes, since they go through JSON and printf(1) alike. */
static const char *const payloads[] = {
    "\033]0;owned\007",
    "\033]2;owned\033\\",
    "\033]52;c;b3duZWQ=\007",
    "\033]52;c;?\007",
    "\033]8;;https://evil.example/\033\\link\033]8;;\033\\",
    "\033]9;owned\007\033]777;notify;a;b\007\033]1337;File=:AAAA\007",
    "\033]10;?\007\033]11;?\007\033]4;1;?\007\033]50;?\007",
    "\033[2J\033[H\033[3J",
    "\033[?1049h\033[?1049l\033[?47h",
    "\033[?1000h\033[?1003h\033[?1005h\033[?1015h\033[?1016h",
    "\033[?2004h\033[?1004h\033[?2026h\033[?9001h",
    "\033[?25l\033[?7l\033[?5h\033[?6h\033[4h\033[20h",
    "\033[c\033[>c\033[=c\033[>q\033[6n\033[?6n\033[5n\033[18t\033[20t\033[21t\005",
    "\033P$qm\033\\\033P+q544e\033\\\033P1$r0m\033\\",
    "\033Pq#0;2;0;0;0~~\033\\\033_Gf=24;AAAA\033\\\033^pm\033\\\033Xsos\033\\",
    "\033[3;1r\033[5;10H\033[99999999999C\033[1000000b\033[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19m",
    "\033c\033(0lqqk\033)0\016x\017\033n\033o\033|",
    "\xc2\x9b"
    "2J\xc2\x9d"
    "0;owned\xc2\x9c\xc2\x90q\xc2\x9c\xc2\x85\xc2\x8d",
    "\xe2\x80\xaegnp.exe\xe2\x80\xac\xe2\x81\xa6x\xe2\x81\xa9\xd8\x9c\xe2\x80\x8f",
    "a\xe2\x80\x8b"
    "b\xe2\x80\x8d"
    "c\xef\xbb\xbf"
    "d\xe2\x80\xa8"
    "e\xe2\x80\xa9"
    "f\xf3\xa0\x81\x81",
    "Z\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86\xcc\x87\xcc\x88\xcc\x89\xcc\x8a\xcc\x8b\xcc\x8c",
    "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xef\xb8\x8f\xe6\x88\x91",
    "\b\b\b\b\x7f\v\f\r\rover\t\ttab\007\007\007",
    "\033[31mred\033[8mhidden\033[5mblink\033[0m\033[38;5;999m\033[38;2;1m",
    "\033\033[\033]\033P",
    "\033]0;never ended",
};
enum { PAYLOADS = sizeof payloads / sizeof *payloads };

/* Bytes that are not UTF-8: they cannot be in JSON, but in a log page and in a program's output. */
static const char *const raws[] = {
    "\x9b"
    "2J\x9d"
    "0;owned\x9c\x90q\x9c\x85\x8d",
    "\xc3(\xe2\x82\xf0\x9f\x98\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80\xff\xfe\x80",
};
enum { RAWS = sizeof raws / sizeof *raws };

static int set_up(void **state)
{
    *state = story_new_calm();
    return 0;
}

static int tear_down(void **state)
{
    story_free(*state);
    return 0;
}

static void post_box(struct story *story, const char *id, json_t *fields)
{
    json_decref(story_asks(story, "POST", "/_boxd/box", json_pack("{ss,so}", "id", id, "fields", fields)));
}

/* What only boxtop may decide about its terminal. */
static void terminal_is_ours(struct story *story)
{
    struct screen_state screen;
    emulator_state(pty_emulator(story->pty), &screen);
    assert_true(screen.alternate);
    assert_int_not_equal(screen.mouse, MOUSE_MODE_MOVE); /* which a payload asks for, and we never */
    assert_string_equal(screen.title, "");
    assert_int_equal(screen.bells, 0);
}

static void fields_of_boxes(void **state)
{
    struct story *story = *state;
    for (int i = 0; i < PAYLOADS; i++) {
        char *id = mem_format("evil-%02d", i), *text = mem_format("a%sz", payloads[i]);
        post_box(story, id,
                 json_pack("{ss,s[s,s],ss,ss,ss,ss,ss,ss}", "name", text, "labels", text, text, "runtime",
                           text, "model", text, "agent", text, "size", text, "status", text, "error", text));
        free(text);
        free(id);
    }
    story_start(story, &(struct story_start){.rows = 50, .cols = 100});
    story_sees(story, "28 boxes:");
    story_type(story, "/evil\r");
    story_sees(story, "/ evil");
    for (int tab = 0; tab < 3; tab++) {
        story_type(story, tab == 0 ? "i1g" : tab == 1 ? "r1g" : "l1g");
        for (int i = 0; i < PAYLOADS; i++)
            story_type(story, "j");
        for (int i = 0; i < PAYLOADS; i++)
            story_type(story, i % 2 == 0 ? "k" : "o");
    }
    story_acts(story, "overview");
    story_sees(story, "evil-");
    pty_resize(story->pty, 24, 61); /* columns where things must be cut */
    story_sees(story, "evil");
    pty_resize(story->pty, 12, 30);
    story_sees(story, "evil");
    pty_resize(story->pty, 24, 80);
    terminal_is_ours(story);
    story_quit(story);
}

static void send_bytes_to_log(struct story *story, const char *bytes)
{
    unsigned char encoded[1024];
    assert_true(strlen(bytes) < 700);
    EVP_EncodeBlock(encoded, (const unsigned char *)bytes, (int)strlen(bytes));
    json_decref(story_asks(story, "POST", "/_boxd/log",
                           json_pack("{ss,ss}", "box", "calm-crane-10001", "base64", encoded)));
}

static void lines_of_a_log(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_selects(story, "calm");
    story_type(story, "\r");
    story_sees(story, "f follow");
    for (int i = 0; i < PAYLOADS + RAWS; i++) {
        char *line = mem_format("<%s>", i < PAYLOADS ? payloads[i] : raws[i - PAYLOADS]);
        send_bytes_to_log(story, line);
        free(line);
    }
    char *long_line = mem_zalloc(1, 100001);
    memset(long_line, 'x', 100000);
    story_logs(story, "calm-crane-10001", long_line);
    free(long_line);
    story_logs(story, "calm-crane-10001", "after all of them");
    story_sees(story, "after all of them");
    static const char *const keys[] = {"w", "t",    "t",   "\x1b[D\x1b[C", "/owned\r",
                                       "n", "&<\r", "&\r", "gG",           "t"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        story_type(story, keys[i]);
        terminal_is_ours(story);
    }
    story_sees(story, "after all of them");
    story_quit(story);
}

/* All payloads as a file in the box, written by way of a command. */
static void put_file(struct story *story)
{
    char *all = mem_dup("");
    for (int i = 0; i < PAYLOADS + RAWS; i++) {
        char *longer = mem_format("%s<%s>\n", all, i < PAYLOADS ? payloads[i] : raws[i - PAYLOADS]);
        free(all);
        all = longer;
    }
    unsigned char *encoded = mem_alloc(strlen(all) * 2 + 8);
    EVP_EncodeBlock(encoded, (const unsigned char *)all, (int)strlen(all));
    char *command = mem_format("echo %s | base64 -d >evil", (char *)encoded);
    json_t *answer = story_asks(story, "POST", "/v2/box/calm-crane-10001/exec",
                                json_pack("{s[sss]}", "command", "sh", "-c", command));
    assert_int_equal(json_integer_value(json_object_get(answer, "exit_code")), 0);
    json_decref(answer);
    free(command);
    free(encoded);
    free(all);
}

static void output_of_commands(void **state)
{
    struct story *story = *state;
    put_file(story);
    story_start(story, &(struct story_start){0});
    story_selects(story, "calm");
    story_type(story, "c");
    story_sees(story, "Run in calm");
    story_type(story, "cat evil; cat evil >&2; echo end=$((6*7))\r");
    story_sees(story, "end=42");
    story_sees(story, "exit 0");
    story_type(story, "gG");
    terminal_is_ours(story);
    story_type(story, "r"); /* the prompt is in the list of runs */
    story_sees(story, "cat evil");
    story_quit(story);
}

static void output_of_a_shell(void **state)
{
    struct story *story = *state;
    put_file(story);
    story_start(story, &(struct story_start){0});
    story_selects(story, "calm");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_sees(story, "Ctrl-\\ leaves");
    /* The answers to its queries are for cat's terminal, not for the shell: read them away. */
    story_type(story, "stty -echo; cat evil; sleep 0.2; read -t 0.1 -n 4096 -s junk; "
                      "printf '\\033\\\\\\033c'; stty sane; echo end=$((6*7))\r");
    story_sees(story, "end=42");
    story_type(story, "echo still=$((6*7))\r");
    story_sees(story, "still=42");
    story_sees(story, "calm-crane-10001"); /* our own line is there */
    terminal_is_ours(story);
    story_type(story, "\x1c");
    story_sees(story, "i types again");
    terminal_is_ours(story);
    story_quit(story);
}

/* Modes that a program in the shell sets are the shell's: none is set on the operator's terminal, and all are
 * forgotten on the way out. */
static void modes_of_a_shell(void **state)
{
    struct story *story = *state;
    story_start(story, &(struct story_start){0});
    story_selects(story, "calm");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_sees(story, "Ctrl-\\ leaves");
    story_type(
        story,
        "printf '\\033[?1049h\\033[?1003h\\033[?1006h\\033[?2004l\\033[?1004l\\033[?25l\\033]0;mine\\007';"
        " echo set=$((6*7))\r");
    story_sees(story, "set=42");
    story_sees(story, "calm-crane-10001: mine"); /* inside our own line, after the box's id */
    terminal_is_ours(story);
    story_type(story, "\x1c");
    story_sees(story, "i types again");
    story_quit(story);
}

static void words_of_a_gateway(void **state)
{
    struct story *story = *state;
    static const char evil[] = "hello \033]0;owned\007\033[2J\xc2\x9b"
                               "2J\r\nthere";
    story_start(story, &(struct story_start){0});
    json_decref(story_asks(story, "POST", "/_boxd/faults",
                           json_pack("{s[],s{ss}}", "faults", "ssh", "auth_banner", evil)));
    story_selects(story, "calm");
    story_type(story, "s");
    story_answers(story, "New host key", "y");
    story_sees(story, "Ctrl-\\ leaves");
    story_type(story, "echo answer=$((6*7))\r");
    story_sees(story, "answer=42");
    terminal_is_ours(story);
    story_type(story, "\x1c");
    story_sees(story, "i types again");
    story_quit(story);
}

/* A service that is hostile itself. */
static void words_of_a_service(void **state)
{
    struct story *story = *state;
    for (int i = 0; i < PAYLOADS; i++) {
        struct httpd *httpd = httpd_new();
        json_t *body = json_pack("{ss}", "error", payloads[i]);
        char *text = json_dumps(body, 0), *headers = mem_format("X-Request-Id: %d\r\nRetry-After: 1\r\n", i);
        httpd_on(httpd, "GET /v2/box",
                 (struct httpd_answer){.status = i % 2 == 0 ? 500 : 403, .headers = headers, .body = text});
        story_start(story, &(struct story_start){.url = httpd_url(httpd)});
        story_sees(story, "boxtop");
        story_sees_gone(story, "connecting");
        terminal_is_ours(story);
        story_type(story, "Q");
        pty_wait_exit(story->pty, NULL, STORY_LIMIT_MS);
        story_is_clean(story);
        httpd_free(httpd);
        json_decref(body);
        free(headers);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields_of_boxes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_of_a_log, set_up, tear_down),
        cmocka_unit_test_setup_teardown(output_of_commands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(output_of_a_shell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(modes_of_a_shell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(words_of_a_gateway, set_up, tear_down),
        cmocka_unit_test_setup_teardown(words_of_a_service, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
