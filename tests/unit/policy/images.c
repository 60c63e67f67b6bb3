#include "images.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "policy/compiled.h"
#include "policy/context_json.h"
#include "policy/decision_json.h"
#include "policy/evaluate.h"
#include "support.h"

static const struct snapshot_limits limits = {.candidates_max = 1000000};

struct text images_make(const struct snapshot *snapshot)
{
    struct text image;
    text_init(&image, IMAGE_BYTES_MAX);
    snapshot_image_append(&image, snapshot);
    cr_assert(!image.failed);
    return image;
}

struct snapshot *images_read(const char *bytes, size_t length, const char **ret_reason)
{
    *ret_reason = "";
    return snapshot_image_read(exact_copy(bytes, length), length, &limits, ret_reason);
}

struct snapshot *images_restore(const struct snapshot *snapshot)
{
    struct text image = images_make(snapshot);
    const char *reason;
    struct snapshot *restored = images_read(image.bytes, image.length, &reason);
    cr_assert_not_null(restored, "%s", reason);
    text_clear(&image);
    return restored;
}

struct snapshot *images_full_snapshot(void)
{
    return snapshot_of(
        FILES({"settings.json", "{'groups':[{'name':'g','pick':'best'}]}"},
              {"a.json", "{'id':'a','scope':{'type':'aoi','aois':['A1','A2'],'exclude':['A3']},'interfaces':['cart'],"
                         "'schedule':{'from':'2026-02-12T00:00:00Z','utc_offset':'+08:00','windows':"
                         "[{'days':[1,2],'from':'10:00','to':'12:00'}]},"
                         "'conditions':[{'attr':'tier','op':'in','value':['gold',1]}],"
                         "'rollout':{'salt':'r','steps':[{'from':'2026-02-12T00:00:00Z','share':10},"
                         "{'from':'2026-02-13T00:00:00Z','share':20}]},"
                         "'experiment':{'salt':'s','layer':{'salt':'L','from':0,'to':5000},'variants':["
                         "{'name':'a','weight':4000,'offer':null},{'name':'b','weight':6000,'offer':"
                         "{'coupon':'C','kind':'amount_off','tiers':[{'reach':1,'off':2},{'reach':3,'off':4}]}}]},"
                         "'group':'g'}"},
              {"b.json", "{'id':'b','scope':{'type':'aoi','aois':['A1','A3'],'exclude':['A2']},"
                         "'offer':{'coupon':'C','kind':'percent_off','bp':100,'cap':5}}"},
              {"c.json", POLICY("c", ",'exclusive':true")}));
}

struct context *images_context(const char *json, char **ret_bytes)
{
    const struct context_rules rules = {.interface_default = SLICE("checkout")};
    struct context *context = malloc(sizeof(*context));
    struct context_error error;
    *ret_bytes = exact_copy(json, strlen(json));
    cr_assert_not_null(context);
    cr_assert_eq(context_json_parse(*ret_bytes, strlen(json), &rules, context, &error), CONTEXT_VALID, "%s", json);
    return context;
}

void images_append_decision(struct text *text, const struct snapshot *snapshot, const struct context *context,
                            int64_t now_s)
{
    const struct decision_envelope envelope = {.interface = context->interface};
    struct evaluation *evaluation = evaluation_create();
    enum reason *reasons = calloc(snapshot->facts.policies + 1, sizeof(*reasons));
    cr_assert(evaluation != NULL && reasons != NULL && evaluation_reserve(evaluation, snapshot));
    evaluate(evaluation, snapshot, context, now_s);
    decision_json_append(text, &envelope, evaluation, NULL);
    text_append_integer(text, evaluation->looked_at);
    evaluate_explained(evaluation, snapshot, context, now_s, reasons);
    decision_json_append(text, &envelope, evaluation, reasons);
    free(reasons);
    evaluation_free(evaluation);
}
