#include "publish/switch_view.h"

#include <stddef.h>
#include <stdio.h>

#include "degrade/switch_mode.h"
#include "policy/json_reader.h"

/* Members that are texts, or null. */
struct member {
    const char *name;
    size_t offset, size;
};

#define MEMBER(type, field)                                                                                            \
    {                                                                                                                  \
#field, offsetof(type, field), sizeof(((type *)NULL)->field)                                                   \
    }

static const struct member state_members[] = {
    MEMBER(struct switch_state, interface), MEMBER(struct switch_state, mode),   MEMBER(struct switch_state, source),
    MEMBER(struct switch_state, actor),     MEMBER(struct switch_state, reason), MEMBER(struct switch_state, until),
    MEMBER(struct switch_state, breaker),
};
enum { STATE_MEMBERS = sizeof(state_members) / sizeof(state_members[0]) };

static const struct member *member_of(const struct member *members, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equals(name, slice_of(members[i].name))) {
            return &members[i];
        }
    }
    return NULL;
}

/* False: it is no text that fits. */
static bool take_text(const struct member *member, enum json_token token, struct slice string, void *object)
{
    char *target = (char *)object + member->offset;
    if (token == JSON_NULL) {
        return true;
    }
    if (token != JSON_STRING || string.length >= member->size ||
        (string.length > 0 && memchr(string.at, '\0', string.length) != NULL)) {
        return false;
    }
    if (string.length > 0) {
        memcpy(target, string.at, string.length);
    }
    target[string.length] = '\0';
    return true;
}

/* The value of a member of a state, whose name the reader has read. */
static bool take_member(struct json_reader *reader, struct switch_state *state)
{
    const struct member *member = member_of(state_members, STATE_MEMBERS, reader->string);
    enum json_token token = json_reader_next(reader);
    bool is_well = member == NULL || take_text(member, token, reader->string, state);
    json_reader_skip(reader, token);
    return is_well;
}

static bool is_complete(const struct switch_state *state)
{
    enum switch_mode mode;
    return state->interface[0] != '\0' && switch_mode_of(state->mode, &mode);
}

/* The reader stands behind the bracket. */
static bool read_states(struct json_reader *reader, struct switch_view *view)
{
    enum json_token token;
    while ((token = json_reader_next(reader)) == JSON_OBJECT_BEGIN) {
        struct switch_state state = {0};
        while (json_reader_next(reader) == JSON_NAME) {
            if (!take_member(reader, &state)) {
                return false;
            }
        }
        if (!is_complete(&state) || view->count == SWITCH_DOCUMENT_ENTRIES_MAX) {
            return false;
        }
        view->states[view->count++] = state;
    }
    return token == JSON_ARRAY_END;
}

static bool read_view(struct json_reader *reader, struct switch_view *view)
{
    struct switch_state single = {0};
    bool has_list = false;
    if (json_reader_next(reader) != JSON_OBJECT_BEGIN) {
        return false;
    }
    enum json_token token;
    while ((token = json_reader_next(reader)) == JSON_NAME) {
        bool is_well;
        if (slice_equals(reader->string, SLICE("switches"))) {
            is_well = !has_list && json_reader_next(reader) == JSON_ARRAY_BEGIN && read_states(reader, view);
            has_list = true;
        } else {
            is_well = take_member(reader, &single);
        }
        if (!is_well) {
            return false;
        }
    }
    if (token != JSON_OBJECT_END || json_reader_next(reader) != JSON_END) {
        return false;
    }
    if (!has_list) {
        view->states[view->count++] = single;
    }
    return has_list || is_complete(&single);
}

bool switch_view_read(char *bytes, size_t length, struct switch_view *ret_view, const char **ret_reason)
{
    struct json_reader reader;
    struct switch_view view = {0};
    json_reader_init(&reader, bytes, length);
    if (!read_view(&reader, &view)) {
        *ret_reason = "answers what are no switches";
        return false;
    }
    *ret_view = view;
    return true;
}

/* Problems */

struct problem_words {
    char title[64], detail[256], pointer[128];
};

static const struct member problem_members[] = {
    MEMBER(struct problem_words, title),
    MEMBER(struct problem_words, detail),
    MEMBER(struct problem_words, pointer),
};

void switch_view_read_problem(char *bytes, size_t length, char ret_text[SWITCH_VIEW_PROBLEM_BYTES])
{
    struct json_reader reader;
    struct problem_words words = {0};
    json_reader_init(&reader, bytes, length);
    if (json_reader_next(&reader) == JSON_OBJECT_BEGIN) {
        while (json_reader_next(&reader) == JSON_NAME) {
            const struct member *member = member_of(problem_members, 3, reader.string);
            enum json_token token = json_reader_next(&reader);
            if (member != NULL) {
                take_text(member, token, reader.string, &words);
            }
            json_reader_skip(&reader, token);
        }
    }
    bool has_pointer = words.pointer[0] != '\0';
    snprintf(ret_text, SWITCH_VIEW_PROBLEM_BYTES, "%s%s%s%s", words.detail[0] != '\0' ? words.detail : words.title,
             has_pointer ? " (" : "", words.pointer, has_pointer ? ")" : "");
}

/* Comparing */

const struct switch_state *switch_view_find(const struct switch_view *view, const char *interface)
{
    for (uint32_t i = 0; i < view->count; i++) {
        if (strcmp(view->states[i].interface, interface) == 0) {
            return &view->states[i];
        }
    }
    return NULL;
}

bool switch_view_reduce(struct switch_view *view, const char *interface)
{
    const struct switch_state *found = switch_view_find(view, interface);
    if (found != NULL) {
        view->states[0] = *found;
        view->count = 1;
    }
    return found != NULL;
}

/* One of `a` that `b` has not, or otherwise. */
static const char *difference_from(const struct switch_view *a, const struct switch_view *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        const struct switch_state *other = switch_view_find(b, a->states[i].interface);
        if (other == NULL || strcmp(other->mode, a->states[i].mode) != 0) {
            return a->states[i].interface;
        }
    }
    return NULL;
}

const char *switch_view_difference(const struct switch_view *a, const struct switch_view *b)
{
    const char *interface = difference_from(a, b);
    return interface != NULL ? interface : difference_from(b, a);
}

const struct switch_state *switch_view_other_than(const struct switch_view *view, const char *mode)
{
    for (uint32_t i = 0; i < view->count; i++) {
        if (strcmp(view->states[i].mode, mode) != 0) {
            return &view->states[i];
        }
    }
    return NULL;
}
