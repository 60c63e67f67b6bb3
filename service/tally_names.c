#include "service/tally_names.h"

#include <pthread.h>
#include <stdlib.h>

#include "policy/limits.h"
#include "service/worker.h"

enum { NAME_BYTES = 2 * LIMIT_NAME_BYTES }; /* a variant's, each byte escaped */

struct tally_name {
    bool is_taken, is_current; /* of the newest release */
    uint32_t policy_length, variant_length;
    char policy[LIMIT_NAME_BYTES], variant[NAME_BYTES];
    uint64_t before; /* what the slot had counted for others */
};

/* Slots of one kind; number 0 is that of all others. */
struct name_list {
    struct tally_name *names;
    uint32_t count;
    size_t words; /* where in struct tally its words begin */
};

struct tally_names {
    pthread_mutex_t mutex; /* guards what follows */
    struct worker *const *workers;
    uint32_t worker_count;
    struct tally_name policies[TALLY_POLICIES_MAX + 1], variants[TALLY_VARIANTS_MAX + 1];
};

static struct name_list policies_of(struct tally_names *names)
{
    return (struct name_list){names->policies, TALLY_POLICIES_MAX + 1, offsetof(struct tally, offers)};
}

static struct name_list variants_of(struct tally_names *names)
{
    return (struct name_list){names->variants, TALLY_VARIANTS_MAX + 1, offsetof(struct tally, exposures)};
}

struct tally_names *tally_names_create(void)
{
    struct tally_names *names = calloc(1, sizeof(*names));
    if (names != NULL) {
        pthread_mutex_init(&names->mutex, NULL);
    }
    return names;
}

void tally_names_watch(struct tally_names *names, struct worker *const *workers, uint32_t count)
{
    pthread_mutex_lock(&names->mutex);
    names->workers = workers;
    names->worker_count = count;
    pthread_mutex_unlock(&names->mutex);
}

void tally_names_free(struct tally_names *names)
{
    if (names != NULL) {
        pthread_mutex_destroy(&names->mutex);
        free(names);
    }
}

/* Of all workers. */
static uint64_t counted(const struct tally_names *names, struct name_list list, uint32_t slot)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < names->worker_count; i++) {
        const char *tally = (const char *)&names->workers[i]->decider.tally;
        sum += counter_read((const counter *)(const void *)(tally + list.words) + slot);
    }
    return sum;
}

/* Taking slots */

static struct slice policy_name(const struct tally_name *name)
{
    return (struct slice){.at = name->policy, .length = name->policy_length};
}

static struct slice variant_name(const struct tally_name *name)
{
    return (struct slice){.at = name->variant, .length = name->variant_length};
}

/* A slot that is free, or of a name that is gone; 0: there is none. */
static uint32_t find_room(struct name_list list)
{
    for (uint32_t slot = 1; slot < list.count; slot++) {
        if (!list.names[slot].is_taken) {
            return slot;
        }
    }
    for (uint32_t slot = 1; slot < list.count; slot++) {
        if (!list.names[slot].is_current) {
            return slot;
        }
    }
    return TALLY_OTHER;
}

static uint32_t take(const struct tally_names *names, struct name_list list, struct slice policy, struct slice variant)
{
    bool fits = policy.length <= LIMIT_NAME_BYTES && variant.length <= NAME_BYTES;
    uint32_t slot = fits ? find_room(list) : TALLY_OTHER;
    if (slot != TALLY_OTHER) {
        struct tally_name *name = &list.names[slot];
        *name = (struct tally_name){.is_taken = true,
                                    .is_current = true,
                                    .policy_length = policy.length,
                                    .variant_length = variant.length,
                                    .before = counted(names, list, slot)};
        memcpy(name->policy, policy.at, policy.length);
        memcpy(name->variant, variant.at, variant.length);
    }
    return slot;
}

/* Which of a policy's variants has that name? */
static bool find_variant(const struct snapshot *snapshot, struct snapshot_policy policy, struct slice name,
                         uint32_t *ret_variant)
{
    for (uint32_t i = 0; policy.is_experiment && i < policy.variant_count; i++) {
        if (slice_equals(snapshot_variant_name(snapshot, policy, policy.variants_at + i), name)) {
            *ret_variant = policy.variants_at + i;
            return true;
        }
    }
    return false;
}

/* Names that were known before keep their slots. */
static void keep_policies(struct name_list list, const struct snapshot *snapshot, uint8_t *slots)
{
    uint32_t ordinal;
    for (uint32_t slot = 1; slot < list.count; slot++) {
        struct tally_name *name = &list.names[slot];
        name->is_current = name->is_taken && snapshot_find_policy(snapshot, policy_name(name), &ordinal);
        if (name->is_current) {
            slots[ordinal] = (uint8_t)slot;
        }
    }
}

static void keep_variants(struct name_list list, const struct snapshot *snapshot, uint8_t *slots)
{
    uint32_t ordinal, variant;
    for (uint32_t slot = 1; slot < list.count; slot++) {
        struct tally_name *name = &list.names[slot];
        name->is_current = name->is_taken && snapshot_find_policy(snapshot, policy_name(name), &ordinal) &&
                           find_variant(snapshot, snapshot_policy(snapshot, ordinal), variant_name(name), &variant);
        if (name->is_current) {
            slots[variant] = (uint8_t)slot;
        }
    }
}

/* The others take what is left, in walk order. */
static void take_policies(struct tally_names *names, const struct snapshot *snapshot, uint8_t *slots)
{
    uint32_t slot = 1;
    for (uint32_t i = 0; i < snapshot_facts(snapshot).policies && slot != TALLY_OTHER; i++) {
        if (slots[i] == TALLY_OTHER) {
            slot = take(names, policies_of(names), snapshot_policy(snapshot, i).id, SLICE(""));
            slots[i] = (uint8_t)slot;
        }
    }
}

static void take_variants(struct tally_names *names, const struct snapshot *snapshot, uint8_t *slots)
{
    uint32_t slot = 1;
    for (uint32_t i = 0; i < snapshot_facts(snapshot).policies && slot != TALLY_OTHER; i++) {
        struct snapshot_policy policy = snapshot_policy(snapshot, i);
        for (uint32_t k = 0; policy.is_experiment && k < policy.variant_count && slot != TALLY_OTHER; k++) {
            uint32_t variant = policy.variants_at + k;
            if (slots[variant] == TALLY_OTHER) {
                slot = take(names, variants_of(names), policy.id, snapshot_variant_name(snapshot, policy, variant));
                slots[variant] = (uint8_t)slot;
            }
        }
    }
}

void tally_names_assign(struct tally_names *names, struct snapshot *snapshot)
{
    uint32_t policies = snapshot_facts(snapshot).policies, variants = snapshot_variants(snapshot);
    struct tally_slots *slots = calloc(1, sizeof(*slots) + policies + variants);
    if (slots == NULL) {
        return;
    }
    uint8_t *of_variants = slots->of_policies + policies;
    slots->of_variants = of_variants;
    pthread_mutex_lock(&names->mutex);
    keep_policies(policies_of(names), snapshot, slots->of_policies);
    keep_variants(variants_of(names), snapshot, of_variants);
    take_policies(names, snapshot, slots->of_policies);
    take_variants(names, snapshot, of_variants);
    pthread_mutex_unlock(&names->mutex);
    snapshot_set_companion(snapshot, slots, free);
}

/* Showing them */

static void append_slots(struct metric_text *out, const struct tally_names *names, struct name_list list,
                         const char *metric, bool has_variants)
{
    for (uint32_t slot = 1; slot < list.count; slot++) {
        const struct tally_name *name = &list.names[slot];
        if (name->is_taken) {
            metric_text_sample(out, metric);
            metric_text_label(out, "policy", policy_name(name));
            if (has_variants) {
                metric_text_label_escaped(out, "variant", variant_name(name));
            }
            metric_text_count(out, counted(names, list, slot) - name->before);
        }
    }
    metric_text_counted(out, metric, has_variants ? "policy=\"other\",variant=\"other\"" : "policy=\"other\"",
                        counted(names, list, TALLY_OTHER));
}

void tally_names_append(struct metric_text *out, struct tally_names *names)
{
    const char *offers = "promogate_policy_offers_total", *exposures = "promogate_experiment_exposures_total";
    pthread_mutex_lock(&names->mutex);
    metric_text_head(out, offers, METRIC_COUNTER, "Offers by the policy that gave them; past 80 policies: other.");
    append_slots(out, names, policies_of(names), offers, false);
    metric_text_head(out, exposures, METRIC_COUNTER,
                     "Requests that entered an experiment, by variant; past 80 variants: other.");
    append_slots(out, names, variants_of(names), exposures, true);
    pthread_mutex_unlock(&names->mutex);
}
