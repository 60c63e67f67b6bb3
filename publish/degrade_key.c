#include "publish/degrade_key.h"

#include <stdio.h>
#include <time.h>

#include "cache/switch_key.h"
#include "degrade/switch_ruling.h"
#include "policy/rfc3339.h"
#include "publish/connection.h"
#include "publish/degrade_line.h"
#include "publish/operator.h"
#include "publish/printable.h"

/* A document's entries in any clothes. */
static const size_t output_bytes_max = (size_t)1024 * 1024;

static int64_t end_of(const struct degrade_options *options)
{
    uint32_t ttl_s = options->ttl_s;
    if (options->mode == SWITCH_NEVER && ttl_s > SWITCH_NEVER_S_MAX - DEGRADE_KEY_SKEW_S) {
        ttl_s = SWITCH_NEVER_S_MAX - DEGRADE_KEY_SKEW_S;
    }
    return ttl_s > 0 ? (int64_t)time(NULL) + ttl_s : 0;
}

static struct switch_entry entry_of(const struct degrade_options *options)
{
    struct switch_entry entry = {.until_unix_s = end_of(options), .is_drill = options->is_drill};
    snprintf(entry.name, sizeof(entry.name), "%s", options->interface);
    snprintf(entry.mode, sizeof(entry.mode), "%s", switch_mode_name(options->mode));
    snprintf(entry.reason, sizeof(entry.reason), "%s", options->reason);
    operator_actor(entry.actor);
    return entry;
}

/* What is said */

static void append_entry(struct text *text, const struct switch_entry *entry)
{
    char until[RFC3339_TIME_BYTES] = "";
    if (entry->fault != NULL) {
        printable_append(text, slice_of(entry->name[0] != '\0' ? entry->name : "a member"));
        text_append_format(text, " is faulty: it %s; gateways keep what they had of it\n", entry->fault);
        return;
    }
    if (entry->until_unix_s != 0) {
        rfc3339_write_time(entry->until_unix_s, until);
    }
    const struct degrade_line line = {entry->name,  entry->mode, entry->is_drill ? "drill" : "",
                                      entry->actor, until,       entry->reason};
    degrade_line_append(text, &line);
    text_append_byte(text, '\n');
}

static void append_member(struct text *text, const char *name, const char *value)
{
    text_append_format(text, "\"%s\":", name);
    if (value[0] != '\0') {
        text_append_json_string(text, slice_of(value));
    } else {
        text_append(text, SLICE("null"));
    }
    text_append_byte(text, ',');
}

static void append_object(struct text *text, const struct switch_entry *entry, bool is_first)
{
    char until[RFC3339_TIME_BYTES] = "";
    if (entry->until_unix_s != 0) {
        rfc3339_write_time(entry->until_unix_s, until);
    }
    text_append(text, is_first ? SLICE("{") : SLICE(",{"));
    append_member(text, "interface", entry->name);
    append_member(text, "mode", entry->mode);
    append_member(text, "reason", entry->reason);
    append_member(text, "actor", entry->actor);
    append_member(text, "until", until);
    append_member(text, "fault", entry->fault != NULL ? entry->fault : "");
    text_append_format(text, "\"drill\":%s}", entry->is_drill ? "true" : "false");
}

/* The entries of that interface, or all; how many are faulty. */
static uint32_t append_document(struct text *text, const struct switch_document *document,
                                const struct degrade_options *options)
{
    uint32_t shown = 0, faulty = 0;
    bool is_all = strcmp(options->interface, "*") == 0;
    text_append(text, options->is_json ? SLICE("{\"switches\":[") : SLICE(""));
    for (uint32_t i = 0; i < document->count; i++) {
        const struct switch_entry *entry = &document->entries[i];
        if (!is_all && strcmp(entry->name, options->interface) != 0 && strcmp(entry->name, "*") != 0) {
            continue;
        }
        if (options->is_json) {
            append_object(text, entry, shown == 0);
        } else {
            append_entry(text, entry);
        }
        shown++;
        faulty += entry->fault != NULL;
    }
    if (options->is_json) {
        text_append(text, SLICE("]}\n"));
    } else if (shown == 0) {
        text_append(text, SLICE("no switch\n"));
    }
    return faulty;
}

static int tell(const struct command *command, const struct switch_document *document,
                const struct degrade_options *options)
{
    struct text text;
    text_init(&text, output_bytes_max);
    uint32_t faulty = append_document(&text, document, options);
    int status = command_print(command, &text);
    return faulty > 0 ? STATUS_FAILED : status;
}

/* What is done */

static int show(const struct command *command, struct connection *connection, const struct degrade_options *options)
{
    static struct switch_document document; /* it is large */
    char reason[SWITCH_KEY_REASON_BYTES];
    const char *fault;
    struct text value;
    text_init(&value, SWITCH_DOCUMENT_BYTES_MAX);
    bool is_well = switch_key_read(connection->client, connection->keys.degrade, &value, reason);
    if (is_well && !switch_document_read(value.bytes, value.length, &document, &fault)) {
        snprintf(reason, sizeof(reason), "%s %s", connection->keys.degrade, fault);
        is_well = false;
    }
    text_clear(&value);
    return is_well ? tell(command, &document, options) : command_failed(command, reason);
}

static int change(const struct command *command, struct connection *connection, const struct degrade_options *options)
{
    static struct switch_document changed; /* it is large */
    char reason[SWITCH_KEY_REASON_BYTES];
    struct switch_entry entry = entry_of(options);
    bool is_removal = options->mode == SWITCH_AUTO;
    if (!switch_key_edit(connection->client, connection->keys.degrade, slice_of(entry.name), is_removal ? NULL : &entry,
                         reason)) {
        return command_failed(command, reason);
    }
    if (is_removal) { /* no entry is what auto means: nobody's any more */
        entry = (struct switch_entry){0};
        snprintf(entry.name, sizeof(entry.name), "%s", options->interface);
        snprintf(entry.mode, sizeof(entry.mode), "%s", switch_mode_name(SWITCH_AUTO));
    }
    changed.count = 1;
    changed.entries[0] = entry;
    return tell(command, &changed, options);
}

int degrade_key_run(const struct command *command, const struct degrade_options *options)
{
    static struct connection connection;
    enum redis_role role = options->is_status ? REDIS_READER : REDIS_WRITER;
    if (!connection_open(&connection, &options->connection, role)) {
        return command_failed(command, connection.reason);
    }
    int status = (options->is_status ? show : change)(command, &connection, options);
    connection_close(&connection);
    return status;
}
