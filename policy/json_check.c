#include "policy/json_check.h"

#include <stdlib.h>

#include "policy/json_reader.h"
#include "policy/limits.h"

/* Where the check stands: for each open container the member's name or the element's index. */
struct place {
    struct slice name; /* at NULL: in a list */
    uint32_t index;
};

struct check {
    const struct document *document;
    struct problems *problems;
    uint32_t depth;
    struct place places[JSON_DEPTH_MAX + 1];
};

static void tell(struct check *check, const char *reason)
{
    struct text pointer;
    text_init(&pointer, DOCUMENT_BYTES_MAX);
    for (uint32_t i = 1; i <= check->depth; i++) {
        const struct place *place = &check->places[i];
        if (place->name.at == NULL) {
            problem_pointer_append_index(&pointer, place->index - 1);
        } else {
            problem_pointer_append_name(&pointer, place->name);
        }
    }
    text_append_byte(&pointer, '\0');
    problems_add(check->problems, check->document->name, pointer.failed ? "" : pointer.bytes, "%s", reason);
    text_clear(&pointer);
}

/* An element of a list begins: its index counts from 1, so that 0 is "none yet". */
static void count_element(struct check *check)
{
    struct place *place = &check->places[check->depth];
    place->index += check->depth > 0 && place->name.at == NULL;
}

static void check_token(struct check *check, const struct json_reader *reader, enum json_token token)
{
    bool is_text = token == JSON_STRING || token == JSON_NAME;
    if (token == JSON_NAME) {
        check->places[check->depth] = (struct place){.name = reader->string};
    } else if (token != JSON_OBJECT_END && token != JSON_ARRAY_END) {
        count_element(check);
    }
    if (is_text && memchr(reader->string.at, '\0', reader->string.length) != NULL) {
        tell(check, "holds the character U+0000, which a policy set may not");
    }
    bool is_beyond = token == JSON_INTEGER && (reader->integer > limit_integer || reader->integer < -limit_integer);
    if (token == JSON_NUMBER || is_beyond) {
        tell(check, "is not an integer within 2^53, written without fraction and exponent");
    }
    if (token == JSON_OBJECT_BEGIN || token == JSON_ARRAY_BEGIN) {
        check->depth++;
        check->places[check->depth] = (struct place){0};
    } else if (token == JSON_OBJECT_END || token == JSON_ARRAY_END) {
        check->depth--;
    }
}

static void tell_syntax_error(const struct document *document, const char *reason, size_t offset,
                              struct problems *problems)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < offset && i < document->length; i++) {
        column = document->bytes[i] == '\n' ? 1 : column + 1;
        line += document->bytes[i] == '\n';
    }
    problems_add(problems, document->name, "", "line %zu, column %zu: the JSON %s", line, column, reason);
}

bool json_check(const struct document *document, struct problems *problems)
{
    if (document->length > DOCUMENT_BYTES_MAX) {
        problems_add(problems, document->name, "", "is longer than %d bytes", DOCUMENT_BYTES_MAX);
        return false;
    }
    /* The reader unescapes in place: on a copy, so that the document stays what it was. */
    char *copy = malloc(document->length + 1);
    if (copy == NULL) {
        problems_add_out_of_memory(problems, document->name);
        return false;
    }
    memcpy(copy, document->bytes, document->length);
    struct check check = {.document = document, .problems = problems};
    struct json_reader reader;
    json_reader_init(&reader, copy, document->length);
    enum json_token token;
    while ((token = json_reader_next(&reader)) != JSON_END && token != JSON_ERROR) {
        check_token(&check, &reader, token);
    }
    if (token == JSON_ERROR) {
        tell_syntax_error(document, reader.error, (size_t)(reader.at - copy), problems);
    }
    free(copy);
    return token == JSON_END;
}
