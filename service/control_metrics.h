/*
 * control_metrics.h - breakers, switches and workers' load as /metrics shows them.
 *
 * Per interface: the state (1 for the one in force), the share, transitions that have occurred; per worker: delay and
 * utilisation of the last tick.
 */
#pragma once

#include "service/breakers.h"

void control_metrics_append(struct text *text, const struct config *config, const struct breakers *breakers,
                            const struct load *load, const struct switches *switches, int64_t now_unix_s);
