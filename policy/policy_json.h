/*
 * policy_json.h - from a document's tree to struct policy, one reader for each part of a policy.
 *
 * Each part stands in a file of its own (schedule_json.c, condition_json.c, offer_json.c, rollout_json.c,
 * experiment_json.c); its tables of members are the schema.
 *
 * Errors   as reading_json.h: false, with every problem of the part told.
 */
#pragma once

#include "policy/reading_json.h"

/* A whole policy. `policy` is zeroed by the caller. */
bool policy_json_read(struct reading *reading, const cJSON *document, struct policy *policy);

/* settings.json: the set's groups and max_offers. */
bool settings_json_read(struct reading *reading, const cJSON *document);

/* Parts; `target` is struct schedule, struct offer, struct rollout, struct experiment. */
bool schedule_json_read(struct reading *reading, const cJSON *value, void *target);
bool offer_json_read(struct reading *reading, const cJSON *value, void *target);
bool rollout_json_read(struct reading *reading, const cJSON *value, void *target);
bool experiment_json_read(struct reading *reading, const cJSON *value, void *target);

/* `target` is struct policy: the list and its count are set there. */
bool conditions_json_read(struct reading *reading, const cJSON *value, void *target);

/* The schedule of a policy that has none: always. */
struct schedule schedule_always(void);
