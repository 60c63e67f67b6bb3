#include "policy/policy_json.h"

#include <stdlib.h>

#include "policy/utf8.h"

static bool is_id_byte(char byte, bool is_first)
{
    bool is_alphanumeric = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
    return is_alphanumeric || (!is_first && (byte == '.' || byte == '_' || byte == '-'));
}

static bool read_id(struct reading *reading, const cJSON *value, void *target)
{
    struct slice id;
    if (!reading_name(reading, value, &id)) {
        return false;
    }
    for (uint32_t i = 0; i < id.length; i++) {
        if (!is_id_byte(id.at[i], i == 0)) {
            return reading_problem(reading, "does not match [a-z0-9][a-z0-9._-]{0,63}");
        }
    }
    ((struct policy *)target)->id = id;
    return true;
}

static bool read_title(struct reading *reading, const cJSON *value, void *target)
{
    struct slice title;
    if (!reading_string(reading, value, 0, LIMIT_TITLE_CHARACTERS * 4, &title)) {
        return false;
    }
    if (utf8_count(title) > LIMIT_TITLE_CHARACTERS) {
        return reading_problem(reading, "has more than %d characters", LIMIT_TITLE_CHARACTERS);
    }
    ((struct policy *)target)->title = title;
    return true;
}

static bool read_state(struct reading *reading, const cJSON *value, void *target)
{
    static const char *const words[] = {"active", "paused"};
    size_t index;
    if (!reading_word(reading, value, words, 2, &index)) {
        return false;
    }
    ((struct policy *)target)->is_paused = index == 1;
    return true;
}

/* Lists of interned names: interfaces and AOI codes */

static bool read_interface(struct reading *reading, const cJSON *value, uint32_t index, void *target)
{
    uint32_t *numbers = target;
    struct names *interfaces = &reading->set->interfaces;
    if (!reading_interned(reading, value, interfaces, &numbers[index])) {
        return false;
    }
    return interfaces->count <= LIMIT_INTERFACES ||
           reading_problem(reading, "is one interface name too many: the set has more than %d", LIMIT_INTERFACES);
}

static bool read_interfaces(struct reading *reading, const cJSON *value, void *target)
{
    struct policy *policy = target;
    size_t count = cJSON_IsArray(value) ? (size_t)cJSON_GetArraySize(value) : 0;
    policy->interfaces = reading_allocate(reading, count, sizeof(*policy->interfaces));
    if (policy->interfaces == NULL) {
        return false;
    }
    policy->has_interfaces = true;
    policy->interface_count = (uint32_t)count;
    return reading_list(reading, value, 1, DOCUMENTS_COUNT_MAX, read_interface, policy->interfaces);
}

/* Notes that this list names the code; false when it did before. A mark is the number of the list that named it last:
   one comparison a code, whatever the lists' lengths. */
static bool mark_aoi(struct reading *reading, uint32_t aoi)
{
    if (aoi >= reading->aoi_mark_count) {
        uint32_t count = reading->set->aois.capacity;
        uint32_t *marks = realloc(reading->aoi_marks, count * sizeof(*marks));
        if (marks == NULL) {
            return reading_out_of_memory(reading);
        }
        memset(marks + reading->aoi_mark_count, 0, (count - reading->aoi_mark_count) * sizeof(*marks));
        reading->aoi_marks = marks;
        reading->aoi_mark_count = count;
    }
    if (reading->aoi_marks[aoi] == reading->aoi_list) {
        return reading_problem(reading, "occurs more than once in the list");
    }
    reading->aoi_marks[aoi] = reading->aoi_list;
    return true;
}

static bool read_aoi(struct reading *reading, const cJSON *value, uint32_t index, void *target)
{
    uint32_t *numbers = target;
    if (cJSON_IsString(value) && strchr(value->valuestring, ' ') != NULL) {
        return reading_problem(reading, "has a space");
    }
    return reading_interned(reading, value, &reading->set->aois, &numbers[index]) && mark_aoi(reading, numbers[index]);
}

static bool read_codes(struct reading *reading, const cJSON *value, uint32_t **ret_aois, uint32_t *ret_count)
{
    size_t count = cJSON_IsArray(value) ? (size_t)cJSON_GetArraySize(value) : 0;
    uint32_t *aois = reading_allocate(reading, count, sizeof(*aois));
    if (aois == NULL) {
        return false;
    }
    reading->aoi_list++;
    *ret_aois = aois;
    *ret_count = (uint32_t)count;
    return reading_list(reading, value, 0, LIMIT_AOIS, read_aoi, aois);
}

/* Scope */

static bool read_scope_type(struct reading *reading, const cJSON *value, void *target)
{
    static const char *const words[] = {"aoi", "all"};
    size_t index;
    if (!reading_word(reading, value, words, 2, &index)) {
        return false;
    }
    ((struct policy *)target)->is_for_all = index == 1;
    return true;
}

static bool read_aois(struct reading *reading, const cJSON *value, void *target)
{
    struct policy *policy = target;
    return read_codes(reading, value, &policy->aois, &policy->aoi_count);
}

static bool read_exclude(struct reading *reading, const cJSON *value, void *target)
{
    struct policy *policy = target;
    return read_codes(reading, value, &policy->excluded, &policy->excluded_count);
}

static bool read_scope(struct reading *reading, const cJSON *value, void *target)
{
    static const struct field fields[] = {
        {"type", true, read_scope_type},
        {"aois", false, read_aois},
        {"exclude", false, read_exclude},
    };
    bool is_well = reading_object(reading, value, fields, sizeof(fields) / sizeof(fields[0]), target);
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(value, "type");
    const cJSON *aois = cJSON_GetObjectItemCaseSensitive(value, "aois");
    if (cJSON_IsString(type) && strcmp(type->valuestring, "aoi") == 0 && aois == NULL) {
        return reading_problem(reading, "of type \"aoi\" needs `aois`");
    }
    if (cJSON_IsString(type) && strcmp(type->valuestring, "all") == 0 && aois != NULL) {
        return reading_problem(reading, "of type \"all\" has no `aois`");
    }
    return is_well;
}

/* What it gives and how */

static bool read_schedule(struct reading *reading, const cJSON *value, void *target)
{
    return schedule_json_read(reading, value, &((struct policy *)target)->schedule);
}

static bool read_rollout(struct reading *reading, const cJSON *value, void *target)
{
    return rollout_json_read(reading, value, &((struct policy *)target)->rollout);
}

static bool read_experiment(struct reading *reading, const cJSON *value, void *target)
{
    return experiment_json_read(reading, value, &((struct policy *)target)->experiment);
}

static bool read_offer(struct reading *reading, const cJSON *value, void *target)
{
    struct policy *policy = target;
    policy->offer = reading_allocate(reading, 1, sizeof(*policy->offer));
    return policy->offer != NULL && offer_json_read(reading, value, policy->offer);
}

static bool read_group(struct reading *reading, const cJSON *value, void *target)
{
    return reading_interned(reading, value, &reading->set->groups, &((struct policy *)target)->group);
}

static bool read_priority(struct reading *reading, const cJSON *value, void *target)
{
    int64_t priority;
    if (!reading_integer(reading, value, -LIMIT_PRIORITY, LIMIT_PRIORITY, &priority)) {
        return false;
    }
    ((struct policy *)target)->priority = (int32_t)priority;
    return true;
}

static bool read_exclusive(struct reading *reading, const cJSON *value, void *target)
{
    return reading_boolean(reading, value, &((struct policy *)target)->is_exclusive);
}

bool policy_json_read(struct reading *reading, const cJSON *document, struct policy *policy)
{
    static const struct field fields[] = {
        {"id", true, read_id},
        {"name", false, read_title},
        {"state", false, read_state},
        {"interfaces", false, read_interfaces},
        {"scope", true, read_scope},
        {"schedule", false, read_schedule},
        {"conditions", false, conditions_json_read},
        {"rollout", false, read_rollout},
        {"experiment", false, read_experiment},
        {"offer", false, read_offer},
        {"group", false, read_group},
        {"priority", false, read_priority},
        {"exclusive", false, read_exclusive},
    };
    policy->schedule = schedule_always();
    policy->group = NO_NUMBER;
    bool is_well = reading_object(reading, document, fields, sizeof(fields) / sizeof(fields[0]), policy);
    bool has_offer = cJSON_GetObjectItemCaseSensitive(document, "offer") != NULL;
    bool has_experiment = cJSON_GetObjectItemCaseSensitive(document, "experiment") != NULL;
    if (cJSON_IsObject(document) && has_offer == has_experiment) {
        return reading_problem(reading, "needs exactly one of `offer` and `experiment`");
    }
    return is_well;
}
