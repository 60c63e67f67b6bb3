#include "tests/bench/open_loop.h"

#include "tests/bench/monotonic.h"
#include <assert.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX   256
#define ENDED_EVENTS (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

struct run {
    struct open_loop *loop;
    const struct schedule *schedule;
    struct tally *tally;
    struct open_loop_result *result;
    uint64_t next_due;  /* the first request that was not offered yet */
    uint64_t next_sent; /* the first that waits; those between the two wait */
    uint64_t on_the_way;
    uint64_t last_due; /* one past the last request that will be offered */
    uint64_t end_ns;   /* of the schedule, or when it was stopped */
};

static uint64_t run_ns(const struct run *run)
{
    return monotonic_ns() - run->result->start_ns;
}

/* Lanes */

static void list_idle(struct open_loop *loop, struct open_loop_lane *lane)
{
    if (lane->is_listed) {
        return;
    }
    assert(loop->idle_count < loop->options.connections_count);
    loop->idle[(loop->idle_first + loop->idle_count++) % loop->options.connections_count] = lane;
    lane->is_listed = true;
}

/* NULL when none is; those that broke while they were listed are passed over. */
static struct open_loop_lane *take_idle(struct open_loop *loop)
{
    while (loop->idle_count > 0) {
        struct open_loop_lane *lane = loop->idle[loop->idle_first];
        loop->idle_first = (loop->idle_first + 1) % loop->options.connections_count;
        loop->idle_count--;
        lane->is_listed = false;
        if (lane->connection.state == CONNECTION_IDLE) {
            return lane;
        }
    }
    return NULL;
}

static void break_lane(struct open_loop *loop, struct open_loop_lane *lane)
{
    lane->connection.state = CONNECTION_BROKEN;
    connection_close(&lane->connection);
    loop->broken_count++;
}

static void reopen_broken(struct run *run, uint64_t now_ns)
{
    struct open_loop *loop = run->loop;

    if (loop->broken_count == 0 || now_ns < loop->reopen_at_ns) {
        return;
    }
    for (uint64_t i = 0; i < loop->options.connections_count && loop->broken_count > 0; i++) {
        struct open_loop_lane *lane = &loop->lanes[i];
        if (lane->connection.state != CONNECTION_BROKEN) {
            continue;
        }
        if (!connection_open(&lane->connection, loop->options.address, loop->epoll)) {
            break;
        }
        loop->broken_count--;
        run->result->reopened++;
        list_idle(loop, lane);
    }
    loop->reopen_at_ns = now_ns + OPEN_LOOP_REOPEN_NS;
}

/* Requests */

static void note_broken(struct run *run, struct open_loop_lane *lane)
{
    run->on_the_way--;
    tally_note_end(run->tally, lane->request, TALLY_BROKEN, 0);
    break_lane(run->loop, lane);
}

static void give_up(struct run *run)
{
    struct tally_request request = {schedule_phase_of(run->schedule, run->next_sent++), TALLY_NO_INTERFACE};
    tally_note_end(run->tally, request, TALLY_UNSENT, 0);
}

static void offer_due(struct run *run, uint64_t now_ns)
{
    while (run->next_due < run->last_due) {
        uint64_t due_ns = schedule_due_ns(run->schedule, run->next_due);
        if (due_ns > now_ns) {
            return;
        }
        histogram_add(&run->result->lag_ns, now_ns - due_ns);
        tally_note_offered(run->tally, schedule_phase_of(run->schedule, run->next_due++));
    }
}

static void send_on(struct run *run, struct open_loop_lane *lane)
{
    const struct open_loop_source *source = &run->loop->options.source;
    uint64_t sequence = run->next_sent++;
    struct requests_row row = source->next(source->state, sequence, lane->room, &lane->request.interface);

    lane->request.phase = schedule_phase_of(run->schedule, sequence);
    tally_note_sent(run->tally, lane->request);
    run->on_the_way++;
    connection_ask(&lane->connection, &row, schedule_due_ns(run->schedule, sequence));
    if (lane->connection.state == CONNECTION_BROKEN) {
        note_broken(run, lane);
    }
}

static void send_waiting(struct run *run)
{
    struct open_loop_lane *lane;
    while (run->next_sent < run->next_due && (lane = take_idle(run->loop))) {
        send_on(run, lane);
    }
    while (run->next_due - run->next_sent > run->loop->options.waiting_max) {
        give_up(run);
    }
}

static void note_answer(struct run *run, struct open_loop_lane *lane)
{
    uint64_t latency_ns = run_ns(run) - lane->connection.due_ns;
    run->on_the_way--;
    tally_note_end(run->tally, lane->request, tally_outcome_of(&lane->connection.response), latency_ns);
    list_idle(run->loop, lane);
}

static void advance(struct run *run, struct open_loop_lane *lane, uint32_t events)
{
    switch (lane->connection.state) {
    case CONNECTION_BROKEN:
        return;
    case CONNECTION_IDLE:
        if (events & ENDED_EVENTS) {
            break_lane(run->loop, lane); /* the server closed it between requests: nothing is lost */
        }
        return;
    case CONNECTION_ASKING:
    case CONNECTION_WAITING:
        break;
    }
    switch (connection_advance(&lane->connection)) {
    case CONNECTION_ASKING:
    case CONNECTION_WAITING:
        return;
    case CONNECTION_BROKEN:
        note_broken(run, lane);
        return;
    case CONNECTION_IDLE:
        note_answer(run, lane);
        if (events & ENDED_EVENTS) {
            break_lane(run->loop, lane); /* closed behind its last answer */
        }
        return;
    }
}

/* The loop */

/* Sleeps and then looks, rather than be woken: on loopback it is the server's core that would pay for waking us, some
   4 us an answer where that takes an interrupt to a sleeping core. */
static void look_for_events(struct run *run)
{
    struct epoll_event events[EVENTS_MAX];
    int count;

    nanosleep(&(struct timespec){.tv_nsec = OPEN_LOOP_TICK_NS}, NULL);
    tally_advance(run->tally, run_ns(run));
    do {
        count = epoll_wait(run->loop->epoll, events, EVENTS_MAX, 0);
        for (int i = 0; i < count; i++) {
            advance(run, events[i].data.ptr, events[i].events);
        }
    } while (count == EVENTS_MAX);
}

static bool has_ended(struct run *run, uint64_t now_ns)
{
    if (*run->loop->options.is_stopped && run->end_ns > now_ns) {
        run->last_due = run->next_due;
        run->end_ns = now_ns;
    }
    bool is_idle = run->next_due == run->last_due && run->next_sent == run->next_due && run->on_the_way == 0;
    return now_ns >= run->end_ns + (is_idle ? 0 : OPEN_LOOP_DRAIN_NS);
}

static void note_rest(struct run *run)
{
    while (run->next_sent < run->next_due) {
        give_up(run);
    }
    for (uint64_t i = 0; i < run->loop->options.connections_count; i++) {
        struct open_loop_lane *lane = &run->loop->lanes[i];
        if (lane->connection.state == CONNECTION_ASKING || lane->connection.state == CONNECTION_WAITING) {
            tally_note_end(run->tally, lane->request, TALLY_UNANSWERED, 0);
        }
    }
}

void open_loop_run(struct open_loop *loop, struct tally *tally, struct open_loop_result *ret_result)
{
    const struct schedule *schedule = loop->options.schedule;
    struct run run = {.loop = loop,
                      .schedule = schedule,
                      .tally = tally,
                      .result = ret_result,
                      .last_due = schedule->requests_count,
                      .end_ns = schedule->end_ns};

    *ret_result = (struct open_loop_result){.start_ns = monotonic_ns()};
    for (uint64_t now_ns = 0; !has_ended(&run, now_ns); now_ns = run_ns(&run)) {
        tally_advance(tally, now_ns);
        offer_due(&run, now_ns);
        send_waiting(&run);
        reopen_broken(&run, now_ns);
        look_for_events(&run);
    }
    note_rest(&run);
    tally_finish(tally);
    ret_result->elapsed_ns = run_ns(&run);
}

bool open_loop_open(struct open_loop *loop, struct open_loop_options options)
{
    *loop = (struct open_loop){.options = options,
                               .lanes = calloc(options.connections_count, sizeof *loop->lanes),
                               .idle = calloc(options.connections_count, sizeof(struct open_loop_lane *)),
                               .epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (!loop->lanes || !loop->idle || loop->epoll < 0) {
        return false;
    }
    for (uint64_t i = 0; i < options.connections_count; i++) {
        loop->lanes[i].connection.socket = -1;
    }
    for (uint64_t i = 0; i < options.connections_count; i++) {
        if (!connection_open(&loop->lanes[i].connection, options.address, loop->epoll)) {
            return false;
        }
        list_idle(loop, &loop->lanes[i]);
    }
    return true;
}

void open_loop_close(struct open_loop *loop)
{
    for (uint64_t i = 0; loop->lanes && i < loop->options.connections_count; i++) {
        connection_close(&loop->lanes[i].connection);
    }
    free(loop->lanes);
    free(loop->idle);
    if (loop->epoll >= 0) {
        close(loop->epoll);
    }
    *loop = (struct open_loop){.epoll = -1};
}
