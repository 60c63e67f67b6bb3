#include "cache/digest.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>

#include "policy/hex.h"

/* Chooses the fastest code for this processor; libsodium asks for it before anything else. */
static void initialize(void)
{
    int result = sodium_init();
    assert(result >= 0);
}

static struct digest compute(const void *bytes, size_t length, const void *key, size_t key_length)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialize);
    struct digest digest;
    int result = crypto_generichash(digest.bytes, sizeof(digest.bytes), bytes, length, key, key_length);
    assert(result == 0);
    return digest;
}

struct digest digest_of(const void *bytes, size_t length)
{
    return compute(bytes, length, NULL, 0);
}

struct digest digest_keyed(const struct digest *key, const void *bytes, size_t length)
{
    return compute(bytes, length, key->bytes, sizeof(key->bytes));
}

void digest_to_hex(const struct digest *digest, char ret_hex[DIGEST_HEX_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        ret_hex[2 * i] = digits[digest->bytes[i] >> 4];
        ret_hex[2 * i + 1] = digits[digest->bytes[i] & 15];
    }
    ret_hex[DIGEST_HEX_LENGTH] = '\0';
}

/* As hex_digit, lower case only. */
static int lower_digit(char byte)
{
    return byte >= 'A' && byte <= 'F' ? -1 : hex_digit(byte);
}

bool digest_from_hex(struct slice hex, struct digest *ret_digest)
{
    if (hex.length != DIGEST_HEX_LENGTH) {
        return false;
    }
    struct digest digest;
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        int high = lower_digit(hex.at[2 * i]), low = lower_digit(hex.at[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        digest.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *ret_digest = digest;
    return true;
}
