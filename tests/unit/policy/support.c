#include "support.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/compiled.h"
#include "policy/context_json.h"
#include "policy/decision_json.h"
#include "policy/evaluate.h"
#include "policy/rfc3339.h"

/* Texts */

enum { TEXTS_MAX = 100000, TEXT_BYTES_MAX = 128 * 1024 * 1024 };

/* They stay reachable, so that LeakSanitizer tells only the leaks of the code under test. */
static char *texts[TEXTS_MAX];
static size_t text_count;

/* Takes what was built. */
static const char *keep(struct text *text)
{
    text_append_byte(text, '\0');
    cr_assert(!text->failed && text_count < TEXTS_MAX);
    return texts[text_count++] = text->bytes;
}

const char *format(const char *pattern, ...)
{
    char *made;
    va_list arguments;
    va_start(arguments, pattern);
    cr_assert(vasprintf(&made, pattern, arguments) >= 0 && text_count < TEXTS_MAX);
    va_end(arguments);
    return texts[text_count++] = made;
}

static const char *joined(const char *piece, const char *separator, unsigned count)
{
    struct text text;
    text_init(&text, TEXT_BYTES_MAX);
    for (unsigned i = 0; i < count; i++) {
        text_append(&text, slice_of(i > 0 ? separator : ""));
        text_append(&text, slice_of(piece));
    }
    return keep(&text);
}

const char *repeated(const char *piece, unsigned count)
{
    return joined(piece, "", count);
}

const char *listed(const char *piece, unsigned count)
{
    return joined(piece, ",", count);
}

const char *numbered(const char *before, const char *after, unsigned count)
{
    struct text text;
    text_init(&text, TEXT_BYTES_MAX);
    for (unsigned i = 0; i < count; i++) {
        text_append(&text, slice_of(i > 0 ? "," : ""));
        text_append(&text, slice_of(before));
        text_append_integer(&text, i);
        text_append(&text, slice_of(after));
    }
    return keep(&text);
}

char *exact_copy(const char *bytes, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    cr_assert_not_null(copy);
    memcpy(copy, bytes, length);
    return copy;
}

const char *json_of(const char *text)
{
    struct text json;
    text_init(&json, TEXT_BYTES_MAX);
    for (; *text != '\0'; text++) {
        text_append_byte(&json, *text == '\'' ? '"' : *text);
    }
    return keep(&json);
}

/* Sets */

static struct documents documents_of(const struct file *files)
{
    struct documents documents;
    documents_init(&documents);
    for (; files->name != NULL; files++) {
        const char *json = json_of(files->json);
        cr_assert(documents_add(&documents, files->name, exact_copy(json, strlen(json)), strlen(json)));
    }
    return documents;
}

static struct policy_set *parse(const struct file *files, struct problems *problems)
{
    struct documents documents = documents_of(files);
    struct policy_set *set = policy_set_parse(&documents, problems);
    documents_clear(&documents);
    cr_assert_eq(set == NULL, problems->total > 0, "a set is refused with a problem, and only then");
    return set;
}

enum detail { POINTERS, FILES_AND_POINTERS, WITH_REASONS };

static const char *tell(const struct file *files, enum detail detail)
{
    struct problems problems;
    problems_init(&problems);
    policy_set_free(parse(files, &problems));
    struct text text;
    text_init(&text, TEXT_BYTES_MAX);
    for (size_t i = 0; i < problems.count; i++) {
        const struct problem *problem = &problems.items[i];
        text_append(&text, slice_of(i > 0 ? ", " : ""));
        if (detail != POINTERS) {
            text_append_format(&text, "%s ", problem->file);
        }
        text_append(&text, slice_of(problem->pointer[0] == '\0' ? "." : problem->pointer));
        if (detail == WITH_REASONS) {
            text_append_format(&text, ": %s", problem->reason);
        }
    }
    problems_clear(&problems);
    return keep(&text);
}

const char *problems_in(const struct file *files)
{
    return tell(files, FILES_AND_POINTERS);
}

const char *complaints_in(const struct file *files)
{
    return tell(files, WITH_REASONS);
}

const char *pointers_in(const char *policy)
{
    return tell(FILES({"p.json", policy}), POINTERS);
}

const char *pointers_in_settings(const char *settings)
{
    return tell(FILES({"settings.json", settings}), POINTERS);
}

void expect_pointers(const struct pointers_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *pointers = pointers_in(rows[i].policy);
        cr_expect_str_eq(pointers, rows[i].pointers, "%s: problems at \"%s\", not \"%s\"", rows[i].what, pointers,
                         rows[i].pointers);
    }
}

const char *policy_with(const char *member)
{
    return format("{'id':'p','scope':{'type':'all'},'offer':{'coupon':'C','kind':'coupon'},%s}", member);
}

const char *policy_giving(const char *member)
{
    return format("{'id':'p','scope':{'type':'all'},%s}", member);
}

struct policy_set *set_of(const struct file *files)
{
    struct problems problems;
    problems_init(&problems);
    struct policy_set *set = parse(files, &problems);
    cr_assert_not_null(set, "refused: %s %s", problems.items[0].pointer, problems.items[0].reason);
    problems_clear(&problems);
    return set;
}

struct snapshot *snapshot_of(const struct file *files)
{
    struct policy_set *set = set_of(files);
    struct problems problems;
    problems_init(&problems);
    struct snapshot *snapshot =
        snapshot_compile(set, 0, &(struct snapshot_limits){.candidates_max = 1000000}, &problems);
    cr_assert_not_null(snapshot);
    problems_clear(&problems);
    policy_set_free(set);
    return snapshot;
}

/* Decisions */

static const char *reasons_text(const struct snapshot *snapshot, const enum reason *reasons)
{
    struct text text;
    text_init(&text, TEXT_BYTES_MAX);
    for (uint32_t i = 0; i < snapshot->facts.policies; i++) {
        text_append(&text, slice_of(i > 0 ? ", " : ""));
        text_append(&text, snapshot_text(snapshot, snapshot->policies[snapshot->by_id[i]].id));
        text_append_byte(&text, ' ');
        text_append(&text, reason_name(reasons[i]));
    }
    return keep(&text);
}

static const char *offers_text(const struct evaluation *evaluation)
{
    const struct snapshot *snapshot = evaluation->snapshot;
    struct text text;
    text_init(&text, TEXT_BYTES_MAX);
    for (uint32_t i = 0; i < evaluation->offer_count; i++) {
        const struct accepted_offer *offer = &evaluation->offers[i];
        const struct candidate *candidate = &evaluation->candidates[offer->candidate];
        text_append(&text, slice_of(i > 0 ? ", " : ""));
        text_append(&text, snapshot_text(snapshot, snapshot->policies[candidate->ordinal].id));
        text_append_byte(&text, ' ');
        text_append_integer(&text, offer->discount);
    }
    return keep(&text);
}

static const char *decision_text(const struct evaluation *evaluation, const struct context *context,
                                 const enum reason *reasons)
{
    struct decision_envelope envelope = {.request_id = context->request_id, .interface = context->interface};
    struct text text;
    text_init(&text, TEXT_BYTES_MAX);
    decision_json_append(&text, &envelope, evaluation, reasons);
    return keep(&text);
}

static struct outcome decide(const struct snapshot *snapshot, const struct context *context, int64_t now_s)
{
    struct evaluation *evaluation = evaluation_create();
    enum reason *reasons = calloc(snapshot->facts.policies + 1, sizeof(*reasons));
    cr_assert(evaluation != NULL && reasons != NULL && evaluation_reserve(evaluation, snapshot));
    evaluate(evaluation, snapshot, context, now_s);
    const char *plain = decision_text(evaluation, context, NULL);
    evaluate_explained(evaluation, snapshot, context, now_s, reasons);
    cr_assert_str_eq(decision_text(evaluation, context, NULL), plain, "explaining changes the decision");
    struct outcome outcome = {
        .reasons = reasons_text(snapshot, reasons),
        .offers = offers_text(evaluation),
        .decision = decision_text(evaluation, context, reasons),
    };
    free(reasons);
    evaluation_free(evaluation);
    return outcome;
}

struct outcome outcome_of(const struct file *files, const char *at, const char *context_text)
{
    int64_t now_s;
    cr_assert(rfc3339_parse_time(slice_of(at), &now_s), "%s", at);
    const struct context_rules rules = {.interface_default = SLICE("checkout")};
    const char *json = json_of(context_text);
    char *bytes = exact_copy(json, strlen(json));
    struct context *context = malloc(sizeof(*context));
    struct context_error error;
    cr_assert_not_null(context);
    cr_assert_eq(context_json_parse(bytes, strlen(json), &rules, context, &error), CONTEXT_VALID, "%s", json);
    struct snapshot *snapshot = snapshot_of(files);
    struct outcome outcome = decide(snapshot, context, now_s);
    snapshot_free(snapshot);
    free(context);
    free(bytes);
    return outcome;
}

struct outcome outcome_at_noon(const struct file *files)
{
    return outcome_of(files, NOON, "{'user_id':'u1','aoi':'A1','amount':10000,'delivery_fee':500}");
}

const char *reason_of(const char *policy, const char *at, const char *context)
{
    return strchr(outcome_of(FILES({"p.json", policy}), at, context).reasons, ' ') + 1;
}
