#include "cache/redis_keys.h"

#include <criterion/criterion.h>

TestSuite(redis_keys, .timeout = 60);

Test(redis_keys, all_keys_of_a_namespace_stand_under_one_prefix_and_one_hash_tag)
{
    struct redis_keys keys;
    redis_keys_init(&keys, SLICE("main"));
    cr_expect_str_eq(keys.root, "promogate:{main}:root");
    cr_expect_str_eq(keys.releases, "promogate:{main}:releases");
    cr_expect_str_eq(keys.degrade, "promogate:{main}:degrade");
    cr_expect_str_eq(keys.published, "promogate:{main}:published");
    cr_expect_str_eq(keys.piece_prefix, "promogate:{main}:piece:");
}

Test(redis_keys, the_key_of_a_piece_ends_in_its_digest)
{
    struct redis_keys keys;
    struct digest digest;
    char key[REDIS_KEY_BYTES];
    cr_assert(digest_from_hex(SLICE("0123456789abcdef0123456789abcdef"), &digest));
    redis_keys_init(&keys, SLICE("main"));
    cr_expect_eq(redis_keys_piece(&keys, &digest, key), 55);
    cr_expect_str_eq(key, "promogate:{main}:piece:0123456789abcdef0123456789abcdef");
}

Test(redis_keys, the_longest_namespace_has_room)
{
    struct redis_keys keys;
    struct digest digest = {{0}};
    char key[REDIS_KEY_BYTES];
    redis_keys_init(&keys, SLICE("a234567890123456789012345678901."));
    cr_expect_eq(redis_keys_piece(&keys, &digest, key), strlen(key));
    cr_expect_lt(strlen(key), REDIS_KEY_BYTES);
}

Test(redis_keys, a_namespace_is_a_short_plain_word)
{
    static const char *const good[] = {"a", "0", "main", "a.b_c-d", "a234567890123456789012345678901z"};
    static const char *const bad[] = {"",    ".a",           "-a",  "_a",   "A",
                                      "aB",  "a b",          "a}b", "a{b}", "a:b",
                                      "a\n", "\xE4\xB8\xAD", "a*",  "a/b",  "a234567890123456789012345678901zz"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        cr_expect(redis_keys_is_namespace(slice_of(good[i])), "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_not(redis_keys_is_namespace(slice_of(bad[i])), "%s", bad[i]);
    }
}
