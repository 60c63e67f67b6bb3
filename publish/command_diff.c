#include "publish/printable.h"
#include "publish/release_diff.h"
#include "publish/standing.h"

/* Two whole sets, each value escaped. */
static const size_t output_bytes_max = (size_t)1 << 30;

struct options {
    bool is_json;
    uint64_t before, after;
};

static const char *take(void *own, int name, const char *argument)
{
    (void)name, (void)argument;
    ((struct options *)own)->is_json = true; /* the only one */
    return NULL;
}

static const struct {
    const char *sign, *word;
} kinds[] = {
    [DIFFERENCE_ADDED] = {"+", "added"},
    [DIFFERENCE_REMOVED] = {"-", "removed"},
    [DIFFERENCE_CHANGED] = {"~", "changed"},
    [DIFFERENCE_RENAMED] = {"=", "renamed"},
};

/* " (a.json)", " (a.json -> b.json)"; nothing when it goes without saying. */
static void append_files(struct text *text, const struct difference *difference)
{
    struct slice before = difference->file_before, after = difference->file_after;
    if (difference->is_settings) {
        return;
    }
    text_append(text, SLICE(" ("));
    printable_append(text, before.length > 0 ? before : after);
    if (before.length > 0 && after.length > 0 && !slice_equals(before, after)) {
        text_append(text, SLICE(" -> "));
        printable_append(text, after);
    }
    text_append_byte(text, ')');
}

static void append_difference(struct text *text, const struct difference *difference)
{
    text_append(text, slice_of(kinds[difference->kind].sign));
    text_append_byte(text, ' ');
    printable_append(text, difference->id);
    append_files(text, difference);
    text_append_byte(text, '\n');
    if (difference->kind == DIFFERENCE_CHANGED && difference->changes.count == 0) {
        text_append(text, SLICE("    only white space, or the order of members\n"));
    }
    changes_append(text, &difference->changes);
}

static uint32_t count_policies(const struct release_diff *diff, enum difference_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < diff->count; i++) {
        count += diff->items[i].kind == kind && !diff->items[i].is_settings;
    }
    return count;
}

static void append_diff(struct text *text, const struct release_diff *diff)
{
    for (uint32_t i = 0; i < diff->count; i++) {
        append_difference(text, &diff->items[i]);
    }
    text_append_format(text, "%u policies added, %u removed, %u changed, %u renamed%s\n",
                       count_policies(diff, DIFFERENCE_ADDED), count_policies(diff, DIFFERENCE_REMOVED),
                       count_policies(diff, DIFFERENCE_CHANGED), count_policies(diff, DIFFERENCE_RENAMED),
                       diff->count > 0 && diff->items[0].is_settings ? "; settings.json differs" : "");
}

static void append_name_json(struct text *text, struct slice member, struct slice name)
{
    text_append(text, member);
    if (name.length > 0) {
        printable_append_json(text, name);
    } else {
        text_append(text, SLICE("null"));
    }
}

static void append_diff_json(struct text *text, const struct release_diff *diff)
{
    text_append(text, SLICE("{\"differences\":["));
    for (uint32_t i = 0; i < diff->count; i++) {
        const struct difference *difference = &diff->items[i];
        text_append_format(text, "%s{\"kind\":\"%s\",\"settings\":%s", i > 0 ? "," : "", kinds[difference->kind].word,
                           difference->is_settings ? "true" : "false");
        append_name_json(text, SLICE(",\"id\":"), difference->is_settings ? (struct slice){0} : difference->id);
        append_name_json(text, SLICE(",\"file_from\":"), difference->file_before);
        append_name_json(text, SLICE(",\"file_to\":"), difference->file_after);
        text_append(text, SLICE(",\"changes\":"));
        changes_append_json(text, &difference->changes);
        text_append_byte(text, '}');
    }
    text_append(text, SLICE("]}\n"));
}

static int run(const struct command *command, struct connection *connection, const struct options *options)
{
    static struct standing standing; /* it is large */
    struct release_record before, after;
    struct release_diff diff;
    if (!standing_read(connection, &standing) || !standing_find(connection, &standing, options->before, &before) ||
        !standing_find(connection, &standing, options->after, &after) ||
        !release_diff(connection, &before.root, &after.root, &diff)) {
        return command_failed(command, connection->reason);
    }
    struct text text;
    text_init(&text, output_bytes_max);
    (options->is_json ? append_diff_json : append_diff)(&text, &diff);
    release_diff_clear(&diff);
    return command_print(command, &text);
}

int command_diff(const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {{"json", no_argument, NULL, 'j'}, CONNECTION_OPTION_ROWS};
    static struct connection_options connection_options;
    static struct connection connection;
    struct options options = {0};
    const struct connection_syntax syntax = {names, take, &options, 2, "give two RELEASEs", NULL};
    int status = connection_options_parse(&connection_options, command, argc, argv, &syntax);
    if (status != CONNECTION_OPTIONS_TAKEN) {
        return status;
    }
    if (!command_parse_release_or_current(argv[optind], &options.before) ||
        !command_parse_release_or_current(argv[optind + 1], &options.after)) {
        return command_misused(command, "RELEASE is a number, or `current`");
    }
    status = connection_open(&connection, &connection_options, REDIS_READER)
                 ? run(command, &connection, &options)
                 : command_failed(command, connection.reason);
    connection_close(&connection);
    return status;
}
