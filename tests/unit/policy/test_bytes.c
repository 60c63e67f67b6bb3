#include "policy/bytes.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "support.h"

static uint64_t quotes_and_controls(uint64_t word)
{
    return bytes_mask_equal(word, '"') | bytes_mask_below(word, 0x20);
}

static uint64_t not_ascii(uint64_t word)
{
    return bytes_mask_not_ascii(word);
}

static bool is_quote_or_control(unsigned byte)
{
    return byte == '"' || byte < 0x20;
}

enum { LENGTH_MAX = 40 };

Test(bytes, every_byte_is_found_at_every_place_of_every_length)
{
    for (uint32_t length = 1; length <= LENGTH_MAX; length++) {
        for (uint32_t at = 0; at < length; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                char bytes[LENGTH_MAX];
                memset(bytes, 'x', sizeof(bytes));
                bytes[at] = (char)byte;
                char *exact = exact_copy(bytes, length); /* AddressSanitizer watches both ends */
                cr_assert_eq(bytes_have(exact, length, quotes_and_controls), is_quote_or_control(byte),
                             "byte %02x at %u of %u", byte, at, length);
                cr_assert_eq(bytes_have(exact, length, not_ascii), byte >= 0x80, "byte %02x at %u of %u", byte, at,
                             length);
                const char *found = bytes_find(exact, exact + length, quotes_and_controls);
                cr_assert_eq(found - exact, is_quote_or_control(byte) ? at : length, "byte %02x at %u of %u", byte, at,
                             length);
                free(exact);
            }
        }
    }
}

Test(bytes, the_first_of_several_is_found_whatever_stands_around_it)
{
    /* The masks borrow from byte to byte: what follows a find must not move it, what precedes must not hide it. */
    uint64_t state = 1;
    for (unsigned round = 0; round < 200000; round++) {
        char bytes[24];
        const char *expected = bytes + sizeof(bytes);
        for (size_t i = sizeof(bytes); i-- > 0;) {
            static const unsigned char alphabet[] = {0x00, 0x01, 0x1F, 0x20, 0x21, '"', '#', 0x7F,
                                                     0x80, 0x9F, 0xA2, 0xFF, 'x',  'x', 'x', 'x'};
            state = state * 6364136223846793005U + 1442695040888963407U;
            bytes[i] = (char)alphabet[state >> 60];
            expected = is_quote_or_control((unsigned char)bytes[i]) ? bytes + i : expected;
        }
        cr_assert_eq(bytes_find(bytes, bytes + sizeof(bytes), quotes_and_controls), expected, "round %u", round);
        cr_assert_eq(bytes_have(bytes, sizeof(bytes), quotes_and_controls), expected < bytes + sizeof(bytes),
                     "round %u", round);
    }
}

Test(bytes, nothing_is_found_in_nothing)
{
    const char *none = "\"";
    cr_expect(!bytes_have(none, 0, quotes_and_controls));
    cr_expect_eq(bytes_find(none, none, quotes_and_controls), none);
}

Test(bytes, equality_sees_a_difference_at_every_place_of_every_length)
{
    char bytes[LENGTH_MAX];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(i * 37);
    }
    for (uint32_t length = 0; length <= LENGTH_MAX; length++) {
        char *same = exact_copy(bytes, length), *other = exact_copy(bytes, length);
        cr_assert(bytes_equal(same, other, length), "length %u", length);
        for (uint32_t at = 0; at < length; at++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                other[at] = (char)(other[at] ^ 1 << bit);
                cr_assert(!bytes_equal(same, other, length), "bit %u of byte %u of %u", bit, at, length);
                other[at] = (char)(other[at] ^ 1 << bit);
            }
        }
        free(same);
        free(other);
    }
}
