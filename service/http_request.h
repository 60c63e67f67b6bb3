/*
 * http_request.h - a request from its first line to its answer, as the library calls us for it.
 *
 *     begin        the request line was read: its target is kept, and the library's own parsing of the query cut short
 *     handle       1st call: the head is complete: guard, route, and refuse or go on
 *                  calls with data: the body
 *                  last call: serve; an answer queued any earlier makes the library close the connection, which is
 *                  what a refused head shall get
 *     end          answered or not
 */
#pragma once

#include <microhttpd.h>

#include "policy/slice.h"

void *http_request_begin(void *cls, const char *target, struct MHD_Connection *library);
enum MHD_Result http_request_handle(void *cls, struct MHD_Connection *library, const char *url, const char *method,
                                    const char *version, const char *data, size_t *data_bytes, void **context);
void http_request_end(void *cls, struct MHD_Connection *library, void **context, enum MHD_RequestTerminationCode code);

/* Is it the type of a JSON body? */
bool http_request_is_json(struct slice type);

/* The library shall not decode the path: routes are compared as received. */
size_t http_request_leave_escaped(void *cls, struct MHD_Connection *library, char *text);
