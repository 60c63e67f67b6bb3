#include <inttypes.h>

#include "policy/rfc3339.h"
#include "publish/printable.h"
#include "publish/release_fetch.h"
#include "publish/standing.h"

/* DOCUMENTS_COUNT_MAX names of 255 bytes, escaped, and their facts. */
static const size_t output_bytes_max = (size_t)256 * 1024 * 1024;

struct options {
    bool is_json;
    uint64_t release;
};

static const char *take(void *own, int name, const char *argument)
{
    (void)name, (void)argument;
    ((struct options *)own)->is_json = true; /* the only one */
    return NULL;
}

static void append_facts(struct text *text, const struct release_record *record, bool is_in_force)
{
    char time[RFC3339_TIME_BYTES], manifest[DIGEST_HEX_LENGTH + 1];
    const struct root *root = &record->root;
    rfc3339_write_time(root->published_at_s, time);
    digest_to_hex(&root->manifest.digest, manifest);
    text_append_format(text, "release      %" PRIu64 "%s\n", root->release, is_in_force ? " (in force)" : "");
    text_append_format(text, "published    %s\nauthor       %s\nnote         %s\n", time, record->author, record->note);
    if (root->rollback_of != 0) {
        text_append_format(text, "rollback of  %" PRIu64 "\n", root->rollback_of);
    }
    text_append(text, root->is_forced ? SLICE("forced       a drop of policies was accepted\n") : SLICE(""));
    text_append_format(text, "policies     %" PRIu32 "\nbytes        %" PRIu64 "\nmanifest     %s\n", root->policies,
                       root->document_bytes, manifest);
}

static void append_documents(struct text *text, const struct manifest *manifest)
{
    text_append_format(text, "\n%-32s  %9s  document\n", "digest", "bytes");
    for (uint32_t i = 0; i < manifest->count; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];
        char hex[DIGEST_HEX_LENGTH + 1];
        digest_to_hex(&entry->blob.digest, hex);
        text_append_format(text, "%s  %9" PRIu32 "  ", hex, entry->blob.length);
        printable_append(text, entry->name);
        text_append_byte(text, '\n');
    }
}

static void append_documents_json(struct text *text, const struct manifest *manifest)
{
    text_append_byte(text, '[');
    for (uint32_t i = 0; i < manifest->count; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];
        char hex[DIGEST_HEX_LENGTH + 1];
        digest_to_hex(&entry->blob.digest, hex);
        text_append(text, i > 0 ? SLICE(",{\"name\":") : SLICE("{\"name\":"));
        printable_append_json(text, entry->name);
        text_append_format(text, ",\"bytes\":%" PRIu32 ",\"digest\":\"%s\"}", entry->blob.length, hex);
    }
    text_append_byte(text, ']');
}

static int print(const struct command *command, const struct release_record *record, bool is_in_force,
                 const struct manifest *manifest, bool is_json)
{
    struct text text;
    text_init(&text, output_bytes_max);
    if (is_json) {
        text_append(&text, SLICE("{\"facts\":"));
        release_record_append_facts(&text, record, is_in_force);
        text_append(&text, SLICE(",\"documents\":"));
        append_documents_json(&text, manifest);
        text_append(&text, SLICE("}\n"));
    } else {
        append_facts(&text, record, is_in_force);
        append_documents(&text, manifest);
    }
    return command_print(command, &text);
}

static int run(const struct command *command, struct connection *connection, const struct options *options)
{
    static struct standing standing; /* it is large */
    struct release_record record;
    struct manifest manifest;
    if (!standing_read(connection, &standing) || !standing_find(connection, &standing, options->release, &record) ||
        !release_fetch_manifest(connection, &record.root, NULL, &manifest)) {
        return command_failed(command, connection->reason);
    }
    int status = print(command, &record, standing_is_in_force(&standing, &record), &manifest, options->is_json);
    manifest_clear(&manifest);
    return status;
}

int command_show(const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {{"json", no_argument, NULL, 'j'}, CONNECTION_OPTION_ROWS};
    static struct connection_options connection_options;
    static struct connection connection;
    struct options options = {0};
    const struct connection_syntax syntax = {names, take, &options, 1, "give one RELEASE", NULL};
    int status = connection_options_parse(&connection_options, command, argc, argv, &syntax);
    if (status != CONNECTION_OPTIONS_TAKEN) {
        return status;
    }
    if (!command_parse_release_or_current(argv[optind], &options.release)) {
        return command_misused(command, "RELEASE is a number, or `current`");
    }
    status = connection_open(&connection, &connection_options, REDIS_READER)
                 ? run(command, &connection, &options)
                 : command_failed(command, connection.reason);
    connection_close(&connection);
    return status;
}
