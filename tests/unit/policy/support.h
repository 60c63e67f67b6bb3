/*
 * support.h - what the suites of policy/ share: policy sets from C strings, and decisions as one line of text.
 *
 * JSON is written with ' for ", so that it can be read: "{'id':'a'}".
 *
 * Ownership  texts that are given back live as long as the test's process; sets and snapshots are the caller's.
 * Errors     what a test did not ask about (a set that is refused, memory that ends) fails the test at once.
 */
#pragma once

#include "policy/snapshot.h"

/* Texts */

const char *format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
/* The piece so often, without anything in between. */
const char *repeated(const char *piece, unsigned count);
/* The piece so often, with commas in between. */
const char *listed(const char *piece, unsigned count);
/* before 0 after, before 1 after, ... with commas in between. */
const char *numbered(const char *before, const char *after, unsigned count);
/* ' becomes ". */
const char *json_of(const char *text);
/* A copy in memory of exactly its length, so that AddressSanitizer sees what reads on; the caller frees it. */
char *exact_copy(const char *bytes, size_t length);

/* Sets */

struct file {
    const char *name, *json;
};
#define FILES(...) ((const struct file[]){__VA_ARGS__, {NULL, NULL}})

/* A policy for all that grants a coupon, with more members: `more` begins with a comma or is empty. */
#define POLICY(id, more) "{'id':'" id "','scope':{'type':'all'},'offer':{'coupon':'C','kind':'coupon'}" more "}"
/* The same without an offer. */
#define POLICY_BARE(id, more) "{'id':'" id "','scope':{'type':'all'}" more "}"

/* "a.json /id, b.json /scope/aois/3", in the order in which they are told; "" for a set that is accepted. */
const char *problems_in(const struct file *files);
/* As problems_in with each reason: "a.json /id: is missing". */
const char *complaints_in(const struct file *files);
/* Of a set of one policy, the pointers alone: "/id, /priority", "." being the whole document. */
const char *pointers_in(const char *policy);
/* Of settings.json alone. */
const char *pointers_in_settings(const char *settings);

/* Rows of policies and what pointers_in says of them; "" where the policy is accepted. */
struct pointers_row {
    const char *what, *policy, *pointers;
};
void expect_pointers(const struct pointers_row *rows, size_t count);
#define EXPECT_POINTERS(rows) expect_pointers(rows, sizeof(rows) / sizeof(rows[0]))

/* The policy `p` for all that grants a coupon, with one member more. */
const char *policy_with(const char *member);
/* As policy_with, with this member instead of the offer. */
const char *policy_giving(const char *member);

struct policy_set *set_of(const struct file *files);
struct snapshot *snapshot_of(const struct file *files);

/* Decisions */

struct outcome {
    const char *reasons;  /* of every policy by id: "a offered, b group_taken" */
    const char *offers;   /* in the order of acceptance: "a 800, b 0" */
    const char *decision; /* the whole answer, with reasons */
};

#define NOON "2026-02-12T12:00:00Z" /* a Thursday */

/* What the context gets from the set at that time. Asserts that evaluate and evaluate_explained agree. */
struct outcome outcome_of(const struct file *files, const char *at, const char *context);
/* As outcome_of for user u1 at AOI A1, 10000 fen of goods and 500 of delivery, at NOON. */
struct outcome outcome_at_noon(const struct file *files);
/* The reason of the only policy. */
const char *reason_of(const char *policy, const char *at, const char *context);
