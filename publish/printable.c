#include "publish/printable.h"

#include "policy/utf8.h"

static void append_byte_escaped(struct text *text, unsigned char byte)
{
    text_append_format(text, "\\x%02x", byte);
}

void printable_append(struct text *text, struct slice string)
{
    const char *end = string.at + string.length;
    for (const char *at = string.at; at < end;) {
        unsigned length = utf8_character_bytes(at, end);
        struct slice character = {.at = at, .length = length};
        if (length == 0 || utf8_has_control(character)) {
            append_byte_escaped(text, (unsigned char)*at);
            at++;
        } else {
            text_append(text, character);
            at += length;
        }
    }
}

void printable_append_json(struct text *text, struct slice string)
{
    if (utf8_is_valid(string)) {
        text_append_json_string(text, string);
        return;
    }
    struct text mended;
    const char *end = string.at + string.length;
    text_init(&mended, text->capacity_max);
    for (const char *at = string.at; at < end;) {
        unsigned length = utf8_character_bytes(at, end);
        if (length == 0) {
            append_byte_escaped(&mended, (unsigned char)*at);
            at++;
        } else {
            text_append(&mended, (struct slice){.at = at, .length = length});
            at += length;
        }
    }
    text->failed |= mended.failed;
    text_append_json_string(text, text_slice(&mended));
    text_clear(&mended);
}
