#include "cache/redis_keys.h"

#include <assert.h>
#include <stdio.h>

static bool is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

bool redis_keys_is_namespace(struct slice name)
{
    if (name.length < 1 || name.length > REDIS_NAMESPACE_BYTES_MAX || !is_alphanumeric(name.at[0])) {
        return false;
    }
    for (uint32_t i = 1; i < name.length; i++) {
        char byte = name.at[i];
        if (!is_alphanumeric(byte) && byte != '.' && byte != '_' && byte != '-') {
            return false;
        }
    }
    return true;
}

static void make_key(struct slice namespace, const char *rest, char ret_key[REDIS_KEY_BYTES])
{
    int length = snprintf(ret_key, REDIS_KEY_BYTES, "promogate:{%.*s}:%s", (int)namespace.length, namespace.at, rest);
    assert(length > 0 && length + DIGEST_HEX_LENGTH < REDIS_KEY_BYTES);
}

void redis_keys_init(struct redis_keys *keys, struct slice namespace)
{
    assert(redis_keys_is_namespace(namespace));
    make_key(namespace, "root", keys->root);
    make_key(namespace, "releases", keys->releases);
    make_key(namespace, "degrade", keys->degrade);
    make_key(namespace, "published", keys->published);
    make_key(namespace, "piece:", keys->piece_prefix);
}

uint32_t redis_keys_piece(const struct redis_keys *keys, const struct digest *digest, char ret_key[REDIS_KEY_BYTES])
{
    size_t length = strlen(keys->piece_prefix);
    memcpy(ret_key, keys->piece_prefix, length);
    digest_to_hex(digest, ret_key + length);
    return (uint32_t)(length + DIGEST_HEX_LENGTH);
}
