#include "tests/drill/naive.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#include "policy/decision_json.h"

#define CANDIDATES_MAX 20000 /* the gateway's default of limits.max_candidates */

static bool asks_for(const struct context *context, const cJSON *code)
{
    for (uint32_t i = 0; cJSON_IsString(code) && i < context->aoi_count; i++) {
        struct slice aoi = context->aois[i];
        if (strncmp(code->valuestring, aoi.at, aoi.length) == 0 && strlen(code->valuestring) == aoi.length) {
            return true;
        }
    }
    return false;
}

/* Those of the list that the request names; NULL when memory ends. */
static cJSON *common_codes(const cJSON *list, const struct context *context)
{
    cJSON *common = cJSON_CreateArray();
    const cJSON *code;

    cJSON_ArrayForEach(code, list)
    {
        if (common && asks_for(context, code) && !cJSON_AddItemToArray(common, cJSON_CreateString(code->valuestring))) {
            cJSON_Delete(common);
            return NULL;
        }
    }
    return common;
}

static bool names_any(const cJSON *list, const struct context *context)
{
    const cJSON *code;

    cJSON_ArrayForEach(code, list)
    {
        if (asks_for(context, code)) {
            return true;
        }
    }
    return false;
}

/* Does the policy concern the request's places? If so, its lists are cut down to them: the engine need not read 300
   codes again. */
static bool keep_if_concerned(cJSON *policy, const struct context *context)
{
    cJSON *scope = cJSON_GetObjectItemCaseSensitive(policy, "scope");
    const cJSON *listed = cJSON_GetObjectItemCaseSensitive(scope, "aois");

    if (names_any(cJSON_GetObjectItemCaseSensitive(scope, "exclude"), context)) {
        return false;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(scope, "exclude");
    if (!listed) {
        return true;
    }
    cJSON *common = common_codes(listed, context);
    if (cJSON_GetArraySize(common) == 0) {
        cJSON_Delete(common);
        return false;
    }
    return cJSON_ReplaceItemInObjectCaseSensitive(scope, "aois", common);
}

static bool add_document(struct documents *documents, const char *name, const cJSON *tree)
{
    char *bytes = cJSON_PrintUnformatted(tree);
    return bytes && documents_add(documents, name, bytes, strlen(bytes));
}

static bool gather(const cJSON *tree, const struct context *context, struct documents *documents)
{
    const cJSON *settings = cJSON_GetObjectItemCaseSensitive(tree, "settings");
    const cJSON *policies = cJSON_GetObjectItemCaseSensitive(tree, "policies");
    cJSON *policy;

    if (!cJSON_IsObject(settings) || !cJSON_IsArray(policies) || !add_document(documents, "settings.json", settings)) {
        return false;
    }
    cJSON_ArrayForEach(policy, policies)
    {
        if (keep_if_concerned(policy, context) && !add_document(documents, "policy.json", policy)) {
            return false;
        }
    }
    return true;
}

static struct snapshot *compile(const struct documents *documents)
{
    struct problems problems;
    problems_init(&problems);
    struct snapshot *snapshot =
        snapshot_from_documents(documents, 0, &(struct snapshot_limits){.candidates_max = CANDIDATES_MAX}, &problems);
    problems_clear(&problems);
    return snapshot;
}

static bool decide(const struct documents *documents, const struct context *context, int64_t now_s,
                   struct evaluation *evaluation, struct text *text)
{
    struct snapshot *snapshot = compile(documents);
    bool is_ready = snapshot && evaluation_reserve(evaluation, snapshot);

    if (is_ready) {
        struct decision_envelope envelope = {.request_id = context->request_id, .interface = context->interface};
        evaluate(evaluation, snapshot, context, now_s);
        decision_json_append(text, &envelope, evaluation, NULL);
    }
    snapshot_free(snapshot);
    return is_ready && !text->failed;
}

bool naive_decide(struct slice policies, const struct context *context, int64_t now_s, struct evaluation *evaluation,
                  struct text *text)
{
    struct documents documents;
    cJSON *tree = cJSON_ParseWithLength(policies.at, policies.length);

    documents_init(&documents);
    bool is_decided = gather(tree, context, &documents) && decide(&documents, context, now_s, evaluation, text);
    documents_clear(&documents);
    cJSON_Delete(tree);
    return is_decided;
}
