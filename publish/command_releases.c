#include <inttypes.h>
#include <stdio.h>

#include "policy/rfc3339.h"
#include "policy/utf8.h"
#include "publish/standing.h"

/* REDIS_KEYS_RELEASES_MAX records, each at most RELEASE_RECORD_BYTES_MAX, in any clothes. */
static const size_t output_bytes_max = (size_t)1024 * 1024;

static const char *take(void *own, int name, const char *argument)
{
    (void)name, (void)argument;
    *(bool *)own = true; /* --json is the only one */
    return NULL;
}

static void append_padded(struct text *text, struct slice words, uint32_t width)
{
    text_append(text, words);
    for (uint32_t count = utf8_count(words); count < width; count++) {
        text_append_byte(text, ' ');
    }
    text_append(text, SLICE("  "));
}

static void append_row(struct text *text, const struct standing *standing, const struct release_record *record,
                       uint32_t author_width)
{
    char time[RFC3339_TIME_BYTES];
    rfc3339_write_time(record->root.published_at_s, time);
    text_append_format(text, "%7" PRIu64 "  %s  %8" PRIu32 "  %10" PRIu64 "  ", record->root.release, time,
                       record->root.policies, record->root.document_bytes);
    append_padded(text, slice_of(record->author), author_width);
    text_append(text, slice_of(record->note));
    if (record->root.rollback_of != 0) {
        text_append_format(text, "%srollback of %" PRIu64, record->note[0] != '\0' ? "; " : "",
                           record->root.rollback_of);
    }
    text_append(text, standing_is_in_force(standing, record) ? SLICE(" (in force)\n") : SLICE("\n"));
}

static void append_table(struct text *text, const struct standing *standing)
{
    uint32_t author_width = 6;
    for (uint32_t i = 0; i < standing->list.count; i++) {
        uint32_t width = utf8_count(slice_of(standing->list.records[i].author));
        author_width = width > author_width ? width : author_width;
    }
    if (standing->list.count == 0) {
        text_append(text, SLICE("no release\n"));
        return;
    }
    text_append_format(text, "%7s  %-20s  %8s  %10s  ", "release", "published (UTC)", "policies", "bytes");
    append_padded(text, SLICE("author"), author_width);
    text_append(text, SLICE("note\n"));
    for (uint32_t i = 0; i < standing->list.count; i++) {
        append_row(text, standing, &standing->list.records[i], author_width);
    }
}

static void append_json(struct text *text, const struct standing *standing)
{
    text_append(text, SLICE("{\"in_force\":"));
    text_append_integer(text, standing->in_force.exists ? (int64_t)standing->in_force.root.release : 0);
    text_append(text, SLICE(",\"releases\":["));
    for (uint32_t i = 0; i < standing->list.count; i++) {
        const struct release_record *record = &standing->list.records[i];
        text_append(text, i > 0 ? SLICE(",") : SLICE(""));
        release_record_append_facts(text, record, standing_is_in_force(standing, record));
    }
    text_append(text, SLICE("]}\n"));
}

static int run(const struct command *command, struct connection *connection, bool is_json)
{
    static struct standing standing; /* it is large */
    struct text text;
    if (!standing_read(connection, &standing)) {
        return command_failed(command, connection->reason);
    }
    if (standing.list.unreadable_count > 0) {
        fprintf(stderr, "promoctl releases: %u records are left out; the first %s\n", standing.list.unreadable_count,
                standing.list.unreadable_reason);
    }
    text_init(&text, output_bytes_max);
    (is_json ? append_json : append_table)(&text, &standing);
    return command_print(command, &text);
}

int command_releases(const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {{"json", no_argument, NULL, 'j'}, CONNECTION_OPTION_ROWS};
    static struct connection_options options;
    static struct connection connection;
    bool is_json = false;
    const struct connection_syntax syntax = {names, take, &is_json, 0, "takes no argument", NULL};
    int status = connection_options_parse(&options, command, argc, argv, &syntax);
    if (status != CONNECTION_OPTIONS_TAKEN) {
        return status;
    }
    status = connection_open(&connection, &options, REDIS_READER) ? run(command, &connection, is_json)
                                                                  : command_failed(command, connection.reason);
    connection_close(&connection);
    return status;
}
