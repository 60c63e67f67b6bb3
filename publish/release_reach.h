/*
 * release_reach.h - the names of all pieces that a release needs.
 *
 * Only manifests and trees are fetched: a level of 0 says that what is named is data. What the set has already is not
 * fetched again, so that many releases that share most of their pieces cost little more than one.
 *
 * Errors  false: the connection has the reason; what was added by then stays.
 */
#pragma once

#include "cache/root.h"
#include "publish/connection.h"
#include "publish/piece_set.h"

bool release_reach(struct connection *connection, const struct root *root, struct piece_set *names);
