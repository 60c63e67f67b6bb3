/*
 * trace_id.h - a name for one fetch: 32 lower-case hexadecimal digits, as W3C Trace Context has them.
 *
 * It stands in our log lines and in the connection's client name, and so in Redis' slow log: the one leads to the
 * other.
 *
 * Threads  any.
 */
#pragma once

enum { TRACE_ID_BYTES = 33 };

/* A new one. Early in a boot, without randomness yet, all ones: an id that is not unique is better than to wait. */
void trace_id_draw(char ret_id[TRACE_ID_BYTES]);
