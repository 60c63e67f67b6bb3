/*
 * http_accept.h - which of the two formats of /metrics a client wants.
 *
 *     Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5     OpenMetrics
 *     Accept: text/plain                                                                             text
 *     none                                                                                           text
 *
 * OpenMetrics is given where version 1.0.0, or any, is wanted at least as much as text. A list that cannot be
 * understood wants text: whoever asks by hand.
 *
 * Source   RFC 9110, section 12.5.1
 */
#pragma once

#include <stdbool.h>

#include "policy/slice.h"

bool http_accept_prefers_openmetrics(struct slice accept);
