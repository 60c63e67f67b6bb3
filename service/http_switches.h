/*
 * http_switches.h - operators' switches over the admin listener.
 *
 *     GET /admin/switches               every interface: what holds, and who says so
 *     GET /admin/switches/checkout      one
 *     PUT /admin/switches/checkout      {"mode":"on","reason":"coupons run out","ttl_s":1800,"actor":"li.wei"}
 *                                       mode on | auto | never; `auto` takes an order back; `*` is every interface
 *
 * `never` needs a ttl_s of at most an hour. `"drill":true` with `on` tries it out: answers stay, what the switch would
 * have given is counted. The answer is the interface's object, with "kept": whether a restart will remember it.
 *
 * Names in the path are percent-encoded. Who may ask is http_admin.c's business; a page in a browser may not: a request
 * with an Origin is refused.
 */
#pragma once

#include "service/http_route.h"

struct control;

/* `path` is what follows "/admin/switches". */
enum http_outcome http_switches_serve(struct http_connection *connection, struct control *control, struct slice path,
                                      struct http_answer *ret_answer);
