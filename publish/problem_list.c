#include "publish/problem_list.h"

#include "policy/utf8.h"

static void append_byte_escaped(struct text *text, unsigned char byte)
{
    text_append_format(text, "\\x%02x", byte);
}

/* Readable in any terminal and on one line. */
static void append_printable(struct text *text, const char *string)
{
    const char *end = string + strlen(string);
    for (const char *at = string; at < end;) {
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

/* JSON escapes what it must; only what is no UTF-8 has to go. */
static void append_json_name(struct text *text, struct text *scratch, const char *string)
{
    const char *end = string + strlen(string);
    text_reset(scratch);
    for (const char *at = string; at < end;) {
        unsigned length = utf8_character_bytes(at, end);
        if (length == 0) {
            append_byte_escaped(scratch, (unsigned char)*at);
            at++;
        } else {
            text_append(scratch, (struct slice){.at = at, .length = length});
            at += length;
        }
    }
    text->failed |= scratch->failed;
    text_append_json_string(text, text_slice(scratch));
}

static void append_problem(struct text *text, const struct problem *problem)
{
    append_printable(text, problem->file[0] != '\0' ? problem->file : "(set)");
    text_append(text, SLICE(": "));
    append_printable(text, problem->pointer[0] != '\0' ? problem->pointer : "(document)");
    text_append(text, SLICE(": "));
    append_printable(text, problem->reason);
    text_append_byte(text, '\n');
}

void problem_list_append(struct text *text, const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        append_problem(text, &problems->items[i]);
    }
    if (problems->total > problems->count) {
        text_append_format(text, "(set): (document): %zu more problems\n", problems->total - problems->count);
    }
}

void problem_list_append_json(struct text *text, const struct problems *problems)
{
    struct text scratch;
    text_init(&scratch, text->capacity_max);
    text_append_byte(text, '[');
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        text_append(text, i > 0 ? SLICE(",{\"file\":") : SLICE("{\"file\":"));
        append_json_name(text, &scratch, problem->file);
        text_append(text, SLICE(",\"pointer\":"));
        append_json_name(text, &scratch, problem->pointer);
        text_append(text, SLICE(",\"reason\":"));
        append_json_name(text, &scratch, problem->reason);
        text_append_byte(text, '}');
    }
    text_append_byte(text, ']');
    text_clear(&scratch);
}
