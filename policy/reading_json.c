#include "policy/reading_json.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "policy/json_check.h"
#include "policy/rfc3339.h"
#include "policy/utf8.h"

/* More members than any object of a set has: a bound on the search for duplicates. */
enum { MEMBERS_MAX = 64 };

cJSON *reading_document(struct reading *reading, const struct document *document)
{
    size_t problems_before = reading->problems->total;
    if (!json_check(document, reading->problems)) {
        return NULL;
    }
    cJSON *tree = cJSON_ParseWithLength(document->bytes, document->length);
    if (tree == NULL && reading->problems->total == problems_before) {
        reading_out_of_memory(reading); /* it is JSON, as json_check found: nothing else can fail */
    }
    return tree;
}

bool reading_out_of_memory(struct reading *reading)
{
    reading->out_of_memory = true;
    return false;
}

/* Where it stands */

static void enter(struct reading *reading, struct reading_step step)
{
    assert(reading->depth < READING_DEPTH_MAX); /* json_check refuses what is nested deeper */
    reading->steps[reading->depth++] = step;
}

void reading_enter_name(struct reading *reading, struct slice name)
{
    assert(name.at != NULL);
    enter(reading, (struct reading_step){.name = name});
}

void reading_enter_index(struct reading *reading, uint32_t index)
{
    enter(reading, (struct reading_step){.index = index});
}

void reading_leave(struct reading *reading)
{
    assert(reading->depth > 0);
    reading->depth--;
}

bool reading_problem(struct reading *reading, const char *format, ...)
{
    char reason[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);
    struct text pointer;
    text_init(&pointer, DOCUMENT_BYTES_MAX);
    for (uint32_t i = 0; i < reading->depth; i++) {
        const struct reading_step *step = &reading->steps[i];
        if (step->name.at == NULL) {
            problem_pointer_append_index(&pointer, step->index);
        } else {
            problem_pointer_append_name(&pointer, step->name);
        }
    }
    text_append_byte(&pointer, '\0');
    problems_add(reading->problems, reading->file, pointer.failed ? "" : pointer.bytes, "%s", reason);
    text_clear(&pointer);
    return false;
}

/* Objects and lists */

static const struct field *field_of(const struct field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

static bool occurs_before(const cJSON *object, const cJSON *member)
{
    for (const cJSON *other = object->child; other != member; other = other->next) {
        if (strcmp(other->string, member->string) == 0) {
            return true;
        }
    }
    return false;
}

static bool read_member(struct reading *reading, const cJSON *object, const cJSON *member, const struct field *field,
                        void *target)
{
    reading_enter_name(reading, slice_of(member->string));
    bool is_well = occurs_before(object, member) ? reading_problem(reading, "occurs more than once")
                   : field == NULL               ? reading_problem(reading, "is not a known member")
                                                 : field->read(reading, member, target);
    reading_leave(reading);
    return is_well;
}

static bool check_required(struct reading *reading, const cJSON *object, const struct field *field)
{
    if (!field->is_required || cJSON_GetObjectItemCaseSensitive(object, field->name) != NULL) {
        return true;
    }
    reading_enter_name(reading, slice_of(field->name));
    reading_problem(reading, "is missing");
    reading_leave(reading);
    return false;
}

bool reading_object(struct reading *reading, const cJSON *value, const struct field *fields, size_t field_count,
                    void *target)
{
    if (!cJSON_IsObject(value)) {
        return reading_problem(reading, "is not an object");
    }
    bool is_well = true;
    uint32_t count = 0;
    for (const cJSON *member = value->child; member != NULL; member = member->next) {
        if (++count > MEMBERS_MAX) {
            return reading_problem(reading, "has more than %d members", MEMBERS_MAX);
        }
        is_well &= read_member(reading, value, member, field_of(fields, field_count, member->string), target);
    }
    for (size_t i = 0; i < field_count; i++) {
        is_well &= check_required(reading, value, &fields[i]);
    }
    return is_well;
}

bool reading_list(struct reading *reading, const cJSON *value, uint32_t min, uint32_t max, item_reader read_item,
                  void *target)
{
    if (!cJSON_IsArray(value)) {
        return reading_problem(reading, "is not a list");
    }
    uint32_t count = (uint32_t)cJSON_GetArraySize(value);
    if (count < min || count > max) {
        return reading_problem(reading, "has %u elements, not %u to %u", count, min, max);
    }
    bool is_well = true;
    uint32_t index = 0;
    for (const cJSON *item = value->child; item != NULL; item = item->next, index++) {
        reading_enter_index(reading, index);
        is_well &= read_item(reading, item, index, target);
        reading_leave(reading);
    }
    return is_well;
}

/* Values */

bool reading_boolean(struct reading *reading, const cJSON *value, bool *ret_value)
{
    if (!cJSON_IsBool(value)) {
        return reading_problem(reading, "is not a boolean");
    }
    *ret_value = cJSON_IsTrue(value);
    return true;
}

bool reading_integer(struct reading *reading, const cJSON *value, int64_t min, int64_t max, int64_t *ret_value)
{
    if (!cJSON_IsNumber(value)) {
        return reading_problem(reading, "is not an integer");
    }
    double number = value->valuedouble;
    if (!(fabs(number) <= (double)limit_integer) || number != floor(number)) {
        return false; /* json_check has told it */
    }
    if (number < (double)min || number > (double)max) {
        return reading_problem(reading, "is not between %lld and %lld", (long long)min, (long long)max);
    }
    *ret_value = (int64_t)number;
    return true;
}

bool reading_money(struct reading *reading, const cJSON *value, int64_t min, int64_t *ret_fen)
{
    return reading_integer(reading, value, min, limit_money_fen, ret_fen);
}

static bool string_of(struct reading *reading, const cJSON *value, uint32_t min, uint32_t max, struct slice *ret_string)
{
    if (!cJSON_IsString(value)) {
        reading_problem(reading, "is not a string");
        return false;
    }
    size_t length = strlen(value->valuestring);
    if (length < min || length > max) {
        reading_problem(reading, "is %zu bytes long, not %u to %u", length, min, max);
        return false;
    }
    *ret_string = (struct slice){.at = value->valuestring, .length = (uint32_t)length};
    return true;
}

bool reading_string(struct reading *reading, const cJSON *value, uint32_t min, uint32_t max, struct slice *ret_string)
{
    struct slice string;
    return string_of(reading, value, min, max, &string) &&
           (arena_copy(&reading->set->arena, string, ret_string) || reading_out_of_memory(reading));
}

static bool name_of(struct reading *reading, const cJSON *value, struct slice *ret_name)
{
    struct slice name;
    if (!string_of(reading, value, 1, LIMIT_NAME_BYTES, &name)) {
        return false;
    }
    if (utf8_has_control(name)) {
        reading_problem(reading, "has a control character");
        return false;
    }
    *ret_name = name;
    return true;
}

bool reading_name(struct reading *reading, const cJSON *value, struct slice *ret_name)
{
    struct slice name;
    return name_of(reading, value, &name) &&
           (arena_copy(&reading->set->arena, name, ret_name) || reading_out_of_memory(reading));
}

bool reading_interned(struct reading *reading, const cJSON *value, struct names *names, uint32_t *ret_number)
{
    struct slice name;
    return name_of(reading, value, &name) && (names_intern(names, name, ret_number) || reading_out_of_memory(reading));
}

bool reading_time(struct reading *reading, const cJSON *value, int64_t *ret_unix_s)
{
    struct slice text;
    if (!string_of(reading, value, 0, LIMIT_STRING_BYTES, &text)) {
        return false;
    }
    return rfc3339_parse_time(text, ret_unix_s) ||
           reading_problem(reading, "is not a time like 2026-02-12T20:00:00+08:00");
}

bool reading_word(struct reading *reading, const cJSON *value, const char *const *words, size_t count,
                  size_t *ret_index)
{
    for (size_t i = 0; cJSON_IsString(value) && i < count; i++) {
        if (strcmp(value->valuestring, words[i]) == 0) {
            *ret_index = i;
            return true;
        }
    }
    char list[128] = "";
    for (size_t i = 0; i < count; i++) {
        size_t at = strlen(list);
        snprintf(list + at, sizeof(list) - at, "%s\"%s\"", i > 0 ? ", " : "", words[i]);
    }
    return reading_problem(reading, "is none of %s", list);
}

void *reading_allocate(struct reading *reading, size_t count, size_t size)
{
    void *memory = size > 0 && count > SIZE_MAX / size ? NULL : arena_allocate(&reading->set->arena, count * size);
    if (memory == NULL) {
        reading_out_of_memory(reading);
    }
    return memory;
}
