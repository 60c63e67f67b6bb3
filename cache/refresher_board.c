#include "cache/refresher_board.h"

#include <assert.h>
#include <stdio.h>

const char *refresher_state_name(enum refresher_state state)
{
    static const char *const names[] = {
        [REFRESHER_STARTING] = "starting", [REFRESHER_CURRENT] = "current", [REFRESHER_SETTLING] = "settling",
        [REFRESHER_LOADING] = "loading",   [REFRESHER_REFUSED] = "refused", [REFRESHER_UNAVAILABLE] = "unavailable",
    };
    return names[state];
}

void refresher_board_init(struct refresher_board *board, const struct snapshot_facts *current, int64_t now_ms)
{
    *board = (struct refresher_board){.checked_ms = now_ms, .activated_ms = now_ms};
    pthread_mutex_init(&board->mutex, NULL);
    if (current != NULL) {
        board->status.has_snapshot = true;
        board->status.facts = *current;
    }
}

void refresher_board_clear(struct refresher_board *board)
{
    pthread_mutex_destroy(&board->mutex);
}

void refresher_board_checked(struct refresher_board *board, int64_t now_ms)
{
    pthread_mutex_lock(&board->mutex);
    board->checked_ms = now_ms;
    pthread_mutex_unlock(&board->mutex);
}

void refresher_board_busy(struct refresher_board *board, enum refresher_state state)
{
    assert(state == REFRESHER_SETTLING || state == REFRESHER_LOADING);
    pthread_mutex_lock(&board->mutex);
    board->status.state = state;
    pthread_mutex_unlock(&board->mutex);
}

void refresher_board_quiet(struct refresher_board *board)
{
    pthread_mutex_lock(&board->mutex);
    board->status.state = board->verdict;
    pthread_mutex_unlock(&board->mutex);
}

/* The lock is held. */
static void judge(struct refresher_board *board, enum refresher_state verdict)
{
    board->verdict = verdict;
    board->status.state = verdict;
}

/* Of a reading; a confirmation without one took no time, and says nothing about durations. */
static void note_load(struct refresher_status *status, int64_t load_ms)
{
    if (load_ms != REFRESHER_BOARD_UNREAD) {
        status->load_ms = load_ms;
        status->load_sum_ms += load_ms;
        status->loads++;
    }
}

static void become_current(struct refresher_board *board, int64_t load_ms)
{
    judge(board, REFRESHER_CURRENT);
    note_load(&board->status, load_ms);
    board->status.problem_count = 0;
    board->status.error[0] = '\0';
}

void refresher_board_activated(struct refresher_board *board, const struct snapshot_facts *facts, const char *trace,
                               int64_t load_ms, int64_t now_ms)
{
    pthread_mutex_lock(&board->mutex);
    become_current(board, load_ms);
    board->status.activations++;
    board->status.has_snapshot = true;
    board->status.facts = *facts;
    snprintf(board->status.trace, sizeof(board->status.trace), "%s", trace);
    board->activated_ms = now_ms;
    pthread_mutex_unlock(&board->mutex);
}

void refresher_board_confirmed(struct refresher_board *board, int64_t load_ms)
{
    pthread_mutex_lock(&board->mutex);
    become_current(board, load_ms);
    board->status.confirmations++;
    pthread_mutex_unlock(&board->mutex);
}

void refresher_board_refused(struct refresher_board *board, const struct problems *problems, int64_t load_ms)
{
    pthread_mutex_lock(&board->mutex);
    judge(board, REFRESHER_REFUSED);
    struct refresher_status *status = &board->status;
    note_load(status, load_ms);
    status->refusals++;
    status->problem_count = problems->total;
    if (problems->count > 0) {
        const struct problem *first = &problems->items[0];
        snprintf(status->error, sizeof(status->error), "%s: %s: %s", first->file[0] != '\0' ? first->file : "(set)",
                 first->pointer[0] != '\0' ? first->pointer : "(document)", first->reason);
    } else {
        snprintf(status->error, sizeof(status->error), "out of memory");
    }
    pthread_mutex_unlock(&board->mutex);
}

void refresher_board_unavailable(struct refresher_board *board, const char *reason, bool is_news)
{
    pthread_mutex_lock(&board->mutex);
    judge(board, REFRESHER_UNAVAILABLE);
    board->status.unavailabilities += is_news;
    snprintf(board->status.error, sizeof(board->status.error), "%s", reason);
    pthread_mutex_unlock(&board->mutex);
}

void refresher_board_read(struct refresher_board *board, int64_t now_ms, struct refresher_status *ret_status)
{
    pthread_mutex_lock(&board->mutex);
    *ret_status = board->status;
    ret_status->checked_age_ms = now_ms - board->checked_ms;
    ret_status->snapshot_age_ms = board->status.has_snapshot ? now_ms - board->activated_ms : 0;
    pthread_mutex_unlock(&board->mutex);
}
