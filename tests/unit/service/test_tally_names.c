/* Which policy and variant a slot stands for, from release to release. */
#include "service/tally_names.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "policy/compiled.h"
#include "service/worker.h"
#include "tests/unit/policy/support.h"

#define SPLIT(id)                                                                                                      \
    "{'id':'" id "','scope':{'type':'all'},'experiment':{'salt':'s','variants':[{'name':'control','weight':5000,"      \
    "'offer':null},{'name':'a\\\\b','weight':5000,'offer':{'coupon':'C','kind':'coupon'}}]}}"

static struct worker *workers[2];
static struct tally_names *names;

static void begin(void)
{
    for (unsigned i = 0; i < 2; i++) {
        workers[i] = calloc(1, sizeof(*workers[i]));
        cr_assert_not_null(workers[i]);
    }
    names = tally_names_create();
    cr_assert_not_null(names);
    tally_names_watch(names, workers, 2);
}

static void end(void)
{
    tally_names_free(names);
    free(workers[0]);
    free(workers[1]);
}

TestSuite(tally_names, .init = begin, .fini = end);

static struct snapshot *assigned(const struct file *files)
{
    struct snapshot *snapshot = snapshot_of(files);
    tally_names_assign(names, snapshot);
    return snapshot;
}

/* A decision of a worker: offers of that policy, exposures of its variant. */
static void decide(struct worker *worker, const struct snapshot *snapshot, const char *id, uint32_t variant)
{
    struct evaluation evaluation = {.snapshot = snapshot, .candidate_count = 1, .offer_count = 1};
    struct candidate candidate = {0};
    cr_assert(snapshot_find_policy(snapshot, slice_of(id), &candidate.ordinal));
    struct snapshot_policy policy = snapshot_policy(snapshot, candidate.ordinal);
    candidate.variant = policy.variants_at + variant;
    candidate.is_exposure = policy.is_experiment;
    evaluation.candidates = &candidate;
    tally_count(&worker->decider.tally, snapshot_companion(snapshot), &evaluation);
}

static void expect_line(const char *line, bool is_there)
{
    struct text text;
    text_init(&text, 1 << 20);
    tally_names_append(&(struct metric_text){.text = &text}, names);
    text_append_byte(&text, '\0');
    cr_expect((strstr(text.bytes, format("\n%s\n", line)) != NULL) == is_there, "%s in:\n%s", line, text.bytes);
    text_clear(&text);
}

#define OFFERS    "promogate_policy_offers_total"
#define EXPOSURES "promogate_experiment_exposures_total"

Test(tally_names, what_workers_count_is_added_up_by_policy_and_variant)
{
    struct snapshot *snapshot = assigned(FILES({"a.json", POLICY("a", "")}, {"b.json", SPLIT("b")}));
    decide(workers[0], snapshot, "a", 0);
    decide(workers[1], snapshot, "a", 0);
    decide(workers[1], snapshot, "b", 1);
    expect_line(OFFERS "{policy=\"a\"} 2", true);
    expect_line(OFFERS "{policy=\"b\"} 1", true);
    expect_line(OFFERS "{policy=\"other\"} 0", true);
    expect_line(EXPOSURES "{policy=\"b\",variant=\"control\"} 0", true);
    expect_line(EXPOSURES "{policy=\"b\",variant=\"a\\\\b\"} 1", true);
    snapshot_free(snapshot);
}

Test(tally_names, a_policy_keeps_its_count_from_release_to_release)
{
    struct snapshot *first = assigned(FILES({"a.json", POLICY("a", "")}, {"b.json", SPLIT("b")}));
    decide(workers[0], first, "b", 1);
    struct snapshot *second = assigned(FILES({"0.json", POLICY("0", "")}, {"b.json", SPLIT("b")}));
    decide(workers[0], second, "b", 1);
    expect_line(OFFERS "{policy=\"b\"} 2", true);
    expect_line(EXPOSURES "{policy=\"b\",variant=\"a\\\\b\"} 2", true);
    expect_line(OFFERS "{policy=\"a\"} 0", true);
    expect_line(OFFERS "{policy=\"0\"} 0", true);
    snapshot_free(first);
    snapshot_free(second);
}

static struct snapshot *assigned_many(const char *prefix, unsigned count)
{
    struct file *files = calloc(count + 1, sizeof(*files));
    for (unsigned i = 0; i < count; i++) {
        files[i] = (struct file){.name = format("%s%03u.json", prefix, i),
                                 .json = format("{'id':'%s%03u','scope':{'type':'all'},"
                                                "'offer':{'coupon':'C','kind':'coupon'}}",
                                                prefix, i)};
    }
    struct snapshot *snapshot = assigned(files);
    free(files);
    return snapshot;
}

Test(tally_names, policies_past_the_bound_count_as_others)
{
    struct snapshot *snapshot = assigned_many("p", TALLY_POLICIES_MAX + 2);
    decide(workers[0], snapshot, "p000", 0);
    decide(workers[0], snapshot, "p080", 0);
    decide(workers[1], snapshot, "p081", 0);
    expect_line(OFFERS "{policy=\"p000\"} 1", true);
    expect_line(OFFERS "{policy=\"p080\"} 0", false);
    expect_line(OFFERS "{policy=\"other\"} 2", true);
    snapshot_free(snapshot);
}

Test(tally_names, a_slot_that_is_given_away_counts_from_0_for_its_new_name)
{
    struct snapshot *old = assigned_many("p", TALLY_POLICIES_MAX);
    decide(workers[0], old, "p000", 0);
    decide(workers[1], old, "p001", 0);
    struct snapshot *fresh =
        assigned(FILES({"p001.json", POLICY("p001", "")}, {"new.json", POLICY("new", ",'priority':9")}));
    expect_line(OFFERS "{policy=\"new\"} 0", true);
    expect_line(OFFERS "{policy=\"p000\"} 1", false);
    expect_line(OFFERS "{policy=\"p001\"} 1", true);
    decide(workers[1], fresh, "new", 0);
    expect_line(OFFERS "{policy=\"new\"} 1", true);
    snapshot_free(old);
    snapshot_free(fresh);
}

Test(tally_names, a_snapshot_without_slots_counts_others)
{
    struct snapshot *snapshot = snapshot_of(FILES({"b.json", SPLIT("b")}));
    decide(workers[0], snapshot, "b", 1);
    expect_line(OFFERS "{policy=\"other\"} 1", true);
    expect_line(EXPOSURES "{policy=\"other\",variant=\"other\"} 1", true);
    snapshot_free(snapshot);
}
