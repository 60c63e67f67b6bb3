/*
 * redis_fault.h - why Redis did not do what was asked, as far as callers act on it; and its own words, fit to be shown.
 */
#pragma once

#include <stddef.h>

#include "policy/slice.h"

enum { REDIS_FAULT_TEXT_BYTES = 192 };

enum redis_fault {
    REDIS_FAULT_NONE,
    REDIS_FAULT_DOWN,     /* no connection, deadline, protocol: the link is gone */
    REDIS_FAULT_LOADING,  /* -LOADING, -MASTERDOWN, -TRYAGAIN, -CLUSTERDOWN, -BUSY: it will pass */
    REDIS_FAULT_READONLY, /* a writer met a replica */
    REDIS_FAULT_DENIED,   /* -NOAUTH, -WRONGPASS, -NOPERM, -DENIED: a person must act; the reason names the command */
    REDIS_FAULT_OTHER,
};

/* Of an error reply: its first word decides. */
enum redis_fault redis_fault_of(struct slice reply);

/* What an error reply to `command` says of the server: "refuses GET: NOPERM this user has no permissions". */
void redis_fault_describe(struct slice command, struct slice reply, char *ret_reason, size_t reason_bytes);

/* An error reply as a line of text: other bytes than printable ASCII are question marks, the end may be cut off. */
void redis_fault_quote(struct slice reply, char ret_text[REDIS_FAULT_TEXT_BYTES]);
