#include <inttypes.h>
#include <stdio.h>

#include "cache/release.h"
#include "publish/activation.h"
#include "publish/piece_upload.h"
#include "publish/policies.h"
#include "publish/problem_list.h"
#include "publish/release_cut.h"
#include "publish/release_reach.h"

enum { GATEWAYS_DEFAULT = 10000, WINDOW_S_DEFAULT = 10 };

struct options {
    struct activation_options activation;
    const char *directory;
    uint32_t replicas, candidates_max, gateways, window_s;
    bool is_dry_run;
};

struct publication {
    const struct command *command;
    const struct options *options;
    struct connection connection;
    struct documents documents;
    struct problems problems;
    struct piece_set pieces;
    struct activation activation;
    struct root root;
    struct piece_upload upload;
    uint64_t delta_bytes; /* what a gateway that has the release in force must fetch */
};

static bool refuse_problems(struct publication *publication)
{
    problem_list_print(&publication->problems);
    return connection_fail(&publication->connection, "%zu problem%s; nothing was published",
                           publication->problems.total, publication->problems.total == 1 ? "" : "s");
}

static bool read_directory(struct publication *publication)
{
    const struct snapshot_limits limits = {.candidates_max = publication->options->candidates_max};
    policies_read(publication->options->directory, &publication->documents, &publication->problems);
    struct snapshot *snapshot = release_compile(&publication->documents, 0, &limits, &publication->problems);
    bool is_good = snapshot != NULL;
    snapshot_free(snapshot);
    return is_good || refuse_problems(publication);
}

static bool cut(struct publication *publication)
{
    char reason[RELEASE_CUT_REASON_BYTES];
    bool is_cut = release_cut(&publication->documents, &publication->pieces, &publication->root, reason);
    documents_clear(&publication->documents); /* the pieces hold them */
    return is_cut || connection_fail(&publication->connection, "%s", reason);
}

static bool is_in_force_already(const struct publication *publication)
{
    const struct release_root *in_force = &publication->activation.standing.in_force;
    return in_force->exists && publication->options->activation.number == 0 &&
           digest_equals(&in_force->root.manifest.digest, &publication->root.manifest.digest);
}

/* The bytes of all pieces that the release in force does not have; all of them when that cannot be told. */
static bool measure_delta(struct publication *publication)
{
    struct connection *connection = &publication->connection;
    const struct release_root *in_force = &publication->activation.standing.in_force;
    struct piece_set before;
    piece_set_init(&before);
    bool is_told = !in_force->exists || release_reach(connection, &in_force->root, &before);
    bool is_well = is_told || redis_client_fault(connection->client) == REDIS_FAULT_NONE;
    for (uint32_t i = 0; i < piece_set_count(&publication->pieces); i++) {
        bool is_held = is_told && piece_set_has(&before, &publication->pieces.names.digests[i]);
        publication->delta_bytes += is_held ? 0 : publication->pieces.items[i].value.length;
    }
    piece_set_clear(&before);
    return is_well;
}

static bool prepare(struct publication *publication)
{
    struct connection *connection = &publication->connection;
    return cut(publication) &&
           activation_begin(connection, &publication->options->activation, &publication->activation) &&
           (is_in_force_already(publication) ||
            activation_clears(connection, &publication->activation, &publication->root)) &&
           piece_upload_learn(connection, &publication->pieces) && measure_delta(publication);
}

static bool upload(struct publication *publication)
{
    struct connection *connection = &publication->connection;
    uint32_t replicas = publication->options->replicas;
    return piece_upload_write(connection, &publication->pieces, &publication->upload) &&
           (replicas == 0 || piece_upload_await(connection, replicas)) &&
           piece_upload_confirm(connection, &publication->pieces);
}

static void print_projection(const struct publication *publication)
{
    const struct options *options = publication->options;
    double rate = (double)publication->delta_bytes * options->gateways / options->window_s / 1e6;
    printf("; each gateway fetches %" PRIu64 " bytes: %" PRIu32 " gateways in %" PRIu32 " s, %.1f MB/s\n",
           publication->delta_bytes, options->gateways, options->window_s, rate);
}

static void print_plan(const struct publication *publication)
{
    uint64_t bytes = 0;
    uint32_t missing = piece_set_count_of(&publication->pieces, PIECE_MISSING);
    for (uint32_t i = 0; i < piece_set_count(&publication->pieces); i++) {
        const struct piece_item *item = &publication->pieces.items[i];
        bytes += item->state == PIECE_MISSING ? item->value.length : 0;
    }
    printf("dry run: release %" PRIu64 " would write %" PRIu32 " pieces of %" PRIu64 " bytes and reuse %" PRIu32,
           publication->activation.number, missing, bytes, piece_set_count(&publication->pieces) - missing);
    print_projection(publication);
}

static bool repair(struct publication *publication)
{
    const struct root *in_force = &publication->activation.standing.in_force.root;
    if (!publication->options->is_dry_run && !upload(publication)) {
        return false;
    }
    printf("release %" PRIu64 " has this content already: no new release\n", in_force->release);
    if (publication->upload.written > 0) {
        printf("%" PRIu32 " pieces of it were missing and were written again\n", publication->upload.written);
    }
    return true;
}

static bool publish(struct publication *publication)
{
    struct connection *connection = &publication->connection;
    if (!upload(publication) || !activation_swap(connection, &publication->activation, &publication->root)) {
        return false;
    }
    printf("release %" PRIu64 ": %" PRIu32 " pieces written, %" PRIu32 " reused, %" PRIu64 " bytes written",
           publication->activation.number, publication->upload.written, publication->upload.reused,
           publication->upload.bytes_written);
    print_projection(publication);
    return activation_settle(connection, &publication->activation, &publication->pieces);
}

static int run(struct publication *publication, const struct connection_options *connection_options)
{
    bool is_well = connection_open(&publication->connection, connection_options, REDIS_WRITER) &&
                   read_directory(publication) && prepare(publication);
    if (is_well && is_in_force_already(publication)) {
        is_well = repair(publication);
    } else if (is_well && publication->options->is_dry_run) {
        print_plan(publication);
    } else if (is_well) {
        is_well = publish(publication);
    }
    return is_well ? STATUS_DONE : command_failed(publication->command, publication->connection.reason);
}

static const char *take_count(const char *argument, uint32_t *ret_count, const char *fault)
{
    return command_parse_count(argument, ret_count) ? NULL : fault;
}

static const char *take(void *own, int name, const char *argument)
{
    struct options *options = own;
    switch (name) {
    case 'n':
        options->is_dry_run = true;
        return NULL;
    case 'r':
        return command_parse_release(argument, 1, &options->activation.number)
                   ? NULL
                   : "--release takes a number from 1 to 9007199254740991";
    case 'w':
        return take_count(argument, &options->replicas, "--replicas takes a count from 1");
    case 'm':
        return take_count(argument, &options->candidates_max, "--max-candidates takes a count from 1 to 4294967295");
    case 'g':
        return take_count(argument, &options->gateways, "--gateways takes a count from 1");
    case 's':
        return take_count(argument, &options->window_s, "--window-s takes seconds from 1");
    default:
        return activation_options_take(&options->activation, name, argument);
    }
}

static void init(struct publication *publication, const struct command *command, const struct options *options)
{
    *publication = (struct publication){.command = command, .options = options};
    documents_init(&publication->documents);
    problems_init(&publication->problems);
    piece_set_init(&publication->pieces);
}

static void clear(struct publication *publication)
{
    connection_close(&publication->connection);
    documents_clear(&publication->documents);
    problems_clear(&publication->problems);
    piece_set_clear(&publication->pieces);
}

int command_publish(const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {
        ACTIVATION_OPTION_ROWS,
        {"release", required_argument, NULL, 'r'},
        {"replicas", required_argument, NULL, 'w'},
        {"max-candidates", required_argument, NULL, 'm'},
        {"gateways", required_argument, NULL, 'g'},
        {"window-s", required_argument, NULL, 's'},
        {"dry-run", no_argument, NULL, 'n'},
        CONNECTION_OPTION_ROWS,
    };
    static struct connection_options connection_options;
    static struct publication publication; /* it is large */
    struct options options = {
        .candidates_max = CANDIDATES_MAX_DEFAULT, .gateways = GATEWAYS_DEFAULT, .window_s = WINDOW_S_DEFAULT};
    const struct connection_syntax syntax = {names, take, &options, 1, "give one DIR", NULL};
    activation_options_init(&options.activation);
    int status = connection_options_parse(&connection_options, command, argc, argv, &syntax);
    if (status != CONNECTION_OPTIONS_TAKEN) {
        return status;
    }
    options.directory = argv[optind];
    init(&publication, command, &options);
    status = run(&publication, &connection_options);
    clear(&publication);
    return status;
}
