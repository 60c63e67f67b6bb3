/*
 * http_admin.h - the admin listener: probes, metrics, /admin/. Its own thread and port, never starved by callers.
 *
 *     /livez /readyz /startupz   short text, 200 or 503; ?verbose lists the checks
 *     /metrics                   Prometheus text
 *     /admin/...                 needs Authorization: Bearer; see admits() in http_admin.c
 *     /admin/switches            see http_switches.h
 *     /admin/status              release, source, state and configuration as JSON
 *
 * Threads  http_admin_start and http_admin_stop from the main thread.
 */
#pragma once

#include "service/gateway.h"

struct http_admin;

/* NULL when memory ends, or the library or the system refuses. Takes the socket; it is open to loopback only or not. */
struct http_admin *http_admin_start(struct gateway *gateway, int listen_socket, bool is_on_loopback);

/* After the phase is GATEWAY_STOPPED. */
void http_admin_stop(struct http_admin *admin);
