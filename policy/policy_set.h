/*
 * policy_set.h - documents, read and checked: what a release says, before it is compiled.
 *
 * policy_set_parse reads every document and reports every problem of each; a set exists only when there was none.
 * AOI codes, interfaces, attributes and groups are interned: policies refer to them by dense numbers.
 *
 * Ownership  the set owns all it points to, and refers to nothing of the documents.
 * Errors     NULL, with at least one problem added (out of memory is a problem about the set, file "").
 */
#pragma once

#include "policy/arena.h"
#include "policy/document.h"
#include "policy/names.h"
#include "policy/policy.h"
#include "policy/problem.h"

struct policy_set {
    struct arena arena;
    struct policy *policies; /* by id */
    uint32_t count, capacity;
    struct names aois, interfaces, attributes, groups;
    enum group_pick *group_picks; /* by number, of the groups that settings.json lists; the others pick the first */
    uint32_t group_pick_count;
    uint32_t max_offers;
    uint64_t settings_hash; /* of settings.json's bytes; 0 without the file */
    uint64_t hash;          /* of the whole content, whatever the files' names */
};

struct policy_set *policy_set_parse(const struct documents *documents, struct problems *problems);
void policy_set_free(struct policy_set *set);
