/*
 * switch_view.h - what a gateway says of its switches, and whether two gateways say the same.
 *
 *     {"switches": [{"interface": "checkout", "mode": "on", "source": "redis", "until": null, ...}, ...]}
 *     {"interface": "checkout", "mode": "on", ...}                             of one interface
 *     {"title": "Forbidden", "detail": "...", "pointer": "/mode", ...}         a problem (RFC 9457)
 *
 * Members that are not asked for here are passed over: a newer gateway may say more. Texts are what came; who prints
 * them makes them printable.
 *
 * Errors  false with a reason (static text, a clause).
 */
#pragma once

#include "cache/switch_document.h"

struct switch_state {
    char interface[SWITCH_NAME_BYTES_MAX + 1];
    char mode[SWITCH_MODE_BYTES_MAX + 1]; /* what is in force: a name of degrade/switch_mode.h */
    char source[32];                      /* "file", "redis", "admin"; "": nobody's, as all that follows */
    char actor[SWITCH_NOTE_BYTES_MAX + 1], reason[SWITCH_NOTE_BYTES_MAX + 1], until[40];
    char breaker[32];
};

struct switch_view {
    uint32_t count;
    struct switch_state states[SWITCH_DOCUMENT_ENTRIES_MAX];
};

/* The bytes are written to. */
bool switch_view_read(char *bytes, size_t length, struct switch_view *ret_view, const char **ret_reason);

/* "the detail (/pointer)" of a problem, or its title; "" where it is none. The bytes are written to. */
enum { SWITCH_VIEW_PROBLEM_BYTES = 400 };
void switch_view_read_problem(char *bytes, size_t length, char ret_text[SWITCH_VIEW_PROBLEM_BYTES]);

const struct switch_state *switch_view_find(const struct switch_view *view, const char *interface);

/* Only that interface is left; false, and all are, when it is not there. */
bool switch_view_reduce(struct switch_view *view, const char *interface);

/* The first interface of either that has another mode in the other, or is not there; NULL: there is none. */
const char *switch_view_difference(const struct switch_view *a, const struct switch_view *b);

/* The first state whose mode is another one, or NULL. */
const struct switch_state *switch_view_other_than(const struct switch_view *view, const char *mode);
