#include <stdio.h>

#include "publish/garbage.h"

static const char *take(void *own, int name, const char *argument)
{
    (void)name, (void)argument;
    *(bool *)own = true; /* --dry-run is the only one */
    return NULL;
}

static void print(const struct garbage_counts *counts, bool is_dry_run)
{
    printf("%u releases need %u pieces; %u others: %u %s an end in 7 days, %u had one%s\n", counts->releases,
           counts->needed, counts->not_needed, counts->ended, is_dry_run ? "would get" : "got",
           counts->not_needed > counts->ended ? counts->not_needed - counts->ended : 0,
           is_dry_run ? " (dry run: nothing was changed)" : "");
    if (counts->kept > 0) {
        printf("%u pieces are needed again and %s their end\n", counts->kept, is_dry_run ? "would lose" : "lost");
    }
    if (counts->lost > 0) {
        fprintf(stderr, "promoctl gc: %u pieces that releases need are not there\n", counts->lost);
    }
    if (counts->foreign > 0) {
        fprintf(stderr, "promoctl gc: %u keys look like pieces' and are none; they were left alone\n", counts->foreign);
    }
}

static int run(const struct command *command, struct connection *connection, bool is_dry_run)
{
    struct garbage_counts counts;
    if (!garbage_collect(connection, is_dry_run, &counts)) {
        return command_failed(command, connection->reason);
    }
    print(&counts, is_dry_run);
    return STATUS_DONE;
}

int command_gc(const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {{"dry-run", no_argument, NULL, 'n'}, CONNECTION_OPTION_ROWS};
    static struct connection_options options;
    static struct connection connection;
    bool is_dry_run = false;
    const struct connection_syntax syntax = {names, take, &is_dry_run, 0, "takes no argument", NULL};
    int status = connection_options_parse(&options, command, argc, argv, &syntax);
    if (status != CONNECTION_OPTIONS_TAKEN) {
        return status;
    }
    status = connection_open(&connection, &options, REDIS_WRITER) ? run(command, &connection, is_dry_run)
                                                                  : command_failed(command, connection.reason);
    connection_close(&connection);
    return status;
}
