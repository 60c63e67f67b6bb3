#include <inttypes.h>
#include <stdio.h>

#include "publish/activation.h"
#include "publish/piece_upload.h"
#include "publish/release_reach.h"

struct rollback {
    struct connection connection;
    struct activation_options options;
    struct activation activation;
    uint64_t target;
    struct root root;
    struct piece_set pieces;
};

static const char *take(void *own, int name, const char *argument)
{
    return activation_options_take(own, name, argument);
}

/* All its pieces are there, and stay. */
static bool secure_pieces(struct rollback *rollback)
{
    struct connection *connection = &rollback->connection;
    if (!release_reach(connection, &rollback->root, &rollback->pieces) ||
        !piece_upload_learn(connection, &rollback->pieces)) {
        return false;
    }
    uint32_t missing = piece_set_count_of(&rollback->pieces, PIECE_MISSING);
    if (missing > 0) {
        return connection_fail(
            connection, "release %" PRIu64 " cannot come back: %" PRIu32 " of its %" PRIu32 " pieces are missing",
            rollback->target, missing, piece_set_count(&rollback->pieces));
    }
    return piece_upload_confirm(connection, &rollback->pieces);
}

static bool is_in_force_already(const struct rollback *rollback)
{
    const struct release_root *in_force = &rollback->activation.standing.in_force;
    return in_force->exists && digest_equals(&in_force->root.manifest.digest, &rollback->root.manifest.digest);
}

static bool roll_back(struct rollback *rollback)
{
    struct connection *connection = &rollback->connection;
    struct release_record record;
    if (!activation_begin(connection, &rollback->options, &rollback->activation) ||
        !standing_find(connection, &rollback->activation.standing, rollback->target, &record)) {
        return false;
    }
    rollback->root = (struct root){.manifest = record.root.manifest,
                                   .policies = record.root.policies,
                                   .document_bytes = record.root.document_bytes,
                                   .rollback_of = rollback->target};
    if (is_in_force_already(rollback)) {
        printf("release %" PRIu64 " has the content of release %" PRIu64 " already: no new release\n",
               rollback->activation.standing.in_force.root.release, rollback->target);
        return true;
    }
    if (!activation_clears(connection, &rollback->activation, &rollback->root) || !secure_pieces(rollback) ||
        !activation_swap(connection, &rollback->activation, &rollback->root)) {
        return false;
    }
    printf("release %" PRIu64 ": the content of release %" PRIu64 ", %" PRIu32 " policies\n",
           rollback->activation.number, rollback->target, rollback->root.policies);
    return activation_settle(connection, &rollback->activation, &rollback->pieces);
}

int command_rollback(const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {ACTIVATION_OPTION_ROWS, CONNECTION_OPTION_ROWS};
    static struct connection_options connection_options;
    static struct rollback rollback; /* it is large */
    const struct connection_syntax syntax = {names, take, &rollback.options, 1, "give one RELEASE", NULL};
    activation_options_init(&rollback.options);
    int status = connection_options_parse(&connection_options, command, argc, argv, &syntax);
    if (status != CONNECTION_OPTIONS_TAKEN) {
        return status;
    }
    if (!command_parse_release(argv[optind], 1, &rollback.target)) {
        return command_misused(command, "RELEASE is a number from 1");
    }
    piece_set_init(&rollback.pieces);
    bool is_well = connection_open(&rollback.connection, &connection_options, REDIS_WRITER) && roll_back(&rollback);
    connection_close(&rollback.connection);
    piece_set_clear(&rollback.pieces);
    return is_well ? STATUS_DONE : command_failed(command, rollback.connection.reason);
}
