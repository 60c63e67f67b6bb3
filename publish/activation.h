/*
 * activation.h - a release comes into force: what publish and rollback have in common.
 *
 *     activation_options_take …    --expect, --author, --note, --accept-drop, --max-drop-bp
 *     activation_begin             reads root and list, holds --expect against them, chooses the number
 *     activation_clears            is the new release suspicious (suspicion.h)?
 *     activation_swap              compare-and-set; who loses is told to whom
 *     activation_settle            what the release needs stays
 *
 * Until activation_swap nothing is changed.
 *
 * Errors  false: the connection has the reason.
 */
#pragma once

#include "publish/piece_set.h"
#include "publish/standing.h"

enum { ACTIVATION_DROP_MAX_BP_DEFAULT = 5000 };

struct activation_options {
    bool has_expected;
    uint64_t expected; /* 0: that none is in force */
    uint64_t number;   /* 0: the next */
    const char *author, *note;
    bool accepts_drop;
    uint32_t drop_max_bp;
    char user[RELEASE_AUTHOR_BYTES_MAX + 1]; /* who runs this: the author unless one is named */
};

struct activation {
    const struct activation_options *options;
    struct standing standing; /* when it began */
    uint64_t number;
};

enum activation_option {
    ACTIVATION_OPTION_EXPECT = 2000,
    ACTIVATION_OPTION_AUTHOR,
    ACTIVATION_OPTION_NOTE,
    ACTIVATION_OPTION_ACCEPT_DROP,
    ACTIVATION_OPTION_MAX_DROP_BP,
    ACTIVATION_OPTION_END,
};

#define ACTIVATION_OPTION_ROWS                                                                                         \
    {"expect", required_argument, NULL, ACTIVATION_OPTION_EXPECT},                                                     \
        {"author", required_argument, NULL, ACTIVATION_OPTION_AUTHOR},                                                 \
        {"note", required_argument, NULL, ACTIVATION_OPTION_NOTE},                                                     \
        {"accept-drop", no_argument, NULL, ACTIVATION_OPTION_ACCEPT_DROP},                                             \
    {                                                                                                                  \
        "max-drop-bp", required_argument, NULL, ACTIVATION_OPTION_MAX_DROP_BP                                          \
    }

#define ACTIVATION_OPTION_HELP                                                                                         \
    "  --expect N            refuse unless release N is in force now (0: none is)\n"                                   \
    "  --author NAME         who does this, up to 64 bytes (the user's name)\n"                                        \
    "  --note TEXT           why, up to 256 bytes\n"                                                                   \
    "  --accept-drop         it is meant that policies go: an empty set, or many fewer; gateways take it then, too\n"  \
    "  --max-drop-bp BP      how many of the policies in force may go without that, in 1/10000 (5000)\n"

void activation_options_init(struct activation_options *options);

/* One of the options above; NULL, or what is wrong with its argument. */
const char *activation_options_take(struct activation_options *options, int name, const char *argument);

bool activation_begin(struct connection *connection, const struct activation_options *options,
                      struct activation *ret_activation);

/* Sets what the options and the clock say of the root, and judges it; why not is told on stderr. */
bool activation_clears(struct connection *connection, const struct activation *activation, struct root *root);

/* A warning that came with success is told on stderr. */
bool activation_swap(struct connection *connection, const struct activation *activation, const struct root *root);

/* After the swap: a gc that ran beside us may have given an end to what we reused. */
bool activation_settle(struct connection *connection, const struct activation *activation, struct piece_set *pieces);
