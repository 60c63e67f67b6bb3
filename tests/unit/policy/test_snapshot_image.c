#include "policy/snapshot_image.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "images.h"
#include "policy/compiled.h"
#include "support.h"

static void expect_same_decision(const struct snapshot *a, const struct snapshot *b, const char *json, int64_t now_s)
{
    char *bytes;
    struct context *context = images_context(json, &bytes);
    struct text first, second;
    text_init(&first, IMAGE_BYTES_MAX);
    text_init(&second, IMAGE_BYTES_MAX);
    images_append_decision(&first, a, context, now_s);
    images_append_decision(&second, b, context, now_s);
    cr_assert(slice_equals(text_slice(&first), text_slice(&second)), "%s at %lld", json, (long long)now_s);
    text_clear(&first);
    text_clear(&second);
    free(context);
    free(bytes);
}

/* Random sets and contexts: small universes, so that every rule comes up */

static uint64_t state;

static unsigned random_below(unsigned count)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % count;
}

#define ONE_OF(...)                                                                                                    \
    __extension__({                                                                                                    \
        static const char *const texts_[] = {__VA_ARGS__};                                                             \
        texts_[random_below(sizeof(texts_) / sizeof(texts_[0]))];                                                      \
    })

static const char *random_offer(void)
{
    return ONE_OF("{'coupon':'C1','kind':'amount_off','tiers':[{'reach':100,'off':30},{'reach':5000,'off':800}]}",
                  "{'coupon':'C2','kind':'percent_off','bp':1500,'cap':700}",
                  "{'coupon':'C3','kind':'fixed_price','price':900}",
                  "{'coupon':'C4','kind':'free_delivery','cap':400}", "{'coupon':'C5','kind':'coupon'}");
}

static const char *random_gift(void)
{
    if (random_below(2) == 0) {
        return format("'offer':%s", random_offer());
    }
    unsigned share = random_below(10001);
    return format("'experiment':{'salt':'s%u','unit':'%s'%s,'variants':[{'name':'a','weight':%u,'offer':%s},"
                  "{'name':'b','weight':%u,'offer':%s}]}",
                  random_below(3), ONE_OF("user_id", "aoi"), ONE_OF("", ",'layer':{'salt':'L','from':0,'to':5000}"),
                  share, ONE_OF("null", "{'coupon':'C6','kind':'coupon'}"), 10000 - share, random_offer());
}

static const char *random_members(void)
{
    return format("%s%s%s%s%s%s",
                  ONE_OF("", "", "", ",'interfaces':['cart','app']", ",'interfaces':['checkout']", ",'state':'paused'"),
                  ONE_OF("", ",'schedule':{'from':'2026-02-12T00:00:00Z','to':'2026-02-16T00:00:00Z'}",
                         ",'schedule':{'utc_offset':'+08:00','windows':[{'from':'22:00','to':'03:00'},"
                         "{'days':[1,4],'from':'10:30','to':'24:00'}]}"),
                  ONE_OF("", "", ",'conditions':[{'attr':'tier','op':'in','value':['gold','silver',5,true]}]",
                         ",'conditions':[{'attr':'tier','op':'ne','value':'gold'}]",
                         ",'conditions':[{'attr':'vip','op':'exists','value':false}]",
                         ",'conditions':[{'attr':'amount','op':'gte','value':1000},"
                         "{'attr':'interface','op':'not_in','value':['app']},{'attr':'vip','op':'eq','value':true}]"),
                  ONE_OF("", "", ",'rollout':{'salt':'r','share':6000}",
                         ",'rollout':{'salt':'r','steps':[{'from':'2026-02-12T00:00:00Z','share':2000},"
                         "{'from':'2026-02-14T00:00:00Z','share':9000}]}"),
                  ONE_OF("", ",'group':'g'", ",'group':'h'", ",'group':'i'"), ONE_OF("", "", "", ",'exclusive':true"));
}

static const char *random_scope(void)
{
    const char *exclude = random_below(3) > 0 ? "" : format(",'exclude':['A%u']", random_below(6));
    if (random_below(3) == 0) {
        return format("{'type':'all'%s}", exclude);
    }
    unsigned first = random_below(4);
    return format("{'type':'aoi','aois':['A%u','A%u']%s}", first, first + 1 + random_below(3), exclude);
}

enum { SET_POLICIES_MAX = 24 };

static struct snapshot *random_snapshot(void)
{
    struct file files[SET_POLICIES_MAX + 2] = {
        {"settings.json", format("{'groups':[{'name':'g','pick':'best'},{'name':'h','pick':'first'}],'max_offers':%u}",
                                 1 + random_below(6))}};
    unsigned count = random_below(SET_POLICIES_MAX + 1);
    for (unsigned i = 0; i < count; i++) {
        const char *policy = format("{'id':'p%u','scope':%s,%s%s,'priority':%u}", i, random_scope(), random_gift(),
                                    random_members(), random_below(5));
        files[i + 1] = (struct file){format("%u.json", i), policy};
    }
    return snapshot_of(files);
}

static const char *random_context(void)
{
    return json_of(
        format("{'user_id':'u%u','aoi':['A%u','A%u'],'amount':%u,'delivery_fee':%u,'interface':'%s'%s}",
               random_below(50), random_below(3), 3 + random_below(4), random_below(9000), random_below(2) * 500,
               ONE_OF("checkout", "cart", "app", "other"),
               ONE_OF("", ",'attributes':{'tier':'gold','vip':true}", ",'attributes':{'tier':['x','silver']}",
                      ",'attributes':{'tier':5,'vip':false,'more':1}")));
}

static int64_t random_time(void)
{
    return 1770768000 + (int64_t)random_below(8 * 24 * 60) * 60; /* 2026-02-11 and a week on */
}

Test(snapshot_image, a_restored_snapshot_decides_as_its_original)
{
    state = 20260212;
    for (unsigned set = 0; set < 60; set++) {
        struct snapshot *snapshot = random_snapshot(), *restored = images_restore(snapshot);
        for (unsigned i = 0; i < 50; i++) {
            expect_same_decision(snapshot, restored, random_context(), random_time());
        }
        snapshot_free(snapshot);
        snapshot_free(restored);
    }
}

Test(snapshot_image, a_restored_snapshot_decides_when_its_original_is_gone)
{
    struct snapshot *snapshot = snapshot_of(FILES({"a.json", POLICY("a", "")})), *restored = images_restore(snapshot);
    snapshot_free(snapshot);
    char *bytes;
    struct context *context = images_context("{\"user_id\":\"u\",\"aoi\":\"A\",\"amount\":1}", &bytes);
    struct text decision;
    text_init(&decision, IMAGE_BYTES_MAX);
    images_append_decision(&decision, restored, context, 0);
    text_append_byte(&decision, '\0');
    cr_expect_not_null(strstr(decision.bytes, "\"offers\":[{\"policy\":\"a\""), "%s", decision.bytes);
    text_clear(&decision);
    snapshot_free(restored);
    free(context);
    free(bytes);
}

Test(snapshot_image, an_empty_set_has_an_image_too)
{
    struct snapshot *snapshot = snapshot_of(FILES({"settings.json", "{}"})), *restored = images_restore(snapshot);
    expect_same_decision(snapshot, restored, "{\"user_id\":\"u\",\"aoi\":\"A\",\"amount\":1}", 0);
    snapshot_free(snapshot);
    snapshot_free(restored);
}

Test(snapshot_image, it_keeps_the_facts_but_the_bytes)
{
    state = 7;
    struct snapshot *snapshot = random_snapshot(), *restored = images_restore(snapshot);
    struct snapshot_facts before = snapshot_facts(snapshot), after = snapshot_facts(restored);
    cr_expect_eq(after.release, before.release);
    cr_expect_eq(after.policies, before.policies);
    cr_expect_eq(after.aois, before.aois);
    cr_expect_eq(after.pairs, before.pairs);
    cr_expect_eq(after.candidates_max, before.candidates_max);
    cr_expect_eq(after.string_bytes, before.string_bytes);
    cr_expect(after.bytes > after.string_bytes && after.bytes <= before.bytes);
    snapshot_free(snapshot);
    snapshot_free(restored);
}

static void expect_same_image(const struct snapshot *a, const struct snapshot *b)
{
    struct text first = images_make(a), second = images_make(b);
    cr_expect(slice_equals(text_slice(&first), text_slice(&second)));
    text_clear(&first);
    text_clear(&second);
}

Test(snapshot_image, the_same_documents_and_the_image_itself_give_the_same_bytes)
{
    for (unsigned seed = 1; seed <= 20; seed++) {
        state = seed;
        struct snapshot *snapshot = random_snapshot(), *restored = images_restore(snapshot);
        state = seed;
        struct snapshot *again = random_snapshot();
        expect_same_image(snapshot, again);
        expect_same_image(snapshot, restored);
        snapshot_free(snapshot);
        snapshot_free(restored);
        snapshot_free(again);
    }
}

Test(snapshot_image, it_may_stand_behind_other_text)
{
    struct snapshot *snapshot = snapshot_of(FILES({"a.json", POLICY("a", "")}));
    struct text alone = images_make(snapshot), behind;
    text_init(&behind, IMAGE_BYTES_MAX);
    text_append(&behind, SLICE("12345678"));
    snapshot_image_append(&behind, snapshot);
    cr_expect_eq(behind.length, alone.length + 8);
    cr_expect_arr_eq(behind.bytes + 8, alone.bytes, alone.length);
    text_clear(&alone);
    text_clear(&behind);
    snapshot_free(snapshot);
}

Test(snapshot_image, past_the_ceiling_of_the_text_nothing_is_appended)
{
    struct snapshot *snapshot = snapshot_of(FILES({"a.json", POLICY("a", "")}));
    struct text image = images_make(snapshot), small;
    text_init(&small, image.length - 1);
    snapshot_image_append(&small, snapshot);
    cr_expect(small.failed);
    cr_expect_eq(small.length, 0);
    text_clear(&small);
    text_clear(&image);
    snapshot_free(snapshot);
}

/* Limits */

Test(snapshot_image, one_that_needs_more_than_the_limits_is_refused)
{
    struct snapshot *snapshot = snapshot_of(FILES({"a.json", POLICY("a", "")}, {"b.json", POLICY("b", "")}));
    struct text image = images_make(snapshot);
    struct snapshot *restored = images_restore(snapshot);
    uint64_t bytes = snapshot_facts(restored).bytes;
    const struct {
        struct snapshot_limits limits;
        const char *reason;
    } rows[] = {
        {{.candidates_max = 2, .bytes_max = bytes}, NULL},
        {{.candidates_max = 1}, "the image needs more than limits.max_candidates"},
        {{.candidates_max = 2, .bytes_max = bytes - 1}, "the image takes more than limits.snapshot_max_bytes"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *reason = NULL;
        char *copy = exact_copy(image.bytes, image.length);
        struct snapshot *read = snapshot_image_read(copy, image.length, &rows[i].limits, &reason);
        cr_expect_eq(read == NULL, rows[i].reason != NULL);
        cr_expect(rows[i].reason == NULL || strcmp(reason, rows[i].reason) == 0, "%s", reason);
        snapshot_free(read);
    }
    snapshot_free(restored);
    snapshot_free(snapshot);
    text_clear(&image);
}

/* Meaning */

Test(snapshot_image, what_its_fragments_say_belongs_to_its_format)
{
    cr_assert_eq(SNAPSHOT_IMAGE_FORMAT, 1, "a new format: write down what its fragments are");
    struct snapshot *snapshot = images_full_snapshot();
    const struct compiled_variant *variant = &snapshot->variants[1];
    struct slice offered = snapshot_text(snapshot, variant->offered);
    struct slice exposure = snapshot_text(snapshot, variant->exposure);
    const char *is_offered = json_of("{'policy':'a','coupon':'C','kind':'amount_off','variant':'b','discount':");
    const char *is_exposure = json_of("{'policy':'a','variant':'b','offered':");
    /* When these are meant to change, the format does too: an older image would answer in the older form. */
    cr_expect(slice_equals(offered, slice_of(is_offered)));
    cr_expect(slice_equals(exposure, slice_of(is_exposure)));
    snapshot_free(snapshot);
}
