#include "cache/digest.h"

#include <criterion/criterion.h>

TestSuite(digest, .timeout = 60);

static const char *hex_of(const void *bytes, size_t length)
{
    static char hex[DIGEST_HEX_LENGTH + 1];
    struct digest digest = digest_of(bytes, length);
    digest_to_hex(&digest, hex);
    return hex;
}

Test(digest, is_blake2b_of_16_bytes_as_other_libraries_have_it)
{
    /* Python: hashlib.blake2b(content, digest_size=16).hexdigest() */
    static unsigned char large[8192];
    for (size_t i = 0; i < sizeof(large); i++) {
        large[i] = (unsigned char)i;
    }
    cr_expect_str_eq(hex_of("", 0), "cae66941d9efbd404e4d88758ea67670");
    cr_expect_str_eq(hex_of("abc", 3), "cf4ab791c62b8d2b2109c90275287816");
    cr_expect_str_eq(hex_of("D", 1), "1ba6dfb464e58f063523a51f9e09d988");
    cr_expect_str_eq(hex_of(large, sizeof(large)), "65c3169ae57e328407dcf6c56ee837b7");
}

Test(digest, comes_back_from_its_hexadecimal_form)
{
    struct digest digest = digest_of("abc", 3), back;
    char hex[DIGEST_HEX_LENGTH + 1];
    digest_to_hex(&digest, hex);
    cr_assert(digest_from_hex(slice_of(hex), &back));
    cr_expect(digest_equals(&digest, &back));
    back.bytes[15] ^= 1;
    cr_expect_not(digest_equals(&digest, &back));
}

Test(digest, is_read_only_from_32_lower_case_digits)
{
    static const char *const refused[] = {
        "",
        "0123456789abcdef0123456789abcde",
        "0123456789abcdef0123456789abcdef0",
        "0123456789abcdef0123456789abcdeF",
        "0123456789abcdef0123456789abcdeg",
        "0x23456789abcdef0123456789abcdef",
        " 123456789abcdef0123456789abcdef",
    };
    struct digest digest;
    memset(&digest, 7, sizeof(digest));
    struct digest before = digest;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        cr_expect_not(digest_from_hex(slice_of(refused[i]), &digest), "%s", refused[i]);
    }
    cr_expect(digest_equals(&digest, &before), "a refusal leaves the output alone");
    cr_expect(digest_from_hex(SLICE("0123456789abcdef0123456789abcdef"), &digest));
    cr_expect_eq(digest.bytes[0], 0x01);
    cr_expect_eq(digest.bytes[15], 0xef);
}
