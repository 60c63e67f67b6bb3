/*
 * degrade_fleet.h - `promoctl degrade --admin`: every gateway is told, or asked, and they are held against each other.
 *
 * A line on stdout for each gateway, whatever becomes of it; on stderr why the status is 1.
 *
 *     127.0.0.1:8081: checkout on (admin, ann@ops-1: coupons run out)
 *     127.0.0.2:8081: failed: Connection refused
 *
 * DONE when each gateway answered; all say the same modes; and, of an order that is no drill, the modes that were
 * ordered: a gateway that took the order and does otherwise, because another source says so, is no success.
 */
#pragma once

#include "publish/degrade_options.h"

/* The exit status. */
int degrade_fleet_run(const struct command *command, const struct degrade_options *options);
