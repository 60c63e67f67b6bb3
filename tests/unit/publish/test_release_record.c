#include "publish/release_record.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#define ROOT                                                                                                           \
    "{\"format\":1,\"release\":43,\"manifest\":\"00112233445566778899aabbccddeeff\",\"length\":99,"                    \
    "\"policies\":14,\"bytes\":81234,\"at\":1771000000}"

static struct text text;
static struct release_record record;
static const char *reason;

static void set_up(void)
{
    text_init(&text, 4096);
}

static void tear_down(void)
{
    text_clear(&text);
}

TestSuite(release_record, .init = set_up, .fini = tear_down);

static bool decodes(const char *json)
{
    reason = "";
    return release_record_decode(slice_of(json), &record, &reason);
}

static const char *written(void)
{
    release_record_append(&text, &record);
    text_append_byte(&text, '\0');
    return text.bytes;
}

Test(release_record, what_is_written_is_what_was_read)
{
    const char *json = "{\"root\":" ROOT ",\"author\":\"ann\",\"note\":\"say \\\"hi\\\" \\\\ 午\"}";
    cr_assert(decodes(json));
    cr_expect(eq(u64, record.root.release, 43));
    cr_expect(eq(str, record.author, "ann"));
    cr_expect(eq(str, record.note, "say \"hi\" \\ 午"));
    cr_assert(eq(str, (char *)written(), (char *)json));
}

Test(release_record, members_come_in_any_order_with_others_between)
{
    cr_assert(decodes(" { \"x\" : [1,{\"root\":2}], \"note\":\"\",\"author\":\"\\u0061nn\", \"root\" : " ROOT " } "));
    cr_expect(eq(str, record.author, "ann"));
    cr_expect(eq(u64, record.root.release, 43));
}

Test(release_record, escapes_before_the_root_do_not_move_it)
{
    cr_assert(decodes("{\"author\":\"\\u0061\\u0062\",\"note\":\"\\n\",\"root\":" ROOT "}") == false);
    cr_assert(decodes("{\"author\":\"\\u0061\\u0062\",\"note\":\"\\u00e9\",\"root\":" ROOT "}"));
    cr_expect(eq(u64, record.root.document_bytes, 81234));
}

Test(release_record, a_root_that_cannot_be_read_says_why)
{
    cr_assert(not(decodes("{\"root\":{\"format\":2},\"author\":\"\",\"note\":\"\"}")));
    cr_assert(eq(str, (char *)reason, "has a format that this program does not know: it knows 1"));
}

Test(release_record, each_member_is_needed_once)
{
    cr_expect(not(decodes("{\"root\":" ROOT ",\"author\":\"\"}")));
    cr_expect(not(decodes("{\"root\":" ROOT ",\"note\":\"\"}")));
    cr_expect(not(decodes("{\"author\":\"\",\"note\":\"\"}")));
    cr_expect(not(decodes("{\"root\":" ROOT ",\"author\":\"\",\"note\":\"\",\"note\":\"\"}")));
}

Test(release_record, what_is_no_record_is_refused)
{
    static const char *const jsons[] = {"",
                                        "[]",
                                        "1",
                                        "{",
                                        "{\"root\":[],\"author\":\"\",\"note\":\"\"}",
                                        "{\"root\":" ROOT ",\"author\":1,\"note\":\"\"}",
                                        "{\"root\":" ROOT ",\"author\":\"\",\"note\":null}",
                                        "{\"root\":" ROOT ",\"author\":\"\",\"note\":\"\"}x",
                                        "{\"root\":" ROOT ",\"author\":\"\",\"note\":\"\"",
                                        "{\"root\":" ROOT ",\"author\":\"\\u001b[2J\",\"note\":\"\"}",
                                        "{\"root\":{\"format\":1"};
    for (size_t i = 0; i < sizeof(jsons) / sizeof(jsons[0]); i++) {
        cr_expect(not(decodes(jsons[i])), "%s", jsons[i]);
    }
}

Test(release_record, words_have_their_ceilings)
{
    char words[RELEASE_NOTE_BYTES_MAX + 1];
    memset(words, 'n', sizeof(words));
    cr_expect(release_record_may_say((struct slice){words, RELEASE_NOTE_BYTES_MAX}, RELEASE_NOTE_BYTES_MAX));
    cr_expect(not(release_record_may_say((struct slice){words, RELEASE_NOTE_BYTES_MAX + 1}, RELEASE_NOTE_BYTES_MAX)));
    cr_expect(not(release_record_may_say(SLICE("a\tb"), 10)));
    cr_expect(not(release_record_may_say(SLICE("a\xff"), 10)));
    cr_expect(not(release_record_may_say(SLICE("\xc2\x85"), 10)));
}

Test(release_record, the_largest_record_fits_its_ceiling)
{
    record = (struct release_record){.root = {.release = (UINT64_C(1) << 53) - 1,
                                              .manifest = {.length = UINT32_MAX, .level = 8},
                                              .policies = UINT32_MAX,
                                              .document_bytes = UINT64_C(1) << 30,
                                              .published_at_s = INT64_C(253402300799),
                                              .rollback_of = (UINT64_C(1) << 53) - 2,
                                              .is_forced = true}};
    memset(record.author, '"', RELEASE_AUTHOR_BYTES_MAX);
    memset(record.note, '\\', RELEASE_NOTE_BYTES_MAX);
    release_record_append(&text, &record);
    cr_assert(le(sz, text.length, RELEASE_RECORD_BYTES_MAX));
}

Test(release_record, a_record_past_the_ceiling_is_refused)
{
    char json[RELEASE_RECORD_BYTES_MAX + 2];
    snprintf(json, sizeof(json), "%-*s", RELEASE_RECORD_BYTES_MAX, "{\"root\":" ROOT ",\"author\":\"\",\"note\":\"\"}");
    cr_expect(decodes(json));
    snprintf(json, sizeof(json), "%-*s", RELEASE_RECORD_BYTES_MAX + 1,
             "{\"root\":" ROOT ",\"author\":\"\",\"note\":\"\"}");
    cr_expect(not(decodes(json)));
}
