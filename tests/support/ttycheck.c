#include "tests/support/ttycheck.h"

#include "client/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After our own: term.h defines short names as macros. */
#include <curses.h>
#include <term.h>

enum { PARAMS_MAX = 32, OSC_MAX = 200 * 1024 };

/* Terminfo strings that ncurses writes as they stand. Those with parameters are judged by the grammar. */
static const char *const literal_names[] = {"smcup", "rmcup", "smkx",  "rmkx",  "civis", "cnorm", "cvvis",
                                            "enacs", "smacs", "rmacs", "sgr0",  "op",    "nel",   "ind",
                                            "ri",    "sc",    "rc",    "clear", "home",  "ed",    "el",
                                            "smam",  "rmam",  "smir",  "rmir"};
enum { LITERALS = sizeof literal_names / sizeof *literal_names + 1 }; /* and flash */

/* Where the machine stands. */
struct scan {
    const struct ttycheck *check;
    const char *bytes;
    size_t len;
    size_t at;
    char *literals[LITERALS]; /* without padding, NULL when absent */
    bool cut;                 /* the bytes ended inside a sequence */
    struct ttycheck_finding *finding;
};

/* --- reporting --- */

/* Writes bytes so that a log can show them: "ESC [ 3 1 m". */
static size_t show(char *out, size_t room, const char *bytes, size_t len)
{
    static const char *const names[] = {"NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS",
                                        "TAB", "LF",  "VT",  "FF",  "CR",  "SO",  "SI",  "DLE", "DC1",
                                        "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM",  "SUB",
                                        "ESC", "FS",  "GS",  "RS",  "US",  "SP"};
    size_t used = 0;
    for (size_t i = 0; i < len && i < 24 && used + 8 < room; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        const char *gap = i > 0 ? " " : "";
        int wrote = byte <= 0x20   ? snprintf(out + used, room - used, "%s%s", gap, names[byte])
                    : byte >= 0x7F ? snprintf(out + used, room - used, "%s\\x%02X", gap, byte)
                                   : snprintf(out + used, room - used, "%s%c", gap, byte);
        used += (size_t)wrote;
    }
    return used;
}

/* Fills the finding with the sequence of `len` bytes at the machine's place; returns false. */
__attribute__((format(printf, 3, 4))) static bool foreign(struct scan *scan, size_t len, const char *format,
                                                          ...)
{
    struct ttycheck_finding *finding = scan->finding;
    if (finding == NULL)
        return false;
    va_list args;
    va_start(args, format);
    finding->offset = scan->at;
    finding->len = len < scan->len - scan->at ? len : scan->len - scan->at;
    size_t room = sizeof finding->text;
    size_t used = (size_t)snprintf(finding->text, room, "offset %zu: ", scan->at);
    used += show(finding->text + used, 140, scan->bytes + scan->at, finding->len);
    used += (size_t)snprintf(finding->text + used, room - used, ": ");
    vsnprintf(finding->text + used, room - used, format, args);
    va_end(args);
    return false;
}

/* --- terminfo --- */

/* A copy of a terminfo string without its padding ($<5/>). */
static char *without_padding(const char *text)
{
    char *copy = mem_dup(text);
    for (char *pad; (pad = strstr(copy, "$<")) != NULL;) {
        char *end = strchr(pad, '>');
        if (end == NULL)
            break;
        memmove(pad, end + 1, strlen(end + 1) + 1);
    }
    return copy;
}

/* Reads the literals of a TERM; false when it is not known. The caller's terminal, if it has one, stays the
 * current one. */
static bool load_literals(struct scan *scan, const char *term)
{
    int error;
    TERMINAL *before = cur_term;
    set_curterm(NULL);
    bool known = setupterm(term, 1, &error) == OK;
    for (size_t i = 0; known && i < LITERALS; i++) {
        bool flash = i == LITERALS - 1;
        const char *value =
            flash ? (scan->check->may_ring ? tigetstr("flash") : NULL) : tigetstr(literal_names[i]);
        if (value != NULL && value != (char *)-1 && *value != '\0')
            scan->literals[i] = without_padding(value);
    }
    TERMINAL *ours = set_curterm(before);
    if (known)
        del_curterm(ours);
    return known;
}

/* The questions about the keyboard, letter for letter and in one piece: each alone may be a box's. Then what
 * turns kitty's flags 1 and 4 on and off, and modifyOtherKeys. */
static const char *const keyboard_words[] = {"\x1b[?u\x1b[?4m\x1b[c", "\x1b[>5u", "\x1b[<u", "\x1b[>4;2m",
                                             "\x1b[>4m"};

/* The length of the longest literal here; 0 for none. */
static size_t match_literal(const struct scan *scan)
{
    size_t best = 0;
    for (size_t i = 0; i < sizeof keyboard_words / sizeof *keyboard_words; i++) {
        size_t len = strlen(keyboard_words[i]);
        if (len <= scan->len - scan->at && memcmp(scan->bytes + scan->at, keyboard_words[i], len) == 0)
            best = len;
    }
    for (size_t i = 0; i < LITERALS; i++) {
        size_t len = scan->literals[i] != NULL ? strlen(scan->literals[i]) : 0;
        if (len > best && len <= scan->len - scan->at &&
            memcmp(scan->bytes + scan->at, scan->literals[i], len) == 0)
            best = len;
    }
    return best;
}

/* --- text --- */

/* Decodes one character strictly: shortest form, no surrogate, at most U+10FFFF. 0 when it is malformed. */
static size_t decode(const unsigned char *bytes, size_t len, uint32_t *cp)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need = bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : 2;
    if (bytes[0] < 0xC2 || bytes[0] > 0xF4 || len < need)
        return 0;
    *cp = bytes[0] & (0x7Fu >> need);
    for (size_t i = 1; i < need; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        *cp = *cp << 6 | (bytes[i] & 0x3Fu);
    }
    bool sound = *cp >= least[need] && *cp <= 0x10FFFF && !(*cp >= 0xD800 && *cp <= 0xDFFF);
    return sound ? need : 0;
}

static bool is_bidi_control(uint32_t cp)
{
    return cp == 0x061C || cp == 0x200E || cp == 0x200F || (cp >= 0x202A && cp <= 0x202E) ||
           (cp >= 0x2066 && cp <= 0x2069);
}

static bool check_character(struct scan *scan)
{
    uint32_t cp = 0;
    size_t len = decode((const unsigned char *)scan->bytes + scan->at, scan->len - scan->at, &cp);
    if (len == 0) {
        scan->cut = scan->len - scan->at < 4;
        return foreign(scan, 1, "not well-formed UTF-8");
    }
    if (cp >= 0x80 && cp <= 0x9F)
        return foreign(scan, len, "the C1 control U+%04X", (unsigned)cp);
    if (is_bidi_control(cp))
        return foreign(scan, len, "the bidirectional control U+%04X", (unsigned)cp);
    if (cp == 0x2028 || cp == 0x2029)
        return foreign(scan, len, "the separator U+%04X", (unsigned)cp);
    scan->at += len;
    return true;
}

static bool check_control(struct scan *scan)
{
    char byte = scan->bytes[scan->at];
    size_t literal = match_literal(scan);
    bool fine = byte == '\r' || byte == '\n' || byte == '\b' || byte == '\t' ||
                (byte == '\a' && scan->check->may_ring);
    if (!fine && literal == 0)
        return foreign(scan, 1, "this control character is not on the list");
    scan->at += literal > 0 ? literal : 1;
    return true;
}

/* --- CSI --- */

struct csi {
    char marker; /* '?', '<', '=', '>', or 0 */
    char final;
    char intermediate; /* the last of them, or 0 */
    bool colons;
    size_t count; /* parameters; an empty one counts when there is another */
    int params[PARAMS_MAX];
    size_t len; /* with ESC [ */
};

/* Reads the sequence at the machine's place; false, with cut set when the bytes ended, when it is none. */
static bool parse_csi(struct scan *scan, struct csi *csi)
{
    size_t at = scan->at + 2;
    *csi = (struct csi){0};
    if (at < scan->len && strchr("?<=>", scan->bytes[at]) != NULL && scan->bytes[at] != '\0')
        csi->marker = scan->bytes[at++];
    bool any = false;
    int value = 0;
    for (; at < scan->len; at++) {
        char byte = scan->bytes[at];
        if (byte >= '0' && byte <= '9') {
            any = true;
            value = value < 100000 ? value * 10 + (byte - '0') : value;
        } else if (byte == ';' || byte == ':') {
            any = true;
            csi->colons |= byte == ':';
            if (csi->count == PARAMS_MAX - 1)
                return foreign(scan, at - scan->at, "more than %d parameters", PARAMS_MAX);
            csi->params[csi->count++] = value;
            value = 0;
        } else if (byte >= 0x20 && byte <= 0x2F) {
            csi->intermediate = byte;
        } else if (byte >= 0x40 && byte <= 0x7E) {
            csi->final = byte;
            if (any)
                csi->params[csi->count++] = value;
            csi->len = at + 1 - scan->at;
            return true;
        } else {
            return foreign(scan, at + 1 - scan->at, "a control sequence with a byte that belongs in none");
        }
    }
    scan->cut = true;
    return foreign(scan, scan->len - scan->at, "a control sequence without an end");
}

static bool check_modes(struct scan *scan, const struct csi *csi)
{
    static const int private_modes[] = {1, 7, 12, 25, 1000, 1002, 1004, 1006, 1049, 2004};
    static const int plain_modes[] = {4};
    const int *known = csi->marker == '?' ? private_modes : plain_modes;
    size_t count = csi->marker == '?' ? sizeof private_modes / sizeof *private_modes : 1;
    for (size_t i = 0; i < csi->count; i++) {
        bool found = false;
        for (size_t k = 0; k < count; k++)
            found |= known[k] == csi->params[i];
        if (!found)
            return foreign(scan, csi->len, "%s mode %d is not on the list",
                           csi->marker == '?' ? "private" : "ANSI", csi->params[i]);
    }
    return csi->count > 0 || foreign(scan, csi->len, "no mode is named");
}

/* How many parameters a colour at params[i] takes, itself included; 0 when it is malformed. */
static size_t colour_len(const struct csi *csi, size_t i)
{
    size_t left = csi->count - i;
    size_t need = left > 1 && csi->params[i + 1] == 5 ? 3 : left > 1 && csi->params[i + 1] == 2 ? 5 : 0;
    if (need == 5 && csi->colons && left >= 6)
        need = 6; /* 38:2::r:g:b has an empty colour space */
    if (need == 0 || left < need)
        return 0;
    for (size_t k = i + 2; k < i + need; k++)
        if (csi->params[k] > 255)
            return 0;
    return need;
}

static bool check_sgr(struct scan *scan, const struct csi *csi)
{
    for (size_t i = 0; i < csi->count;) {
        int value = csi->params[i];
        size_t colour = value == 38 || value == 48 || value == 58 ? colour_len(csi, i) : 0;
        /* Not 5 and 6, nothing blinks, nor 8, what is hidden is not sent. 10 to 12 choose fonts: the linux
         * console draws lines with them. */
        bool single = (value >= 0 && value <= 4) || value == 7 || (value >= 9 && value <= 12) ||
                      (value >= 21 && value <= 37) || (value >= 39 && value <= 47) || value == 49 ||
                      value == 59 || (value >= 90 && value <= 97) || (value >= 100 && value <= 107);
        if (colour == 0 && !single)
            return foreign(scan, csi->len, "SGR %d is malformed or not on the list", value);
        i += colour > 0 ? colour : 1;
    }
    return true;
}

static bool check_csi(struct scan *scan)
{
    /* Sequences with plain numbers: how many, and the largest that is allowed (0: any up to 9999). */
    static const struct {
        char final;
        unsigned char least, most;
        short largest;
    } plain[] = {{'H', 0, 2, 0}, {'A', 0, 1, 0}, {'B', 0, 1, 0}, {'C', 0, 1, 0}, {'D', 0, 1, 0},
                 {'G', 0, 1, 0}, {'d', 0, 1, 0}, {'J', 0, 1, 2}, {'K', 0, 1, 2}, {'L', 0, 1, 0},
                 {'M', 0, 1, 0}, {'P', 0, 1, 0}, {'X', 0, 1, 0}, {'@', 0, 1, 0}, {'S', 0, 1, 0},
                 {'T', 0, 1, 0}, {'r', 0, 2, 0}, {'b', 1, 1, 0}, {'Z', 0, 1, 0}};
    struct csi csi;
    size_t literal = match_literal(scan);
    if (literal > 0) {
        scan->at += literal;
        return true;
    }
    if (!parse_csi(scan, &csi))
        return false;
    bool fine = false;
    bool shape = csi.final == 'q' && csi.intermediate == ' ' && csi.marker == 0;
    if (shape && csi.count <= 1 && csi.params[0] <= 6) {
        scan->at += csi.len;
        return true;
    }
    if (csi.intermediate != 0 || (csi.marker != 0 && csi.marker != '?'))
        return foreign(scan, csi.len, "a control sequence of a kind that is not on the list");
    if (csi.final == 'h' || csi.final == 'l') {
        fine = check_modes(scan, &csi);
    } else if (csi.marker == 0 && csi.final == 'm') {
        fine = check_sgr(scan, &csi);
    } else {
        for (size_t i = 0; i < sizeof plain / sizeof *plain && csi.marker == 0 && !csi.colons; i++) {
            bool same =
                plain[i].final == csi.final && csi.count >= plain[i].least && csi.count <= plain[i].most;
            for (size_t k = 0; k < csi.count; k++)
                same &= csi.params[k] <= (plain[i].largest > 0 ? plain[i].largest : 9999);
            fine |= same;
        }
        if (!fine)
            foreign(scan, csi.len, "this control sequence is not on the list");
    }
    scan->at += fine ? csi.len : 0;
    return fine;
}

/* --- other escape sequences --- */

/* OSC 52 ; targets ; base64, ended by BEL or ST. */
static bool check_osc(struct scan *scan)
{
    static const char start[] = "\x1b]52;";
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    static const char notification[] = "\x1b]9;boxtop: something needs attention\a";
    size_t left = scan->len - scan->at, at = sizeof start - 1;
    const char *bytes = scan->bytes + scan->at;
    if (scan->check->may_ring && left >= sizeof notification - 1 &&
        memcmp(bytes, notification, sizeof notification - 1) == 0) {
        scan->at += sizeof notification - 1;
        return true;
    }
    bool begun = memcmp(bytes, start, left < at ? left : at) == 0;
    scan->cut = begun && left < at && scan->check->may_copy;
    if (!begun || left < at)
        return foreign(scan, 16, "an operating system command");
    if (!scan->check->may_copy)
        return foreign(scan, 16, "a clipboard write that the test does not expect");
    while (at < left && bytes[at] != ';' && bytes[at] >= 'a' && bytes[at] <= 'z')
        at++;
    if (at < left && bytes[at] != ';')
        return foreign(scan, at + 1, "a clipboard write with a malformed target");
    at++;
    while (at < left && bytes[at] != '\0' && strchr(base64, bytes[at]) != NULL && at < OSC_MAX)
        at++;
    if (at < left && bytes[at] == '?')
        return foreign(scan, at + 1, "a clipboard query");
    size_t end = at < left && bytes[at] == '\a'                          ? 1
                 : at + 1 < left && memcmp(bytes + at, "\x1b\\", 2) == 0 ? 2
                                                                         : 0;
    if (end == 0) {
        scan->cut = at >= left || (bytes[at] == '\x1b' && at + 1 >= left);
        return foreign(scan, at + 1, "a clipboard write that is not base64 up to BEL or ST");
    }
    scan->at += at + end;
    return true;
}

static bool check_escape(struct scan *scan)
{
    size_t left = scan->len - scan->at;
    const char *bytes = scan->bytes + scan->at;
    if (left < 2) {
        scan->cut = true;
        return foreign(scan, 1, "an escape at the end");
    }
    if (bytes[1] == '[')
        return check_csi(scan);
    if (bytes[1] == ']')
        return check_osc(scan);
    size_t literal = match_literal(scan), len = 0;
    if (literal > 0)
        len = literal;
    else if (strchr("78=>M", bytes[1]) != NULL && bytes[1] != '\0')
        len = 2;
    else if (bytes[1] == '(' || bytes[1] == ')') {
        scan->cut = left < 3;
        len = left > 2 && (bytes[2] == '0' || bytes[2] == 'B') ? 3 : 0;
    }
    if (len == 0)
        return foreign(scan, 3, "this escape sequence is not on the list");
    scan->at += len;
    return true;
}

static bool check_next(struct scan *scan)
{
    unsigned char byte = (unsigned char)scan->bytes[scan->at];
    if (byte == 0x1B)
        return check_escape(scan);
    if (byte >= 0x80)
        return check_character(scan);
    if (byte < 0x20 || byte == 0x7F)
        return check_control(scan);
    scan->at++;
    return true;
}

bool ttycheck_bytes(const struct ttycheck *check, const char *bytes, size_t len,
                    struct ttycheck_finding *finding)
{
    struct scan scan = {.check = check, .bytes = bytes, .len = len, .finding = finding};
    const char *term = check->term != NULL ? check->term : "xterm-256color";
    bool fine = load_literals(&scan, term);
    if (!fine)
        foreign(&scan, 0, "no terminfo entry for TERM=%s", term);
    while (fine && scan.at < len)
        fine = check_next(&scan);
    for (size_t i = 0; i < LITERALS; i++)
        free(scan.literals[i]);
    return fine || (check->may_be_cut && scan.cut);
}
