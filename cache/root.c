#include "cache/root.h"

#include <inttypes.h>

#include "cache/manifest.h"
#include "policy/json_reader.h"
#include "policy/limits.h"
#include "policy/rfc3339.h"

void root_append(struct text *text, const struct root *root)
{
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_to_hex(&root->manifest.digest, hex);
    text_append_format(text, "{\"format\":%d,\"release\":%" PRIu64 ",\"manifest\":\"%s\"", ROOT_FORMAT, root->release,
                       hex);
    if (root->manifest.level != 0) {
        text_append_format(text, ",\"level\":%u", root->manifest.level);
    }
    text_append_format(text, ",\"length\":%" PRIu32 ",\"policies\":%" PRIu32 ",\"bytes\":%" PRIu64 ",\"at\":%" PRId64,
                       root->manifest.length, root->policies, root->document_bytes, root->published_at_s);
    if (root->rollback_of != 0) {
        text_append_format(text, ",\"rollback_of\":%" PRIu64, root->rollback_of);
    }
    text_append(text, root->is_forced ? SLICE(",\"forced\":true}") : SLICE("}"));
}

enum member {
    FORMAT,
    RELEASE,
    MANIFEST,
    LENGTH,
    POLICIES,
    BYTES,
    AT,
    MEMBERS_REQUIRED,
    LEVEL = MEMBERS_REQUIRED,
    ROLLBACK_OF,
    FORCED,
    MEMBER_COUNT,
};

struct draft {
    int64_t integers[MEMBER_COUNT];
    uint32_t seen; /* bit m: member m */
    struct digest manifest;
    bool is_forced;
};

static const char *const names[MEMBER_COUNT] = {
    [FORMAT] = "format",           [RELEASE] = "release",   [MANIFEST] = "manifest", [LEVEL] = "level",
    [LENGTH] = "length",           [POLICIES] = "policies", [BYTES] = "bytes",       [AT] = "at",
    [ROLLBACK_OF] = "rollback_of", [FORCED] = "forced",
};

static enum member member_of(struct slice name)
{
    enum member member = FORMAT;
    while (member < MEMBER_COUNT && !slice_equals(name, slice_of(names[member]))) {
        member++;
    }
    return member;
}

/* What is an integer, and in which range. */
static bool is_in_range(enum member member, int64_t value)
{
    const struct {
        int64_t least, most;
    } ranges[MEMBER_COUNT] = {
        [FORMAT] = {INT64_MIN, INT64_MAX},     [RELEASE] = {1, limit_integer - 1},
        [LEVEL] = {0, PIECE_LEVEL_MAX},        [LENGTH] = {0, manifest_bytes_max},
        [POLICIES] = {0, DOCUMENTS_COUNT_MAX}, [BYTES] = {0, (int64_t)documents_bytes_max},
        [AT] = {0, rfc3339_time_max_s},        [ROLLBACK_OF] = {1, limit_integer - 1},
    };
    return value >= ranges[member].least && value <= ranges[member].most;
}

static const char *read_member(struct json_reader *reader, enum json_token token, enum member member,
                               struct draft *draft)
{
    if (member == MANIFEST) {
        bool is_hex = token == JSON_STRING && digest_from_hex(reader->string, &draft->manifest);
        return is_hex ? NULL : "has a manifest that is not 32 lower-case hexadecimal digits";
    }
    if (member == FORCED) {
        draft->is_forced = token == JSON_TRUE;
        return token == JSON_TRUE || token == JSON_FALSE ? NULL : "has a forced that is neither true nor false";
    }
    if (token != JSON_INTEGER || !is_in_range(member, reader->integer)) {
        return "has a number out of its range";
    }
    draft->integers[member] = reader->integer;
    return NULL;
}

/* The first fault of a member, which is no reason yet: of another format everything may differ. NULL: none. */
static const char *read_members(struct json_reader *reader, struct draft *draft)
{
    const char *fault = NULL;
    while (json_reader_next(reader) == JSON_NAME) {
        enum member member = member_of(reader->string);
        enum json_token token = json_reader_next(reader);
        if (member < MEMBER_COUNT && (draft->seen & 1u << member) != 0) {
            fault = fault == NULL ? "has a member twice" : fault;
        } else if (member < MEMBER_COUNT) {
            draft->seen |= 1u << member;
            const char *found = read_member(reader, token, member, draft);
            fault = fault == NULL ? found : fault;
        }
        json_reader_skip(reader, token);
    }
    return fault;
}

/* Why the draft is no root; NULL: it is one. */
static const char *fault_of(const struct draft *draft, const char *fault_of_members)
{
    if (draft->integers[FORMAT] != ROOT_FORMAT) {
        return "has a format that this program does not know: it knows 1";
    }
    if (fault_of_members != NULL) {
        return fault_of_members;
    }
    if ((~draft->seen & ((1u << MEMBERS_REQUIRED) - 1)) != 0) {
        return "lacks a member";
    }
    if ((draft->seen & 1u << ROLLBACK_OF) != 0 && draft->integers[ROLLBACK_OF] >= draft->integers[RELEASE]) {
        return "is a rollback to a release that is not older";
    }
    return NULL;
}

static struct root root_of(const struct draft *draft)
{
    return (struct root){
        .release = (uint64_t)draft->integers[RELEASE],
        .manifest = {.digest = draft->manifest,
                     .length = (uint32_t)draft->integers[LENGTH],
                     .level = (uint8_t)draft->integers[LEVEL]},
        .policies = (uint32_t)draft->integers[POLICIES],
        .document_bytes = (uint64_t)draft->integers[BYTES],
        .published_at_s = draft->integers[AT],
        .rollback_of = (uint64_t)draft->integers[ROLLBACK_OF],
        .is_forced = draft->is_forced,
    };
}

static bool fail(const char *reason, const char **ret_reason)
{
    *ret_reason = reason;
    return false;
}

bool root_decode(struct slice json, struct root *ret_root, const char **ret_reason)
{
    if (json.length > ROOT_BYTES_MAX) {
        return fail("is larger than 512 bytes", ret_reason);
    }
    char bytes[ROOT_BYTES_MAX]; /* the reader writes to its input */
    if (json.length > 0) {
        memcpy(bytes, json.at, json.length);
    }
    struct json_reader reader;
    struct draft draft = {.integers[FORMAT] = ROOT_FORMAT}; /* until it says otherwise */
    json_reader_init(&reader, bytes, json.length);
    bool is_object = json_reader_next(&reader) == JSON_OBJECT_BEGIN;
    const char *fault_of_members = is_object ? read_members(&reader, &draft) : NULL;
    if (!is_object || reader.error != NULL || json_reader_next(&reader) != JSON_END) {
        return fail("is no JSON object", ret_reason);
    }
    const char *fault = fault_of(&draft, fault_of_members);
    if (fault != NULL) {
        return fail(fault, ret_reason);
    }
    struct root root = root_of(&draft);
    if (!piece_can_be(&root.manifest)) {
        return fail("has a manifest of an impossible length or level", ret_reason);
    }
    *ret_root = root;
    return true;
}
