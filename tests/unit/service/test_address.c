#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <netinet/in.h>

#include "service/address.h"

static void assert_reads_as(const char *text, const char *formatted)
{
    struct address address;
    char again[ADDRESS_TEXT_BYTES];
    cr_assert(address_parse(slice_of(text), &address), "%s", text);
    address_format((const struct sockaddr *)&address.storage, again);
    cr_assert(eq(str, again, (char *)formatted));
}

static bool is_loopback(const char *text)
{
    struct address address;
    cr_assert(address_parse(slice_of(text), &address), "%s", text);
    return address_is_loopback((const struct sockaddr *)&address.storage);
}

Test(address, numeric_addresses_and_localhost_are_read)
{
    assert_reads_as("127.0.0.1:8080", "127.0.0.1:8080");
    assert_reads_as("0.0.0.0:65535", "0.0.0.0:65535");
    assert_reads_as("localhost:0", "127.0.0.1:0");
    assert_reads_as("[::1]:8080", "[::1]:8080");
    assert_reads_as("[2001:db8::1]:1", "[2001:db8::1]:1");
}

Test(address, anything_else_is_refused)
{
    struct address address;
    const char *const texts[] = {
        "",     ":",      "1",     "127.0.0.1",     "127.0.0.1:",  "127.0.0.1:65536", "a:1", "127.1:1", "127.0.0.1:+1",
        "[]:1", "[::1:1", "::1:1", "[localhost]:1", "256.0.0.1:1", "1.2.3.4:00"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        cr_assert(not(address_parse(slice_of(texts[i]), &address)), "%s", texts[i]);
    }
}

Test(address, loopback_is_what_the_outside_cannot_reach)
{
    cr_assert(is_loopback("127.0.0.1:1"));
    cr_assert(is_loopback("127.9.9.9:1"));
    cr_assert(is_loopback("[::1]:1"));
    cr_assert(is_loopback("[::ffff:127.0.0.1]:1"));
    cr_assert(not(is_loopback("0.0.0.0:1")));
    cr_assert(not(is_loopback("128.0.0.1:1")));
    cr_assert(not(is_loopback("[::]:1")));
    cr_assert(not(is_loopback("[::ffff:10.0.0.1]:1")));
}
