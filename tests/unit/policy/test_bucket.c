#include "policy/bucket.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

Test(bucket, the_hash_gives_MurmurHash3s_published_values)
{
    static const struct {
        struct slice key;
        uint32_t seed, hash;
    } rows[] = {
        {{"", 0}, 0, 0x00000000},
        {{"", 0}, 1, 0x514E28B7},
        {{"", 0}, 0xFFFFFFFF, 0x81F16F39},
        {{"\xFF\xFF\xFF\xFF", 4}, 0, 0x76293B50},
        {{"\x21\x43\x65\x87", 4}, 0, 0xF55B516B},
        {{"\x21\x43\x65\x87", 4}, 0x5082EDEE, 0x2362F9DE},
        {{"\x21\x43\x65", 3}, 0, 0x7E4A8634},
        {{"\x21\x43", 2}, 0, 0xA0F7B07A},
        {{"\x21", 1}, 0, 0x72661CF4},
        {{"\0\0\0\0", 4}, 0, 0x2362F9DE},
        {{"\0\0\0", 3}, 0, 0x85F0B427},
        {{"\0\0", 2}, 0, 0x30F4C306},
        {{"\0", 1}, 0, 0x514E28B7},
        {{"Hello, world!", 13}, 0x4D2, 0xFAF6CDB3},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(bucket_hash(rows[i].key, rows[i].seed), rows[i].hash, "row %zu", i);
    }
}

/* SMHasher, KeysetTest.cpp: the hashes of the keys {}, {0}, {0, 1}, ... under falling seeds, hashed once more. */
Test(bucket, the_hash_has_SMHashers_verification_value)
{
    char key[256], hashes[256 * 4];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t hash = bucket_hash((struct slice){key, i}, 256 - i);
        for (unsigned byte = 0; byte < 4; byte++) {
            hashes[4 * i + byte] = (char)(hash >> (8 * byte));
        }
        key[i] = (char)i;
    }
    cr_expect_eq(bucket_hash((struct slice){hashes, sizeof(hashes)}, 0), 0xB0F57EE3);
}

Test(bucket, ids_that_are_not_ASCII_are_hashed_as_their_UTF8_bytes)
{
    cr_expect_eq(bucket_hash(slice_of("用户42"), 0), 0xC7A9CB62);
    cr_expect_eq(bucket_hash(slice_of("AOI-上海-0042"), 0), 0xDC273D9B);
    cr_expect_neq(bucket_hash(slice_of("\xC3\xA9"), 0), bucket_hash(slice_of("e\xCC\x81"), 0), "nothing is normalised");
}

/* optimizely/go-sdk, pkg/decision/bucketer/murmurhashbucketer_test.go. */
Test(bucket, with_10000_slots_and_seed_1_it_is_Optimizelys_bucketing)
{
    static const struct {
        const char *key;
        uint32_t slot;
    } rows[] = {
        {"ppid11886780721", 5254},
        {"ppid21886780721", 4299},
        {"ppid21886780722", 2434},
        {"ppid31886780721", 5439},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(bucket_slot(slice_of(rows[i].key), 10000, 1), rows[i].slot, "%s", rows[i].key);
    }
}

/* open-feature/flagd-testbed, evaluator/gherkin/fractional.feature, the rows of @fractional-v2. */
Test(bucket, with_the_sum_of_the_weights_and_seed_0_it_is_flagds_fractional)
{
    enum { CLUBS, DIAMONDS, HEARTS, SPADES, HEADS = 0, TAILS = 1, LOWER = 0, UPPER = 1 };
    static const struct {
        const char *key;
        uint32_t weight_sum, weight_each;
        uint32_t variant;
    } rows[] = {
        {"fractional-flagjack", 100, 25, HEARTS},
        {"fractional-flagqueen", 100, 25, SPADES},
        {"fractional-flagten", 100, 25, CLUBS},
        {"fractional-flagnine", 100, 25, DIAMONDS},
        {"fractional-flag3", 100, 25, CLUBS},
        {"shared-seedseven", 100, 25, HEARTS},
        {"shared-seedeight", 100, 25, DIAMONDS},
        {"shared-seednine", 100, 25, CLUBS},
        {"shared-seedtwo", 100, 25, SPADES},
        {"fractional-flag-shorthandjon@company.com", 2, 1, HEADS},
        {"fractional-flag-shorthandjane@company.com", 2, 1, TAILS},
        {"ejOoVL", 100, 50, LOWER},
        {"bY9fO-", 100, 50, LOWER},
        {"SI7p-", 100, 50, LOWER},
        {"6LvT0", 100, 50, UPPER},
        {"ceQdGm", 100, 50, UPPER},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t slot = bucket_slot(slice_of(rows[i].key), rows[i].weight_sum, 0);
        cr_expect_eq(slot / rows[i].weight_each, rows[i].variant, "%s falls into slot %u", rows[i].key, slot);
    }
    cr_expect_eq(bucket_slot(slice_of("jon@company.com"), 100, 0), 36);
    cr_expect_eq(bucket_slot(slice_of("user1"), 100, 0), 76);
}

Test(bucket, flagds_edge_keys_hash_to_the_ends_of_the_range)
{
    static const struct {
        const char *key;
        uint32_t hash, slot;
    } rows[] = {
        {"ejOoVL", 0x00000000, 0},   {"bY9fO-", 0x00000001, 0},    {"SI7p-", 0x7FFFFFFF, 4999},
        {"6LvT0", 0x80000000, 5000}, {"ceQdGm", 0xFFFFFFFF, 9999},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(bucket_hash(slice_of(rows[i].key), 0), rows[i].hash, "%s", rows[i].key);
        cr_expect_eq(bucket_scale(rows[i].hash, 10000), rows[i].slot, "%s", rows[i].key);
    }
}

/* The key that the contract gives, in one piece. */
static uint32_t slot_in_one_piece(struct slice salt, const char *purpose, struct slice unit)
{
    char key[256];
    uint32_t length = 0;
    memcpy(key, salt.at, salt.length);
    length += salt.length;
    key[length++] = 0x1F;
    memcpy(key + length, purpose, strlen(purpose));
    length += (uint32_t)strlen(purpose);
    key[length++] = 0x1F;
    memcpy(key + length, unit.at, unit.length);
    return bucket_slot((struct slice){key, length + unit.length}, BUCKET_SLOTS, BUCKET_SEED);
}

Test(bucket, a_prefix_gives_the_slot_of_the_whole_key_for_all_lengths_of_salt_and_unit)
{
    static const char *const purposes[] = {"ramp", "layer", "variant"};
    char bytes[140];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(0x20 + i * 37 % 0xE0);
    }
    for (size_t purpose = 0; purpose < 3; purpose++) {
        for (uint32_t salt_length = 0; salt_length <= 70; salt_length++) {
            struct slice salt = {bytes, salt_length};
            struct bucket_prefix prefix = bucket_prefix_of(salt, slice_of(purposes[purpose]));
            for (uint32_t unit_length = 0; unit_length <= 70; unit_length++) {
                struct slice unit = {bytes + 70, unit_length};
                cr_assert_eq(bucket_prefix_slot(&prefix, unit), slot_in_one_piece(salt, purposes[purpose], unit),
                             "salt of %u bytes, %s, unit of %u", salt_length, purposes[purpose], unit_length);
            }
        }
    }
}

Test(bucket, a_prefix_reads_nothing_behind_the_unit)
{
    struct bucket_prefix prefix = bucket_prefix_of(SLICE("k7Q2"), SLICE("variant"));
    for (uint32_t length = 0; length < 16; length++) {
        char *unit = malloc(length > 0 ? length : 1); /* AddressSanitizer watches its end */
        memset(unit, 'u', length);
        cr_expect_lt(bucket_prefix_slot(&prefix, (struct slice){unit, length}), BUCKET_SLOTS);
        free(unit);
    }
}

/* Computed with Austin Appleby's MurmurHash3.cpp rewritten from its description, apart from this code. */
Test(bucket, slots_of_promogates_own_keys_stay_what_they_are)
{
    static const struct {
        const char *salt, *purpose, *unit;
        uint32_t slot;
    } rows[] = {
        {"r1", "ramp", "u1", 433},
        {"r1", "layer", "u1", 8847},
        {"r1", "variant", "u1", 1330},
        {"k7Q2", "variant", "u42", 7159},
        {"L1", "layer", "310115-0001", 5178},
        {"r1", "ramp", "用户42", 2329},
        {"上海", "variant", "AOI-上海-0042", 6015},
        {"a", "ramp", "é", 2621},
        {"a", "ramp", "e\xCC\x81", 6894},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bucket_prefix prefix = bucket_prefix_of(slice_of(rows[i].salt), slice_of(rows[i].purpose));
        cr_expect_eq(bucket_prefix_slot(&prefix, slice_of(rows[i].unit)), rows[i].slot, "%s %s %s", rows[i].salt,
                     rows[i].purpose, rows[i].unit);
    }
}

Test(bucket, units_spread_evenly_over_the_slots)
{
    uint32_t counts[10] = {0};
    struct bucket_prefix prefix = bucket_prefix_of(SLICE("r1"), SLICE("ramp"));
    for (int i = 0; i < 100000; i++) {
        char unit[16];
        snprintf(unit, sizeof(unit), "u%d", i);
        counts[bucket_prefix_slot(&prefix, slice_of(unit)) / 1000]++;
    }
    for (int tenth = 0; tenth < 10; tenth++) {
        cr_expect(counts[tenth] > 9600 && counts[tenth] < 10400, "tenth %d holds %u", tenth, counts[tenth]);
    }
}
