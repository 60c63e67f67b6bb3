#include "policy/policy_json.h"

static bool read_share_into(struct reading *reading, const cJSON *value, uint32_t *ret_share_bp)
{
    int64_t share_bp;
    if (!reading_integer(reading, value, 0, LIMIT_SHARE_BP, &share_bp)) {
        return false;
    }
    *ret_share_bp = (uint32_t)share_bp;
    return true;
}

static bool read_salt(struct reading *reading, const cJSON *value, void *target)
{
    return reading_name(reading, value, &((struct rollout *)target)->salt);
}

static bool read_share(struct reading *reading, const cJSON *value, void *target)
{
    struct rollout *rollout = target;
    rollout->step_count = 1;
    rollout->steps[0].from_s = INT64_MIN;
    return read_share_into(reading, value, &rollout->steps[0].share_bp);
}

static bool read_step_from(struct reading *reading, const cJSON *value, void *target)
{
    return reading_time(reading, value, &((struct rollout_step *)target)->from_s);
}

static bool read_step_share(struct reading *reading, const cJSON *value, void *target)
{
    return read_share_into(reading, value, &((struct rollout_step *)target)->share_bp);
}

static bool read_step(struct reading *reading, const cJSON *value, uint32_t index, void *target)
{
    static const struct field fields[] = {{"from", true, read_step_from}, {"share", true, read_step_share}};
    struct rollout_step *steps = target;
    bool is_well = reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), &steps[index]);
    if (is_well && index > 0 && steps[index].from_s <= steps[index - 1].from_s) {
        return reading_problem(reading, "has a `from` that is not after that of the step before");
    }
    return is_well;
}

static bool read_steps(struct reading *reading, const cJSON *value, void *target)
{
    struct rollout *rollout = target;
    bool is_well = reading_list(reading, value, 1, LIMIT_ROLLOUT_STEPS, read_step, rollout->steps);
    if (is_well) {
        rollout->step_count = (uint8_t)cJSON_GetArraySize(value);
    }
    return is_well;
}

bool rollout_json_read(struct reading *reading, const cJSON *value, void *target)
{
    static const struct field fields[] = {
        {"salt", true, read_salt},
        {"share", false, read_share},
        {"steps", false, read_steps},
    };
    bool is_well = reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), target);
    bool has_share = cJSON_GetObjectItemCaseSensitive(value, "share") != NULL;
    bool has_steps = cJSON_GetObjectItemCaseSensitive(value, "steps") != NULL;
    if (cJSON_IsObject(value) && has_share == has_steps) {
        return reading_problem(reading, "needs exactly one of `share` and `steps`");
    }
    return is_well;
}
