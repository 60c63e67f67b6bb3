#include "policy/policy_json.h"

struct group_draft {
    uint32_t number;
    size_t pick;
};

static bool read_group_name(struct reading *reading, const cJSON *value, void *target)
{
    return reading_interned(reading, value, &reading->set->groups, &((struct group_draft *)target)->number);
}

static bool read_pick(struct reading *reading, const cJSON *value, void *target)
{
    static const char *const words[] = {[PICK_FIRST] = "first", [PICK_BEST] = "best"};
    return reading_word(reading, value, words, 2, &((struct group_draft *)target)->pick);
}

static bool read_group(struct reading *reading, const cJSON *value, uint32_t index, void *target)
{
    (void)index;
    static const struct field fields[] = {{"name", true, read_group_name}, {"pick", true, read_pick}};
    enum group_pick *picks = target;
    uint32_t groups_before = reading->set->groups.count;
    struct group_draft draft = {.number = NO_NUMBER};
    bool is_well = reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), &draft);
    if (draft.number == NO_NUMBER) {
        return false;
    }
    if (draft.number < groups_before) {
        return reading_problem(reading, "has the name of a group before");
    }
    picks[draft.number] = (enum group_pick)draft.pick;
    return is_well;
}

static bool read_groups(struct reading *reading, const cJSON *value, void *target)
{
    (void)target;
    size_t count = cJSON_IsArray(value) ? (size_t)cJSON_GetArraySize(value) : 0;
    reading->set->group_picks = reading_allocate(reading, count, sizeof(*reading->set->group_picks));
    if (reading->set->group_picks == NULL) {
        return false;
    }
    reading->set->group_pick_count = (uint32_t)count;
    return reading_list(reading, value, 1, DOCUMENTS_COUNT_MAX, read_group, reading->set->group_picks);
}

static bool read_max_offers(struct reading *reading, const cJSON *value, void *target)
{
    (void)target;
    int64_t max_offers;
    if (!reading_integer(reading, value, 1, LIMIT_MAX_OFFERS, &max_offers)) {
        return false;
    }
    reading->set->max_offers = (uint32_t)max_offers;
    return true;
}

bool settings_json_read(struct reading *reading, const cJSON *document)
{
    static const struct field fields[] = {{"groups", false, read_groups}, {"max_offers", false, read_max_offers}};
    return reading_object(reading, document, fields, sizeof(fields) / sizeof(fields[0]), NULL);
}
