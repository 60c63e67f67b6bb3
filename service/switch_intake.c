#include "service/switch_intake.h"

#include <assert.h>

#include "degrade/switch_ruling.h"

void switch_intake_init(struct switch_intake *intake, const struct switch_document *known)
{
    memset(intake, 0, sizeof(*intake));
    if (known != NULL) {
        intake->in_force = *known;
    }
}

/* NULL: it is fit to be in force. */
static const char *fault_of(const struct switch_entry *entry, int64_t now_unix_s)
{
    enum switch_mode mode;
    if (entry->fault != NULL) {
        return entry->fault;
    }
    if (!switch_mode_of(entry->mode, &mode)) {
        return "has a mode that is none of on, auto and never";
    }
    if (mode == SWITCH_NEVER && entry->until_unix_s == 0) {
        return "says never without an until";
    }
    if (mode == SWITCH_NEVER && entry->until_unix_s - now_unix_s > SWITCH_NEVER_S_MAX) {
        return "says never for longer than an hour";
    }
    return NULL;
}

/* As it was judged when it was first heard, if it was: then it is sound, or has the same fault. */
static bool is_known(const struct switch_intake *intake, const struct switch_entry *entry, bool *ret_was_ignored)
{
    for (uint32_t i = 0; i < intake->said.count; i++) {
        if (entry->fault == NULL && switch_document_entry_equals(&intake->said.entries[i], entry)) {
            *ret_was_ignored = intake->was_ignored[i];
            return true;
        }
    }
    return false;
}

static const char *judge(const struct switch_intake *intake, const struct switch_entry *entry, int64_t now_unix_s)
{
    bool was_ignored;
    const char *fault = fault_of(entry, now_unix_s);
    if (!is_known(intake, entry, &was_ignored)) {
        return fault;
    }
    if (!was_ignored) {
        return NULL; /* whatever the clock says now */
    }
    return fault != NULL ? fault : "said never for longer than an hour";
}

/* What is in force under the name stays. */
static void keep(const struct switch_intake *intake, const struct switch_entry *entry, struct switch_document *fresh)
{
    for (uint32_t i = 0; entry->name[0] != '\0' && i < intake->in_force.count; i++) {
        if (strcmp(intake->in_force.entries[i].name, entry->name) == 0) {
            fresh->entries[fresh->count++] = intake->in_force.entries[i];
            return;
        }
    }
}

/* `said` becomes the new document; what is then in force. */
static void take_document(struct switch_intake *intake, const struct switch_document *said, int64_t now_unix_s,
                          struct switch_document *ret_fresh, switch_intake_ignored *ignored, void *cls)
{
    bool is_ignored[SWITCH_DOCUMENT_ENTRIES_MAX];
    ret_fresh->count = ret_fresh->faulty = 0;
    for (uint32_t i = 0; i < said->count; i++) {
        const struct switch_entry *entry = &said->entries[i];
        const char *fault = judge(intake, entry, now_unix_s);
        is_ignored[i] = fault != NULL;
        if (fault == NULL) {
            ret_fresh->entries[ret_fresh->count++] = *entry;
        } else {
            keep(intake, entry, ret_fresh);
            ignored(cls, entry->name, fault);
        }
    }
    intake->said = *said;
    memcpy(intake->was_ignored, is_ignored, sizeof(is_ignored));
}

/* True: something else is in force. */
static bool take_value(struct switch_intake *intake, int64_t now_unix_s, switch_intake_ignored *ignored, void *cls)
{
    struct switch_document said, fresh; /* 80 KB */
    char copy[SWITCH_DOCUMENT_BYTES_MAX];
    const char *reason;
    memcpy(copy, intake->value, intake->value_length);
    if (!switch_document_read(copy, intake->value_length, &said, &reason)) {
        ignored(cls, "", reason);
        return false;
    }
    take_document(intake, &said, now_unix_s, &fresh, ignored, cls);
    if (switch_document_equals(&fresh, &intake->in_force)) {
        return false;
    }
    intake->in_force = fresh;
    return true;
}

bool switch_intake_take(struct switch_intake *intake, struct slice bytes, int64_t now_unix_s,
                        switch_intake_ignored *ignored, void *cls)
{
    bool is_first = !intake->has_heard;
    assert(bytes.length <= sizeof(intake->value));
    if (!is_first && slice_equals(bytes, (struct slice){intake->value, intake->value_length})) {
        return false;
    }
    if (bytes.length > 0) {
        memcpy(intake->value, bytes.at, bytes.length);
    }
    intake->value_length = bytes.length;
    intake->has_heard = true;
    return take_value(intake, now_unix_s, ignored, cls) || is_first;
}
