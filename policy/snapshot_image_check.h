/*
 * snapshot_image_check.h - may these arrays be evaluated?
 *
 * True of every snapshot that snapshot_compile.c makes. What is checked is what evaluate.c and its kin take for
 * granted:
 *
 *     places     every index and count lies within its array. Parts stand as the compiler lays them: in the order of
 *                the policies, each where the one before ended, so that one pass is enough however the bytes lie
 *     probes     a name table has a free slot, so that a search ends
 *     merges     lists of ordinals ascend strictly, and no walk brings more candidates than facts.candidates_max
 *     numbers    enums and flags hold what they may, money and shares stay within their limits: no sum overflows, no
 *                assert fails, a variant is found for each slot
 *
 * Strings may hold any bytes.
 */
#pragma once

#include "policy/snapshot.h"

/* NULL, or what is wrong (static text). Its arrays lie within memory already. */
const char *snapshot_image_check(const struct snapshot *snapshot);
