/*
 * Memory ends at every allocation in turn, from the first document to the decision: each time the answer is a refusal
 * with a problem, nothing leaks, and the same set is accepted right afterwards.
 *
 * Two sets go through it: a sound one, and one with every kind of problem, whose messages need memory too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocator.h"
#include "policy/context_json.h"
#include "policy/decision_json.h"
#include "policy/evaluate.h"

enum { FILLERS_COUNT = 66, FILLER_CODES_COUNT = 5 };

struct file {
    const char *name, *json;
};

/* With FILLERS_COUNT plain policies behind them, so that every table and arena grows more than once. */
static struct file sound_set[3 + FILLERS_COUNT + 1] = {
    {"settings.json", "{\"groups\":[{\"name\":\"order\",\"pick\":\"best\"}],\"max_offers\":3}"},
    {"a.json",
     "{\"id\":\"a\",\"name\":\"\xE5\x8D\x88\",\"interfaces\":[\"checkout\",\"cart\"],\"scope\":{\"type\":\"aoi\","
     "\"aois\":[\"A1\",\"A2\",\"A3\"],\"exclude\":[\"X\"]},\"schedule\":{\"from\":\"2020-01-01T00:00:00Z\","
     "\"utc_offset\":\"+08:00\",\"windows\":[{\"from\":\"00:00\",\"to\":\"24:00\"}]},\"conditions\":[{\"attr\":"
     "\"tier\",\"op\":\"in\",\"value\":[\"gold\",\"silver\",1,true]}],\"rollout\":{\"salt\":\"r\",\"share\":10000},"
     "\"experiment\":{\"salt\":\"k\",\"layer\":{\"salt\":\"L\",\"from\":0,\"to\":10000},\"variants\":[{\"name\":\"a\","
     "\"weight\":10000,\"offer\":{\"coupon\":\"C\",\"kind\":\"amount_off\",\"tiers\":[{\"reach\":0,\"off\":5}]}},"
     "{\"name\":\"b\",\"weight\":0,\"offer\":null}]},\"group\":\"order\",\"priority\":5}"},
    {"b.json", "{\"id\":\"b\",\"scope\":{\"type\":\"all\"},\"offer\":{\"coupon\":\"C\",\"kind\":\"coupon\"},\"group\":"
               "\"other\"}"},
};

static const struct file faulty_set[] = {
    {"a.json", "{\"id\":\"A\",\"scope\":{\"type\":\"aoi\",\"aois\":[\"A\",\"A\",\" \"]},\"priority\":1.5,\"x/~\":"
               "{\"y\":[\"\\u0000\"]},\"schedule\":{\"windows\":[{\"days\":[8]}]},\"offer\":{\"kind\":\"gift\"}}"},
    {"b.json", "{\"id\":\"b\""},
    {"c.json", "{\"id\":\"c\",\"scope\":{\"type\":\"all\"},\"offer\":{\"coupon\":\"C\",\"kind\":\"coupon\"}}"},
    {"d.json", "{\"id\":\"c\",\"scope\":{\"type\":\"all\"},\"offer\":{\"coupon\":\"C\",\"kind\":\"coupon\"}}"},
    {NULL, NULL},
};

static void add_fillers(void)
{
    static char names[FILLERS_COUNT][32], texts[FILLERS_COUNT][1024];
    for (int i = 0; i < FILLERS_COUNT; i++) {
        snprintf(names[i], sizeof(names[i]), "p%02d.json", i);
        int length = snprintf(texts[i], sizeof(texts[i]),
                              "{\"id\":\"p%02d\",\"offer\":{\"coupon\":\"C\",\"kind\":\"coupon\"},\"scope\":{\"type\":"
                              "\"aoi\",\"aois\":[",
                              i);
        for (int k = 0; k < FILLER_CODES_COUNT; k++) {
            length += snprintf(texts[i] + length, sizeof(texts[i]) - (size_t)length, "%s\"%060d\"", k > 0 ? "," : "",
                               i * FILLER_CODES_COUNT + k);
        }
        snprintf(texts[i] + length, sizeof(texts[i]) - (size_t)length, "]}}");
        sound_set[3 + i] = (struct file){names[i], texts[i]};
    }
}

/* How far a run came. */
enum stage { STAGE_DOCUMENTS, STAGE_SET, STAGE_SNAPSHOT, STAGE_EVALUATION, STAGE_DECISION, STAGE_DONE };

struct run {
    enum stage reached; /* the stage that failed, or STAGE_DONE */
    size_t problems;
    bool lacks_memory;
};

static void fail_test(const char *what, uint64_t number)
{
    fprintf(stderr, "allocation %llu: %s\n", (unsigned long long)number, what);
    exit(1);
}

static bool read_documents(const struct file *files, struct documents *documents)
{
    for (; files->name != NULL; files++) {
        char *bytes = malloc(strlen(files->json));
        if (bytes == NULL) {
            return false;
        }
        memcpy(bytes, files->json, strlen(files->json));
        if (!documents_add(documents, files->name, bytes, strlen(files->json))) {
            return false; /* it has taken the bytes */
        }
    }
    return true;
}

static bool decide(struct evaluation *evaluation, const struct snapshot *snapshot)
{
    static struct context context;
    char request[] = "{\"user_id\":\"u\",\"aoi\":\"A2\",\"amount\":100,\"attributes\":{\"tier\":\"gold\"}}";
    const struct context_rules rules = {.interface_default = SLICE("checkout")};
    struct context_error error;
    if (context_json_parse(request, strlen(request), &rules, &context, &error) != CONTEXT_VALID) {
        return false;
    }
    evaluate(evaluation, snapshot, &context, 1770897600);
    struct decision_envelope envelope = {.interface = context.interface, .release = 1};
    struct text text;
    text_init(&text, 65536);
    decision_json_append(&text, &envelope, evaluation, NULL);
    bool ok = !text.failed && evaluation->offer_count == 2;
    text_clear(&text);
    return ok;
}

static enum stage evaluate_set(const struct policy_set *set, struct problems *problems)
{
    struct snapshot *snapshot = snapshot_compile(set, 1, &(struct snapshot_limits){.candidates_max = 100}, problems);
    if (snapshot == NULL) {
        return STAGE_SNAPSHOT;
    }
    struct evaluation *evaluation = evaluation_create();
    enum stage reached = evaluation == NULL || !evaluation_reserve(evaluation, snapshot) ? STAGE_EVALUATION
                         : !decide(evaluation, snapshot)                                 ? STAGE_DECISION
                                                                                         : STAGE_DONE;
    evaluation_free(evaluation);
    snapshot_free(snapshot);
    return reached;
}

static struct run run_through(const struct file *files)
{
    struct documents documents;
    struct problems problems;
    documents_init(&documents);
    problems_init(&problems);
    struct run run = {.reached = STAGE_DOCUMENTS};
    if (read_documents(files, &documents)) {
        struct policy_set *set = policy_set_parse(&documents, &problems);
        run.reached = set == NULL ? STAGE_SET : evaluate_set(set, &problems);
        policy_set_free(set);
    }
    run.problems = problems.total;
    run.lacks_memory = problems.lacks_memory;
    problems_clear(&problems);
    documents_clear(&documents);
    return run;
}

static void check_failed_run(struct run run, bool is_sound, uint64_t number)
{
    bool needs_problem = run.reached == STAGE_SET || run.reached == STAGE_SNAPSHOT;
    if (needs_problem && run.problems == 0) {
        fail_test("was refused without a problem", number);
    }
    if (needs_problem && is_sound && !run.lacks_memory) {
        fail_test("a sound set was refused for ever", number);
    }
    if (run.reached == STAGE_DONE) {
        fail_test("failed without anybody noticing", number);
    }
}

/* How many allocations a whole run makes; each has failed once. */
static uint64_t sweep(const struct file *files, struct run expected)
{
    for (uint64_t number = 1;; number++) {
        allocator_fail_at(number);
        struct run run = run_through(files);
        bool has_failed = allocator_has_failed();
        allocator_fail_at(0);
        if (allocator_live() != 0) {
            fail_test("leaks", number);
        }
        if (!has_failed) {
            return number - 1;
        }
        check_failed_run(run, expected.reached == STAGE_DONE, number);
        struct run again = run_through(files);
        if (again.reached != expected.reached || again.problems != expected.problems || allocator_live() != 0) {
            fail_test("leaves something behind that changes the next run", number);
        }
    }
}

int main(void)
{
    add_fillers();
    allocator_hook_cjson();
    struct run sound = run_through(sound_set), faulty = run_through(faulty_set);
    if (sound.reached != STAGE_DONE || sound.problems != 0 || faulty.reached != STAGE_SET || faulty.problems < 8) {
        fail_test("the sets are not what this test is about", 0);
    }
    uint64_t of_sound = sweep(sound_set, sound), of_faulty = sweep(faulty_set, faulty);
    if (of_sound < 50 || of_faulty < 50) {
        fail_test("so few were seen that they must have gone elsewhere", of_sound);
    }
    printf("%llu allocations of a sound set and %llu of a faulty one failed in turn: refused, told, nothing leaked\n",
           (unsigned long long)of_sound, (unsigned long long)of_faulty);
    return 0;
}
