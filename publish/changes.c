#include "publish/changes.h"

#include <stdlib.h>

#include "policy/utf8.h"
#include "publish/printable.h"

enum { VALUE_BYTES_SHOWN = 160 };

void changes_init(struct changes *changes)
{
    *changes = (struct changes){0};
    arena_init(&changes->texts);
}

void changes_clear(struct changes *changes)
{
    arena_clear(&changes->texts);
    free(changes->items);
    *changes = (struct changes){0};
}

static bool make_room(struct changes *changes)
{
    if (changes->count < changes->capacity) {
        return true;
    }
    uint32_t capacity = changes->capacity == 0 ? 4 : changes->capacity * 2;
    struct change *items = reallocarray(changes->items, capacity, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    changes->items = items;
    changes->capacity = capacity;
    return true;
}

/* A missing text stays missing. */
static bool copy(struct changes *changes, struct slice text, struct slice *ret_copy)
{
    *ret_copy = (struct slice){0};
    return text.at == NULL || arena_copy(&changes->texts, text, ret_copy);
}

void changes_add(struct changes *changes, const struct change *change)
{
    struct change own = *change;
    if (!make_room(changes) || !copy(changes, change->pointer, &own.pointer) ||
        !copy(changes, change->before, &own.before) || !copy(changes, change->after, &own.after)) {
        changes->out_of_memory = true;
        return;
    }
    changes->items[changes->count++] = own;
}

/* At most VALUE_BYTES_SHOWN of it, whole characters. */
static void append_shortened(struct text *text, struct slice json)
{
    if (json.length <= VALUE_BYTES_SHOWN) {
        printable_append(text, json);
        return;
    }
    uint32_t length = 0;
    const char *end = json.at + json.length;
    unsigned next;
    while ((next = utf8_character_bytes(json.at + length, end)) > 0 && length + next <= VALUE_BYTES_SHOWN) {
        length += next;
    }
    printable_append(text, (struct slice){.at = json.at, .length = length});
    text_append_format(text, "... (%u bytes)", (unsigned)json.length);
}

static void append_value(struct text *text, const struct change *change)
{
    if (change->before.at == NULL) {
        text_append(text, SLICE("added "));
        append_shortened(text, change->after);
    } else if (change->after.at == NULL) {
        text_append(text, SLICE("removed "));
        append_shortened(text, change->before);
    } else {
        append_shortened(text, change->before);
        text_append(text, SLICE(" -> "));
        append_shortened(text, change->after);
    }
}

static void append_names(struct text *text, char sign, uint32_t count, struct slice names)
{
    if (count > 0) {
        text_append_format(text, " %c", sign);
        printable_append(text, names);
        text_append(text, count > CHANGES_NAMES_MAX ? SLICE(" and more") : SLICE(""));
    }
}

void changes_append(struct text *text, const struct changes *changes)
{
    for (uint32_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];
        text_append(text, SLICE("    "));
        printable_append(text, change->pointer.length > 0 ? change->pointer : SLICE("(document)"));
        text_append(text, SLICE(": "));
        switch (change->kind) {
        case CHANGE_VALUE:
            append_value(text, change);
            break;
        case CHANGE_SET:
            text_append_format(text, "+%u -%u:", change->added, change->removed);
            append_names(text, '+', change->added, change->after);
            append_names(text, '-', change->removed, change->before);
            break;
        case CHANGE_ORDER:
            text_append(text, SLICE("the same, in another order"));
            break;
        }
        text_append_byte(text, '\n');
    }
}

static void append_member(struct text *text, struct slice name, struct slice json)
{
    if (json.at != NULL) {
        text_append(text, name);
        text_append(text, json);
    }
}

static void append_change_json(struct text *text, const struct change *change)
{
    text_append(text, SLICE("{\"pointer\":"));
    text_append_json_string(text, change->pointer);
    switch (change->kind) {
    case CHANGE_VALUE:
        append_member(text, SLICE(",\"from\":"), change->before);
        append_member(text, SLICE(",\"to\":"), change->after);
        break;
    case CHANGE_SET:
        text_append_format(text, ",\"added\":%u,\"removed\":%u", change->added, change->removed);
        append_member(text, SLICE(",\"added_first\":"), change->after);
        append_member(text, SLICE(",\"removed_first\":"), change->before);
        break;
    case CHANGE_ORDER:
        text_append(text, SLICE(",\"reordered\":true"));
        break;
    }
    text_append_byte(text, '}');
}

void changes_append_json(struct text *text, const struct changes *changes)
{
    text_append_byte(text, '[');
    for (uint32_t i = 0; i < changes->count; i++) {
        text_append(text, i > 0 ? SLICE(",") : SLICE(""));
        append_change_json(text, &changes->items[i]);
    }
    text_append_byte(text, ']');
}
