#pragma once
/*
 * One HTTP/1.1 response, taken in as its bytes arrive. Strict about the frame, incurious about the rest: the status,
 * the Content-Length and the cause of a degraded answer are read, the body is counted.
 *
 *     response_reset ──▶ PARTIAL ──(response_take)──▶ COMPLETE   exactly Content-Length bytes came
 *                                                └──▶ BROKEN     no length, a head too large, bytes past the end
 *
 * The client sends one request at a time, so a byte past the end is a framing error and not the next answer.
 * Ownership: the caller's struct. Threads: one at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESPONSE_HEAD_MAX 4096

/* Why an answer is a fallback: the values of X-Promo-Degraded (contract, section 3). */
#define RESPONSE_CAUSES(ROW)                                                                                           \
    ROW(RESPONSE_CAUSE_SWITCH, "switch")                                                                               \
    ROW(RESPONSE_CAUSE_SATURATED, "saturated")                                                                         \
    ROW(RESPONSE_CAUSE_NO_SNAPSHOT, "no_snapshot")                                                                     \
    ROW(RESPONSE_CAUSE_RATE_LIMITED, "rate_limited")                                                                   \
    ROW(RESPONSE_CAUSE_BUDGET, "budget")

enum response_cause {
    RESPONSE_CAUSE_NONE, /* a full decision */
#define ROW(enumerator, name) enumerator,
    RESPONSE_CAUSES(ROW)
#undef ROW
        RESPONSE_CAUSE_OTHER, /* none of ours: counted, never taken for a full decision */
};

enum response_state { RESPONSE_PARTIAL, RESPONSE_COMPLETE, RESPONSE_BROKEN };

struct response {
    unsigned status;
    enum response_cause cause;
    bool head_done;
    uint64_t body_bytes; /* as announced */
    uint64_t body_left;
    size_t head_held; /* bytes of an unfinished head */
    char head[RESPONSE_HEAD_MAX];
};

void response_reset(struct response *response);

/* Takes the next bytes of the stream. The usual answer, complete in one piece, is parsed in place and never copied. */
enum response_state response_take(struct response *response, const char *bytes, size_t count);
