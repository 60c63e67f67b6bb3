#include "publish/activation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cache/suspicion.h"
#include "policy/document.h"
#include "policy/limits.h"
#include "publish/operator.h"
#include "publish/piece_upload.h"

/* A name that cannot stand in a record is nobody's. */
static void find_user(char ret_user[RELEASE_AUTHOR_BYTES_MAX + 1])
{
    char user[OPERATOR_BYTES];
    operator_user(user);
    bool is_fit = release_record_may_say(slice_of(user), RELEASE_AUTHOR_BYTES_MAX);
    snprintf(ret_user, RELEASE_AUTHOR_BYTES_MAX + 1, "%.64s", is_fit ? user : "");
}

void activation_options_init(struct activation_options *options)
{
    *options = (struct activation_options){.drop_max_bp = ACTIVATION_DROP_MAX_BP_DEFAULT, .note = ""};
    find_user(options->user);
    options->author = options->user;
}

const char *activation_options_take(struct activation_options *options, int name, const char *argument)
{
    switch (name) {
    case ACTIVATION_OPTION_EXPECT:
        options->has_expected = true;
        return command_parse_release(argument, 0, &options->expected) ? NULL
                                                                      : "--expect takes a release's number, or 0";
    case ACTIVATION_OPTION_AUTHOR:
        options->author = argument;
        return release_record_may_say(slice_of(argument), RELEASE_AUTHOR_BYTES_MAX)
                   ? NULL
                   : "--author takes up to 64 bytes of UTF-8 without control characters";
    case ACTIVATION_OPTION_NOTE:
        options->note = argument;
        return release_record_may_say(slice_of(argument), RELEASE_NOTE_BYTES_MAX)
                   ? NULL
                   : "--note takes up to 256 bytes of UTF-8 without control characters";
    case ACTIVATION_OPTION_ACCEPT_DROP:
        options->accepts_drop = true;
        return NULL;
    default:
        return command_parse_count(argument, &options->drop_max_bp) && options->drop_max_bp <= LIMIT_SHARE_BP
                   ? NULL
                   : "--max-drop-bp takes a share from 1 to 10000";
    }
}

static bool fail_expected(struct connection *connection, const struct activation *activation)
{
    char text[STANDING_TEXT_BYTES];
    const struct release_root *in_force = &activation->standing.in_force;
    uint64_t expected = activation->options->expected;
    if (!in_force->exists) {
        return connection_fail(connection, "no release is in force, %" PRIu64 " was expected", expected);
    }
    standing_describe(&activation->standing, text);
    return connection_fail(connection,
                           "%s is in force, not %" PRIu64 "; look at it, then try again with --expect %" PRIu64, text,
                           expected, in_force->root.release);
}

/* Above all that ever were, as far as Redis remembers. */
static bool choose_number(struct connection *connection, struct activation *activation)
{
    uint64_t last = standing_highest(&activation->standing);
    uint64_t wanted = activation->options->number;
    if (wanted != 0 && wanted <= last) {
        return connection_fail(connection, "--release %" PRIu64 " is too low: %" PRIu64 " is there already", wanted,
                               last);
    }
    activation->number = wanted != 0 ? wanted : last + 1;
    return activation->number < (uint64_t)limit_integer ||
           connection_fail(connection, "there is no number above release %" PRIu64, last);
}

bool activation_begin(struct connection *connection, const struct activation_options *options,
                      struct activation *ret_activation)
{
    ret_activation->options = options;
    if (!standing_read(connection, &ret_activation->standing)) {
        return false;
    }
    const struct release_root *in_force = &ret_activation->standing.in_force;
    uint64_t release = in_force->exists ? in_force->root.release : 0;
    if (options->has_expected && options->expected != release) {
        return fail_expected(connection, ret_activation);
    }
    return choose_number(connection, ret_activation);
}

static void tell(const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        fprintf(stderr, "%s\n", problems->items[i].reason);
    }
}

bool activation_clears(struct connection *connection, const struct activation *activation, struct root *root)
{
    const struct suspicion_limits limits = {.drop_max_bp = activation->options->drop_max_bp,
                                            .release_max_bytes = documents_bytes_max};
    const struct release_root *in_force = &activation->standing.in_force;
    struct problems problems;
    root->release = activation->number;
    root->published_at_s = (int64_t)time(NULL);
    root->is_forced = activation->options->accepts_drop;
    problems_init(&problems);
    bool is_clear = suspicion_clears(root, in_force->exists ? &in_force->root : NULL, &limits, &problems);
    tell(&problems);
    problems_clear(&problems);
    return is_clear || connection_fail(connection, "the release looks like a mistake; nothing was changed");
}

/* Best effort: who was it? */
static bool fail_lost(struct connection *connection)
{
    char text[STANDING_TEXT_BYTES];
    static struct standing winner; /* it is large */
    if (!standing_read(connection, &winner) || !winner.in_force.exists) {
        return connection_fail(connection, "another release was put in force meanwhile: ask promoctl releases");
    }
    standing_describe(&winner, text);
    return connection_fail(connection,
                           "%s was published meanwhile; look at it, then publish again with --expect %" PRIu64, text,
                           winner.in_force.root.release);
}

bool activation_swap(struct connection *connection, const struct activation *activation, const struct root *root)
{
    char warning[CONNECTION_REASON_BYTES];
    struct release_record record = {.root = *root};
    snprintf(record.author, sizeof(record.author), "%s", activation->options->author);
    snprintf(record.note, sizeof(record.note), "%s", activation->options->note);
    switch (release_root_swap(connection, &activation->standing.in_force, &record, warning)) {
    case SWAP_DONE:
        if (warning[0] != '\0') {
            fprintf(stderr, "promoctl: gateways were not told, they will see it when they poll: %s\n", warning);
        }
        return true;
    case SWAP_LOST:
        return fail_lost(connection);
    case SWAP_REFUSED:
    case SWAP_UNKNOWN:
        return false;
    }
    abort(); /* every outcome is above */
}

bool activation_settle(struct connection *connection, const struct activation *activation, struct piece_set *pieces)
{
    char reason[CONNECTION_REASON_BYTES];
    if (piece_upload_confirm(connection, pieces)) {
        return true;
    }
    snprintf(reason, sizeof(reason), "%s", connection->reason);
    return connection_fail(connection, "release %" PRIu64 " is in force, but: %s; run promoctl gc", activation->number,
                           reason);
}
