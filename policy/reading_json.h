/*
 * reading_json.h - strict reading of a document's tree: the tools that policy_json.c and its neighbours share.
 *
 * A reading carries the file's name and the JSON pointer of where it stands. Each tool checks one value; what is wrong
 * becomes a problem with that pointer, and reading goes on, so that all problems of a document are found in one pass:
 *
 *     static const struct field fields[] = {{"from", true, read_from}, {"to", true, read_to}};
 *     is_well = reading_object(reading, value, fields, 2, &window);
 *
 * The tree is cJSON's; reading_document lets it see only documents that passed json_reader.h, because cJSON alone
 * takes much that is not JSON, cuts strings at U+0000 and rounds integers (../README.md, "Dependencies").
 *
 * Errors   false: a problem was added (or memory ended: `out_of_memory`).
 */
#pragma once

#include <cjson/cJSON.h>

#include "policy/document.h"
#include "policy/json_reader.h"
#include "policy/policy_set.h"

enum { READING_DEPTH_MAX = JSON_DEPTH_MAX };

/* One step of a JSON pointer: a member's name, or (at NULL) an element's index. */
struct reading_step {
    struct slice name;
    uint32_t index;
};

struct reading {
    const char *file;
    struct problems *problems;
    struct policy_set *set; /* names are interned and memory is taken there */
    uint32_t *aoi_marks;    /* by AOI number: the list that named it last (policy_json.c) */
    uint32_t aoi_mark_count, aoi_list;
    bool out_of_memory;
    uint32_t depth; /* steps to where it stands: the pointer is only spelled out when there is a problem */
    struct reading_step steps[READING_DEPTH_MAX];
};

/* Reads one member's value into a part of `target`, the struct that the object becomes. */
typedef bool (*field_reader)(struct reading *reading, const cJSON *value, void *target);

struct field {
    const char *name;
    bool is_required;
    field_reader read;
};

/* Strict JSON to a tree that the caller deletes (cJSON_Delete); NULL with a problem added. */
cJSON *reading_document(struct reading *reading, const struct document *document);

/* Adds a problem at the pointer where the reading stands; always false. */
bool reading_problem(struct reading *reading, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool reading_out_of_memory(struct reading *reading);

/* Steps into a member or an element, and out again. */
void reading_enter_name(struct reading *reading, struct slice name);
void reading_enter_index(struct reading *reading, uint32_t index);
void reading_leave(struct reading *reading);

/* An object with these members and no others, none twice. */
bool reading_object(struct reading *reading, const cJSON *value, const struct field *fields, size_t field_count,
                    void *target);

/* A list of `min` to `max` elements, each through `read_item` with its index and `target`. */
typedef bool (*item_reader)(struct reading *reading, const cJSON *value, uint32_t index, void *target);
bool reading_list(struct reading *reading, const cJSON *value, uint32_t min, uint32_t max, item_reader read_item,
                  void *target);

bool reading_boolean(struct reading *reading, const cJSON *value, bool *ret_value);
bool reading_integer(struct reading *reading, const cJSON *value, int64_t min, int64_t max, int64_t *ret_value);
bool reading_money(struct reading *reading, const cJSON *value, int64_t min, int64_t *ret_fen);

/* 1 to LIMIT_NAME_BYTES bytes without control characters, copied into the set. */
bool reading_name(struct reading *reading, const cJSON *value, struct slice *ret_name);
/* As a name, interned in one of the set's tables. */
bool reading_interned(struct reading *reading, const cJSON *value, struct names *names, uint32_t *ret_number);
/* `min` to `max` bytes, any characters. */
bool reading_string(struct reading *reading, const cJSON *value, uint32_t min, uint32_t max, struct slice *ret_string);
bool reading_time(struct reading *reading, const cJSON *value, int64_t *ret_unix_s);

/* A string that is one of the words; its index. */
bool reading_word(struct reading *reading, const cJSON *value, const char *const *words, size_t count,
                  size_t *ret_index);

/* Zeroed memory of the set's arena, NULL with out_of_memory noted. */
void *reading_allocate(struct reading *reading, size_t count, size_t size);
