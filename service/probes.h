/*
 * probes.h - may this process live, start, be sent requests?
 *
 *     livez     fails only when a worker that has work made no progress for stuck_after_s: restarting helps nothing
 *               else. Not load, not Redis, not a stuck refresher, not the snapshot's age
 *     readyz    fails before the first snapshot (unless serve_without_snapshot) and while draining. Not saturation, not
 *               a switch: were they to count, all gateways would leave together
 *     startupz  ok once the configuration is valid and the listeners are open, which is so before anybody can ask
 *
 * Threads  any reader of the gateway's slots.
 */
#pragma once

#include "policy/text.h"
#include "service/gateway.h"

enum probe { PROBE_LIVE, PROBE_READY, PROBE_STARTED };

/* livez's rule alone: no worker that has work stands still. */
bool probes_is_live(const struct gateway *gateway);

/* True: ok. Appends "ok" or "failed", with `verbose` a line a check: [+] holds, [-] does not, [!] is worth a look. */
bool probes_append(struct text *text, const struct gateway *gateway, enum probe probe, bool verbose);
