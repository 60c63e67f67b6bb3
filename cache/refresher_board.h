/*
 * refresher_board.h - where the refresher writes how it stands, and others read it.
 *
 * Time     monotonic milliseconds, as argument; ages are computed when asked.
 * Threads  any; one lock, held for a copy.
 */
#pragma once

#include <pthread.h>

#include "cache/source.h"
#include "policy/problem.h"
#include "policy/snapshot.h"

enum { REFRESHER_ERROR_BYTES = 512, REFRESHER_BOARD_UNREAD = -1 };

enum refresher_state {
    REFRESHER_STARTING,    /* nothing read yet */
    REFRESHER_CURRENT,     /* what is in force is what the source says */
    REFRESHER_SETTLING,    /* the source changes */
    REFRESHER_LOADING,     /* reading and compiling */
    REFRESHER_REFUSED,     /* the source's set is bad: `error` */
    REFRESHER_UNAVAILABLE, /* the source cannot be read: `error` */
};

struct refresher_status {
    enum refresher_state state;
    bool has_snapshot; /* the rest of this group is about it */
    struct snapshot_facts facts;
    char trace[TRACE_ID_BYTES]; /* of what brought it; "": none */
    int64_t snapshot_age_ms;    /* since its activation */
    int64_t checked_age_ms;     /* since the source was last asked: large when the thread is stuck */
    uint64_t activations, confirmations, refusals, unavailabilities;
    int64_t load_ms;                   /* the last reading and compiling, of whatever result */
    uint64_t loads;                    /* how many there were, and */
    int64_t load_sum_ms;               /* how long they took in all */
    size_t problem_count;              /* of the last refusal */
    char error[REFRESHER_ERROR_BYTES]; /* the first problem or the reason; "" when CURRENT; cut to fit */
};

/* "starting", "current" ... */
const char *refresher_state_name(enum refresher_state state);

struct refresher_board {
    pthread_mutex_t mutex; /* guards what follows */
    struct refresher_status status;
    enum refresher_state verdict; /* the state that holds while nothing changes */
    int64_t activated_ms, checked_ms;
};

/* `current`, of a snapshot that is there from the start, may be NULL. */
void refresher_board_init(struct refresher_board *board, const struct snapshot_facts *current, int64_t now_ms);
void refresher_board_clear(struct refresher_board *board);

/* The source is asked. */
void refresher_board_checked(struct refresher_board *board, int64_t now_ms);

/* Something goes on: SETTLING or LOADING. */
void refresher_board_busy(struct refresher_board *board, enum refresher_state state);

/* Nothing has changed: the last verdict holds. */
void refresher_board_quiet(struct refresher_board *board);

void refresher_board_activated(struct refresher_board *board, const struct snapshot_facts *facts, const char *trace,
                               int64_t load_ms, int64_t now_ms);
/* `load_ms` REFRESHER_BOARD_UNREAD: the source said so without being read. */
void refresher_board_confirmed(struct refresher_board *board, int64_t load_ms);
void refresher_board_refused(struct refresher_board *board, const struct problems *problems, int64_t load_ms);
void refresher_board_unavailable(struct refresher_board *board, const char *reason, bool is_news);

void refresher_board_read(struct refresher_board *board, int64_t now_ms, struct refresher_status *ret_status);
