#include "cache/root.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(root, .timeout = 60);

#define HEX "0123456789abcdef0123456789abcdef"
#define PLAIN(release, rest)                                                                                           \
    "{\"format\":1,\"release\":" release ",\"manifest\":\"" HEX                                                        \
    "\",\"length\":1019,\"policies\":14,\"bytes\":81234,\"at\":1771000000" rest "}"

/* NULL: it is a root. */
static const char *refusal(const char *json)
{
    size_t length = strlen(json);
    char *exact = malloc(length > 0 ? length : 1); /* AddressSanitizer watches its end */
    memcpy(exact, json, length);
    struct root root;
    const char *reason = NULL;
    bool is_root = root_decode((struct slice){.at = exact, .length = (uint32_t)length}, &root, &reason);
    cr_expect(is_root || reason != NULL);
    free(exact);
    return is_root ? NULL : reason;
}

static bool round_trips(const struct root *root, const char *expected)
{
    struct text text;
    struct root back;
    const char *reason = NULL;
    text_init(&text, ROOT_BYTES_MAX);
    root_append(&text, root);
    cr_expect_not(text.failed);
    cr_expect(slice_equals(text_slice(&text), slice_of(expected)), "%.*s", (int)text.length, text.bytes);
    bool is_root = root_decode(text_slice(&text), &back, &reason);
    cr_expect(is_root, "%s", reason);
    text_clear(&text);
    return is_root && back.release == root->release && digest_equals(&back.manifest.digest, &root->manifest.digest) &&
           back.manifest.level == root->manifest.level && back.manifest.length == root->manifest.length &&
           back.policies == root->policies && back.document_bytes == root->document_bytes &&
           back.published_at_s == root->published_at_s && back.rollback_of == root->rollback_of &&
           back.is_forced == root->is_forced;
}

Test(root, comes_back_as_it_was_written)
{
    struct root root = {.release = 42,
                        .manifest = {.length = 1019},
                        .policies = 14,
                        .document_bytes = 81234,
                        .published_at_s = 1771000000};
    cr_assert(digest_from_hex(SLICE(HEX), &root.manifest.digest));
    cr_expect(round_trips(&root, PLAIN("42", "")));
    root.rollback_of = 40;
    cr_expect(round_trips(&root, PLAIN("42", ",\"rollback_of\":40")));
    root.is_forced = true;
    cr_expect(round_trips(&root, PLAIN("42", ",\"rollback_of\":40,\"forced\":true")));
    root.rollback_of = 0;
    cr_expect(round_trips(&root, PLAIN("42", ",\"forced\":true")));
}

Test(root, the_largest_fits)
{
    struct root root = {.release = (UINT64_C(1) << 53) - 1,
                        .manifest = {.length = 27700000, .level = 8},
                        .policies = 100000,
                        .document_bytes = UINT64_C(1) << 30,
                        .published_at_s = INT64_C(253402300799),
                        .rollback_of = (UINT64_C(1) << 53) - 2,
                        .is_forced = true};
    cr_expect(round_trips(
        &root, "{\"format\":1,\"release\":9007199254740991,\"manifest\":\"00000000000000000000000000000000\","
               "\"level\":8,\"length\":27700000,\"policies\":100000,\"bytes\":1073741824,\"at\":253402300799,"
               "\"rollback_of\":9007199254740990,\"forced\":true}"));
}

Test(root, members_that_it_does_not_know_are_ignored)
{
    cr_expect(refusal(PLAIN("1", ",\"x\":1,\"x\":2")) == NULL);
    cr_expect(refusal(PLAIN("1", ",\"x\":{\"release\":[1,{\"format\":2}],\"y\":null},\"z\":[[],\"a\",1.5e3,true]")) ==
              NULL);
    cr_expect(refusal(PLAIN("1", ",\"forced\":false")) == NULL);
    cr_expect(refusal(" \n" PLAIN("1", " ") "\t\r\n") == NULL, "white space is JSON's");
}

Test(root, another_format_is_told_whatever_else_is_wrong)
{
    static const char reason[] = "has a format that this program does not know: it knows 1";
    cr_expect_str_eq(refusal("{\"format\":2}"), reason);
    cr_expect_str_eq(refusal("{\"format\":0}"), reason);
    cr_expect_str_eq(refusal("{\"format\":-9223372036854775808}"), reason);
    cr_expect_str_eq(refusal("{\"manifest\":[1,2],\"release\":\"a\",\"format\":2,\"level\":{\"a\":1}}"), reason);
}

Test(root, a_wrong_root_is_refused_with_its_reason)
{
    static const struct {
        const char *json, *reason;
    } rows[] = {
        {"", "is no JSON object"},
        {"null", "is no JSON object"},
        {"[]", "is no JSON object"},
        {"{\"format\":1", "is no JSON object"},
        {PLAIN("1", "") "x", "is no JSON object"},
        {PLAIN("1", ",\"x\":[}"), "is no JSON object"},
        {PLAIN("01", ""), "is no JSON object"},
        {"{}", "lacks a member"},
        {"{\"format\":\"1\"}", "has a number out of its range"},
        {"{\"format\":1}", "lacks a member"},
        {PLAIN("1", ",\"release\":1"), "has a member twice"},
        {PLAIN("1", ",\"format\":1"), "has a member twice"},
        {PLAIN("1", ",\"rel\\u0065ase\":1"), "has a member twice"},
        {PLAIN("2", ",\"rollback_of\":1,\"rollback_of\":1"), "has a member twice"},
        {PLAIN("0", ""), "has a number out of its range"},
        {PLAIN("-1", ""), "has a number out of its range"},
        {PLAIN("9007199254740992", ""), "has a number out of its range"},
        {PLAIN("99999999999999999999", ""), "has a number out of its range"},
        {PLAIN("1.0", ""), "has a number out of its range"},
        {PLAIN("1e0", ""), "has a number out of its range"},
        {PLAIN("\"1\"", ""), "has a number out of its range"},
        {PLAIN("true", ""), "has a number out of its range"},
        {PLAIN("[1]", ""), "has a number out of its range"},
        {PLAIN("2", ",\"rollback_of\":0"), "has a number out of its range"},
        {PLAIN("2", ",\"rollback_of\":2"), "is a rollback to a release that is not older"},
        {PLAIN("2", ",\"rollback_of\":3"), "is a rollback to a release that is not older"},
        {PLAIN("2", ",\"forced\":1"), "has a forced that is neither true nor false"},
        {PLAIN("2", ",\"forced\":null"), "has a forced that is neither true nor false"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *reason = refusal(rows[i].json);
        cr_expect_str_eq(reason == NULL ? "none" : reason, rows[i].reason, "row %zu: %s", i, rows[i].json);
    }
}

/* PLAIN with other words in place of some of its own. */
static const char *with(const char *words, const char *others)
{
    static char json[1024];
    static const char plain[] = PLAIN("1", "");
    const char *at = strstr(plain, words);
    cr_assert(at != NULL);
    snprintf(json, sizeof(json), "%.*s%s%s", (int)(at - plain), plain, others, at + strlen(words));
    return json;
}

Test(root, every_number_has_its_range)
{
    static const struct {
        const char *words, *others;
        bool is_root;
    } rows[] = {
        {"\"length\":1019", "\"level\":8,\"length\":256", true},
        {"\"length\":1019", "\"level\":9,\"length\":1019", false},
        {"\"length\":1019", "\"level\":-1,\"length\":1019", false},
        {"\"length\":1019", "\"length\":8191", true},
        {"\"length\":1019", "\"length\":8192", false},
        {"\"length\":1019", "\"level\":2,\"length\":27700000", true},
        {"\"length\":1019", "\"level\":2,\"length\":27700001", false},
        {"\"policies\":14", "\"policies\":100000", true},
        {"\"policies\":14", "\"policies\":100001", false},
        {"\"bytes\":81234", "\"bytes\":1073741824", true},
        {"\"bytes\":81234", "\"bytes\":1073741825", false},
        {"\"at\":1771000000", "\"at\":0", true},
        {"\"at\":1771000000", "\"at\":-1", false},
        {"\"at\":1771000000", "\"at\":253402300800", false},
        {"\"manifest\":\"0", "\"manifest\":\"", false},
        {"\"manifest\":\"0", "\"manifest\":\"00", false},
        {"\"manifest\":\"0", "\"manifest\":\"A", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *reason = refusal(with(rows[i].words, rows[i].others));
        cr_expect_eq(reason == NULL, rows[i].is_root, "row %zu: %s", i, reason == NULL ? "" : reason);
    }
}

Test(root, every_member_but_three_is_required)
{
    static const char *const members[] = {"format", "release", "manifest", "length", "policies", "bytes", "at"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        char name[16];
        snprintf(name, sizeof(name), "\"%s\"", members[i]);
        cr_expect_str_eq(refusal(with(name, "\"unknown\"")), "lacks a member", "%s", members[i]);
    }
}

Test(root, is_of_512_bytes_at_most)
{
    char json[ROOT_BYTES_MAX + 2];
    memset(json, ' ', sizeof(json));
    json[ROOT_BYTES_MAX + 1] = '\0';
    memcpy(json, PLAIN("1", ""), strlen(PLAIN("1", "")));
    cr_expect_str_eq(refusal(json), "is larger than 512 bytes");
    json[ROOT_BYTES_MAX] = '\0';
    cr_expect(refusal(json) == NULL);
}
