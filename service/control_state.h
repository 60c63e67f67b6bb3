/*
 * control_state.h - what control.c (orders, pages, life) and control_tick.c (the thread) share; nobody else includes
 * it.
 */
#pragma once

#include <pthread.h>

#include "cache/jitter.h"
#include "service/audit.h"
#include "service/breakers.h"
#include "service/cgroup.h"
#include "service/control.h"
#include "service/load.h"
#include "service/switch_scribe.h"
#include "service/switches.h"
#include "service/watchdog.h"

struct control {
    struct gateway *gateway;
    struct audit audit;
    int folder; /* state_dir; -1: nothing is kept */
    pthread_t thread;
    bool has_thread;
    int alarm; /* eventfd: it is time to stop */
    _Atomic bool is_stopping;

    _Atomic bool is_memory_short; /* the thread writes, as what follows */
    _Atomic uint64_t memory_ceiling_bytes;
    counter gaps;
    struct jitter jitter; /* the thread's own, as what follows */
    int64_t ticked_ns;
    uint32_t until_memory; /* ticks until memory is looked at */
    struct cgroup *cgroup; /* NULL: memory ended */
    struct watchdog watchdog;

    struct switch_scribe *scribe;

    pthread_mutex_t mutex; /* guards what follows, and the writing of gates */
    const struct config *config;
    struct load load;
    struct breakers breakers;
    struct switches switches;
    struct cgroup_facts cgroup_facts;
};

/* What the log shall say of breakers: copied while the lock is held, told without it. */
struct control_report {
    uint32_t count;
    struct breaker_news news[CONFIG_INTERFACES_MAX];
    struct pressure_facts facts;
};

/* With the lock held. */
void control_copy_news(const struct control *control, struct control_report *ret_report);
/* With the lock held: what operators want, at once. */
void control_apply(struct control *control, struct control_report *ret_report);

/* Without it. */
void control_tell(const struct control_report *report);

/* The thread's function. */
void *control_run(void *cls);
