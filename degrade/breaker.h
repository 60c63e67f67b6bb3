/*
 * breaker.h - which share of an interface's users is evaluated while the workers cannot do all of it.
 *
 *                      overloaded, onset_ticks in a row
 *            CLOSED ──────────────────────────────────────▶ SHEDDING ◀─────────────────────┐
 *              ▲ ▲                                           │   │ past the hard line,     │ overloaded
 *              │ └──── all users for BREAKER_SETTLE_TICKS ───┘   │ open_ticks in a row,    │
 *              │                                                 │ at the smallest share   │
 *              │ all users for a step                            ▼                         │
 *            RAMP ◀──────────── open_ms over, not overloaded ── OPEN ◀── memory is short ──┤
 *              │ 5 10 25 50 75 100 %, ramp_step_ms each                                    │
 *              └────────────────────────────────────────────────────────────────────────────┘
 *     switch on ─▶ FORCED_OPEN ─ no more ─▶ RAMP         switch never ─▶ FORCED_CLOSED ─ no more ─▶ CLOSED
 *
 * SHEDDING looks for the share that the workers can bear. Overloaded, it admits what could be served in the tick just
 * past (`bearable_bp` of what it admitted); calm, it takes more: as much as the workers' utilisation says they have
 * room for, at least what costs 2 % of their time, at most 25 % more a tick. So ten times too much load is met in one
 * step, and from there the share stays within some per cent of what can be done.
 *
 * A ramp and not a single probe leads back: a probe runs while the load is away, always passes, and lets it all in. Its
 * steps, the dwell and growing end by time when there is too little traffic to judge: no state waits for requests.
 *
 * Priorities (cascade.h) come in as may_shed and may_grow: a breaker that may not holds what it has.
 *
 * Source   share by multiplicative decrease towards what is served: Breakwater and DAGOR in spirit; ramp: HAProxy
 *          slowstart; dwell that doubles: brpc's isolation; forced states and shadow: Hystrix, resilience4j.
 * Time     monotonic milliseconds, as argument; a clock that stands still only delays.
 * Threads  one.
 */
#pragma once

#include "degrade/gate.h"
#include "degrade/pressure.h"

#define BREAKER_STATES(ROW)                                                                                            \
    ROW(BREAKER_CLOSED, "closed")                                                                                      \
    ROW(BREAKER_SHEDDING, "shedding")                                                                                  \
    ROW(BREAKER_OPEN, "open")                                                                                          \
    ROW(BREAKER_RAMP, "ramp")                                                                                          \
    ROW(BREAKER_FORCED_OPEN, "forced_open")                                                                            \
    ROW(BREAKER_FORCED_CLOSED, "forced_closed")

#define BREAKER_CAUSES(ROW)                                                                                            \
    ROW(BREAKER_BY_DELAY, "delay", "ready requests wait longer than the target")                                       \
    ROW(BREAKER_BY_HARD_LINE, "hard_line", "the smallest share still waits past the hard line")                        \
    ROW(BREAKER_BY_MEMORY, "memory", "memory is short")                                                                \
    ROW(BREAKER_BY_CALM, "calm", "all users are admitted and nobody waits")                                            \
    ROW(BREAKER_BY_TIME, "time", "its time is over")                                                                   \
    ROW(BREAKER_BY_SWITCH, "switch", "operators decided")

enum breaker_state {
#define ROW(enumerator, name) enumerator,
    BREAKER_STATES(ROW)
#undef ROW
};

enum breaker_cause {
#define ROW(enumerator, name, sentence) enumerator,
    BREAKER_CAUSES(ROW)
#undef ROW
};

enum {
#define ROW(enumerator, name) +1
    BREAKER_STATE_COUNT = 0 BREAKER_STATES(ROW),
#undef ROW
    BREAKER_SETTLE_TICKS = 10,      /* a second of everybody, without overload, ends shedding */
    BREAKER_RELAPSE_MS = 60 * 1000, /* an opening so soon after another stays open for twice as long */
};

struct breaker_limits {
    uint32_t onset_ticks, open_ticks;
    uint32_t share_min_bp; /* of shedding */
    uint32_t open_ms, open_max_ms;
    uint32_t ramp_step_ms;
};

struct breaker_tick {
    int64_t now_ms;
    enum pressure pressure;
    bool is_past_hard_line;
    bool is_memory_short;
    bool may_shed, may_grow;
    uint32_t bearable_bp;    /* of what is admitted now, what the workers could serve */
    uint32_t utilisation_bp; /* of the busiest worker */
    uint32_t other_work_bp;  /* of the workers' busy time, what was not evaluating: no share makes it more or less */
    uint32_t chance_bp;      /* 0 to 10000, drawn anew each time: dwells of a fleet shall not end together */
};

struct breaker {
    enum breaker_state state;
    uint32_t share_bp;    /* admitted; 0 while open, all while closed */
    int64_t since_ms;     /* in this state */
    bool is_after_switch; /* of a ramp: operators switched back */

    /* private */
    uint32_t overloaded_ticks, hard_ticks, settled_ticks; /* in a row */
    uint32_t step;                                        /* of the ramp */
    int64_t step_since_ms, dwell_since_ms, dwell_ms, opened_ms;
    uint32_t relapses; /* openings in a row, each soon after the one before */
};

struct breaker_transition {
    enum breaker_state from, to;
    enum breaker_cause cause;
};

/* Closed. */
void breaker_init(struct breaker *breaker, int64_t now_ms);

/* What operators say, all sources taken together; at once, between two ticks. True when the state changed. */
bool breaker_obey(struct breaker *breaker, enum switch_mode order, int64_t now_ms,
                  struct breaker_transition *ret_transition);

/* A tick of PRESSURE_TICK_MS. True when the state changed. A forced breaker stays as it is. */
bool breaker_tick(struct breaker *breaker, const struct breaker_limits *limits, const struct breaker_tick *tick,
                  struct breaker_transition *ret_transition);

/* Has it given all that shedding can give: the smallest share, or none at all? */
bool breaker_is_at_floor(const struct breaker *breaker, const struct breaker_limits *limits);

/* Do operators hold it? */
bool breaker_is_forced(const struct breaker *breaker);

/* What must hold between two ticks. */
bool breaker_is_sane(const struct breaker *breaker);

const char *breaker_state_name(enum breaker_state state);
const char *breaker_cause_name(enum breaker_cause cause);
