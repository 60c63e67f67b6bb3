#include "service/config_scan.h"

#include <assert.h>
#include <ctype.h>

#include "policy/utf8.h"

struct scan {
    const char *at, *end;
    uint32_t line;
    uint32_t depth;
    char closers[CONFIG_SCAN_DEPTH_MAX]; /* of the brackets that are open */
    uint32_t opened_line[CONFIG_SCAN_DEPTH_MAX];
    bool ends_open; /* the last token does not show that the text goes no further */
    struct text *text;
    struct config_errors *errors;
};

static bool refuse(struct scan *scan, const char *reason)
{
    config_errors_add(scan->errors, scan->line, "", "%s", reason);
    return false;
}

static bool stands_before(const struct scan *scan, const char *words)
{
    size_t length = strlen(words);
    return (size_t)(scan->end - scan->at) >= length && memcmp(scan->at, words, length) == 0;
}

/* Comments become nothing; their line ends stay. */
static bool skip_line_comment(struct scan *scan)
{
    while (scan->at < scan->end && *scan->at != '\n') {
        scan->at++;
    }
    return true;
}

static bool skip_block_comment(struct scan *scan)
{
    uint32_t opened_line = scan->line;
    for (scan->at += 2; scan->at < scan->end; scan->at++) {
        if (stands_before(scan, "*/")) {
            scan->at += 2;
            text_append_byte(scan->text, ' ');
            return true;
        }
        if (*scan->at == '\n') {
            scan->line++;
            text_append_byte(scan->text, '\n');
        }
    }
    scan->line = opened_line;
    return refuse(scan, "the comment that begins here has no end");
}

/* The escapes that every version knows; \x00 would cut the string. The length of the one at `at`, 0 if it is none. */
static size_t escape_length(const struct scan *scan)
{
    if (scan->end - scan->at < 2) {
        return 0;
    }
    if (scan->at[1] != 'x') {
        return scan->at[1] != '\0' && strchr("nrtf\\\"", scan->at[1]) != NULL ? 2 : 0;
    }
    bool is_hex =
        scan->end - scan->at >= 4 && isxdigit((unsigned char)scan->at[2]) && isxdigit((unsigned char)scan->at[3]);
    return is_hex && memcmp(scan->at + 2, "00", 2) != 0 ? 4 : 0;
}

static bool copy_string(struct scan *scan)
{
    const char *from = scan->at++;
    while (scan->at < scan->end && *scan->at != '"') {
        size_t length = 1;
        if (*scan->at == '\n' || *scan->at == '\r') {
            return refuse(scan, "a string must end on its line");
        }
        if (*scan->at == '\\') {
            length = escape_length(scan);
        }
        if (length == 0) {
            return refuse(scan, "a string has an escape other than \\n \\r \\t \\f \\\\ \\\" and \\x01 to \\xff");
        }
        scan->at += length;
    }
    if (scan->at == scan->end) {
        return refuse(scan, "a string must end on its line");
    }
    scan->at++;
    text_append(scan->text, (struct slice){.at = from, .length = (uint32_t)(scan->at - from)});
    return true;
}

static bool copy_name(struct scan *scan)
{
    const char *from = scan->at;
    while (scan->at < scan->end && (isalnum((unsigned char)*scan->at) || strchr("_-*", *scan->at) != NULL)) {
        scan->at++;
    }
    text_append(scan->text, (struct slice){.at = from, .length = (uint32_t)(scan->at - from)});
    return true;
}

/* The value of digits in that base, saturated. */
static uint64_t magnitude_of(const char *at, const char *end, unsigned base)
{
    uint64_t value = 0;
    for (; at < end; at++) {
        unsigned digit = *at <= '9' ? (unsigned)(*at - '0') : (unsigned)((*at | 0x20) - 'a' + 10);
        if (value > (UINT64_MAX - digit) / base) {
            return UINT64_MAX;
        }
        value = value * base + digit;
    }
    return value;
}

static void append_integer(struct scan *scan, bool is_negative, uint64_t magnitude)
{
    int64_t value = magnitude > INT64_MAX ? INT64_MAX : (int64_t)magnitude;
    text_append_integer(scan->text, is_negative ? -value : value);
    text_append_byte(scan->text, 'L');
}

static bool is_of(const char *at, const char *end, int (*is_kind)(int))
{
    for (const char *digit = at; digit < end; digit++) {
        if (!is_kind((unsigned char)*digit)) {
            return false;
        }
    }
    return at < end;
}

static int is_of_float(int byte)
{
    return isdigit(byte) || strchr("+-.eE", byte) != NULL;
}

/*
 * A word that begins like a number. An integer is rewritten. Of a float only its type matters, since no setting is one,
 * and versions differ in what they take for one.
 */
static bool copy_number(struct scan *scan)
{
    const char *from = scan->at++;
    while (scan->at < scan->end && (isalnum((unsigned char)*scan->at) || *scan->at == '.' ||
                                    ((*scan->at == '+' || *scan->at == '-') && (scan->at[-1] | 0x20) == 'e'))) {
        scan->at++;
    }
    bool has_sign = *from == '-' || *from == '+';
    const char *digits = from + has_sign, *end = scan->at;
    for (int i = 0; i < 2 && end > digits && end[-1] == 'L'; i++) {
        end--;
    }
    bool is_hex = end - digits > 2 && digits[0] == '0' && (digits[1] | 0x20) == 'x';
    if (is_hex && is_of(digits + 2, end, isxdigit)) {
        append_integer(scan, *from == '-', magnitude_of(digits + 2, end, 16));
        return true;
    }
    if (is_of(digits, end, isdigit)) {
        if (*digits == '0' && end - digits > 1) {
            return refuse(scan, "an integer has no leading zeros");
        }
        append_integer(scan, *from == '-', magnitude_of(digits, end, 10));
        return true;
    }
    if (!is_of(from, scan->at, is_of_float)) {
        return refuse(scan, "what begins like a number is none");
    }
    text_append(scan->text, SLICE("0.5"));
    return true;
}

static bool open_bracket(struct scan *scan, char closer)
{
    if (scan->depth == CONFIG_SCAN_DEPTH_MAX) {
        return refuse(scan, "brackets are nested too deep");
    }
    scan->closers[scan->depth] = closer;
    scan->opened_line[scan->depth++] = scan->line;
    text_append_byte(scan->text, *scan->at++);
    return true;
}

static bool close_bracket(struct scan *scan)
{
    if (scan->depth == 0 || scan->closers[scan->depth - 1] != *scan->at) {
        return refuse(scan, "a bracket closes what is not open");
    }
    scan->depth--;
    text_append_byte(scan->text, *scan->at++);
    return true;
}

static bool copy_byte(struct scan *scan)
{
    scan->line += *scan->at == '\n';
    text_append_byte(scan->text, *scan->at++);
    return true;
}

static bool copy_token(struct scan *scan)
{
    char byte = *scan->at;
    bool is_blank = byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
    if (byte == '#' || stands_before(scan, "//")) {
        scan->ends_open = false;
        return skip_line_comment(scan);
    }
    if (stands_before(scan, "/*")) {
        return skip_block_comment(scan);
    }
    scan->ends_open = is_blank ? scan->ends_open && byte != '\n' : strchr(";,)}]", byte) == NULL;
    if (byte == '"') {
        return copy_string(scan);
    }
    if (isalpha((unsigned char)byte) || byte == '*') {
        return copy_name(scan);
    }
    if (isdigit((unsigned char)byte) || byte == '-' || byte == '+' || byte == '.') {
        return copy_number(scan);
    }
    if (byte == '@') {
        return refuse(scan, "@include is not allowed: a configuration is one file");
    }
    if (byte == '{' || byte == '(' || byte == '[') {
        return open_bracket(scan, byte == '{' ? '}' : byte == '(' ? ')' : ']');
    }
    return byte == '}' || byte == ')' || byte == ']' ? close_bracket(scan) : copy_byte(scan);
}

/* Where a byte is that is no text: the line of the first, counted from 1. */
static bool check_is_text(struct scan *scan)
{
    for (const char *at = scan->at; at < scan->end;) {
        unsigned length = utf8_character_bytes(at, scan->end);
        if (length == 0 || *at == '\0') {
            return refuse(scan, length == 0 ? "not valid UTF-8" : "a NUL byte");
        }
        scan->line += *at == '\n';
        at += length;
    }
    scan->line = 1;
    return true;
}

bool config_scan(struct slice bytes, struct text *text, struct config_errors *errors)
{
    struct scan scan = {.at = bytes.at, .end = bytes.at + bytes.length, .line = 1, .text = text, .errors = errors};
    if (bytes.length == 0) {
        return refuse(&scan, "the file is empty");
    }
    if (!check_is_text(&scan)) {
        return false;
    }
    while (scan.at < scan.end) {
        if (!copy_token(&scan)) {
            return false;
        }
    }
    if (scan.depth > 0) {
        scan.line = scan.opened_line[scan.depth - 1];
        return refuse(&scan, "the bracket that is opened here is not closed");
    }
    if (scan.ends_open) {
        return refuse(&scan, "the file ends without ';' or a line end: it may have been cut off");
    }
    text_append(text, SLICE("\n\0")); /* 1.5 takes a comment for an error when no line end follows it */
    if (text->failed) {
        config_errors_add_out_of_memory(errors);
        return false;
    }
    text->length--;
    return true;
}
