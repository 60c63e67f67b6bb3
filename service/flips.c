#include "service/flips.h"

#include <stdio.h>

static const struct switch_entry none = {.mode = "auto"};

void flips_tell(struct audit *audit, enum switch_source source, const struct switch_entry *before,
                const struct switch_entry *after, const char *peer)
{
    const struct switch_entry *named = after != NULL ? after : before;
    const struct switch_entry *from = before != NULL ? before : &none, *to = after != NULL ? after : &none;
    const struct audit_flip flip = {.interface = named->name,
                                    .source = switch_source_name(source),
                                    .from = from->mode,
                                    .to = to->mode,
                                    .actor = to->actor,
                                    .reason = to->reason,
                                    .peer = peer,
                                    .until_unix_s = to->until_unix_s,
                                    .is_drill = to->is_drill};
    audit_flip(audit, &flip);
}

void flips_tell_end(struct audit *audit, enum switch_source source, const struct switch_entry *entry,
                    const char *reason)
{
    const struct audit_flip flip = {.interface = entry->name,
                                    .source = switch_source_name(source),
                                    .from = entry->mode,
                                    .to = none.mode,
                                    .actor = entry->actor,
                                    .reason = reason,
                                    .peer = "",
                                    .is_drill = entry->is_drill};
    audit_flip(audit, &flip);
}

void flips_tell_documents(struct audit *audit, enum switch_source source, const struct switch_document *before,
                          const struct switch_document *after)
{
    for (uint32_t i = 0; i < before->count; i++) {
        if (switch_document_find(after, slice_of(before->entries[i].name)) == NULL) {
            flips_tell(audit, source, &before->entries[i], NULL, "");
        }
    }
    for (uint32_t i = 0; i < after->count; i++) {
        const struct switch_entry *was = switch_document_find(before, slice_of(after->entries[i].name));
        if (was == NULL || !switch_document_entry_equals(was, &after->entries[i])) {
            flips_tell(audit, source, was, &after->entries[i], "");
        }
    }
}

static enum switch_mode mode_in(const struct config *config, struct slice name)
{
    const struct config_interface *interface = config_interface_find(config, name);
    return interface != NULL ? interface->degrade : SWITCH_AUTO;
}

static void tell_file(struct audit *audit, struct slice name, enum switch_mode before, enum switch_mode after)
{
    char text[CONFIG_NAME_BYTES + 1];
    if (before == after) {
        return;
    }
    snprintf(text, sizeof(text), "%.*s", (int)name.length, name.at);
    const struct audit_flip flip = {.interface = text,
                                    .source = switch_source_name(SWITCH_FROM_FILE),
                                    .from = switch_mode_name(before),
                                    .to = switch_mode_name(after),
                                    .actor = "",
                                    .reason = "the configuration file changed",
                                    .peer = ""};
    audit_flip(audit, &flip);
}

void flips_tell_files(struct audit *audit, const struct config *before, const struct config *after)
{
    for (uint32_t i = 0; i < after->interface_count; i++) {
        struct slice name = after->interfaces[i].name;
        tell_file(audit, name, mode_in(before, name), after->interfaces[i].degrade);
    }
    for (uint32_t i = 0; i < before->interface_count; i++) {
        if (config_interface_find(after, before->interfaces[i].name) == NULL) {
            tell_file(audit, before->interfaces[i].name, before->interfaces[i].degrade, SWITCH_AUTO);
        }
    }
}
