/*
 * redis_pipeline.h - commands that are sent together and answered one by one.
 *
 * A Cluster may do some of them and redirect the others; what is done must not be done again elsewhere. So a pipeline
 * may run several times, on one link after the other: each run sends what has no reply yet.
 *
 *     run → judge ─→ ALL, FAULT    the end
 *      ↑          └→ MOVED, ASK    forget what was not done, and run again on another link
 *
 * Ownership  replies belong to the caller's array; redis_pipeline_forget frees them.
 */
#pragma once

#include "cache/redis_link.h"
#include "cache/redis_redirect.h"

struct redis_command {
    const struct slice *arguments;
    uint32_t count; /* 1 to REDIS_LINK_ARGUMENTS_MAX */
};

struct redis_pipeline {
    const struct redis_command *commands;
    uint32_t count;
    struct redis_reply **replies; /* NULL: none yet */
};

/* What is sent with a run, beside the commands. */
struct redis_pipeline_manner {
    const char *client_name; /* CLIENT SETNAME before all; "": nothing */
    bool is_asking;          /* ASKING before each */
};

enum redis_verdict {
    REDIS_VERDICT_ALL,   /* every command has its reply */
    REDIS_VERDICT_FAULT, /* a command was refused */
    REDIS_VERDICT_MOVED, /* commands were redirected, the others have their replies */
    REDIS_VERDICT_ASK,
};

void redis_pipeline_init(struct redis_pipeline *pipeline, const struct redis_command *commands, uint32_t count,
                         struct redis_reply **replies);

/* False: the link is dead. */
bool redis_pipeline_run(struct redis_pipeline *pipeline, struct redis_link *link,
                        const struct redis_pipeline_manner *manner, int64_t deadline_ms);

/* `here` is who answered. Sets *ret_fault (the command's number) with FAULT, *ret_there with MOVED and ASK. */
enum redis_verdict redis_pipeline_judge(const struct redis_pipeline *pipeline, const struct redis_endpoint *here,
                                        uint32_t *ret_fault, struct redis_endpoint *ret_there);

void redis_pipeline_forget(struct redis_pipeline *pipeline);        /* all replies */
void redis_pipeline_forget_faults(struct redis_pipeline *pipeline); /* of commands that were not done */
