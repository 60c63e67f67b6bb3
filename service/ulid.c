#include "service/ulid.h"

#include <sys/random.h>

static uint64_t rotate_left(uint64_t word, unsigned bits)
{
    return (word << bits) | (word >> (64 - bits));
}

static uint64_t next(struct ulid_source *source)
{
    uint64_t *state = source->state;
    uint64_t result = rotate_left(state[0] + state[3], 23) + state[0];
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

bool ulid_source_init(struct ulid_source *source)
{
    do {
        if (getrandom(source->state, sizeof(source->state), 0) != (long)sizeof(source->state)) {
            return false;
        }
    } while ((source->state[0] | source->state[1] | source->state[2] | source->state[3]) ==
             0); /* its one fixed point */
    return true;
}

/* The low 5 * digits bits, most significant digit first. */
static void write_digits(char *at, uint64_t bits, unsigned digits)
{
    static const char alphabet[33] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (unsigned i = digits; i-- > 0; bits >>= 5) {
        at[i] = alphabet[bits & 31];
    }
}

void ulid_write(struct ulid_source *source, uint64_t unix_ms, char ret_text[static ULID_BYTES])
{
    write_digits(ret_text, unix_ms & 0xFFFFFFFFFFFF, 10);
    write_digits(ret_text + 10, next(source), 8);
    write_digits(ret_text + 18, next(source), 8);
}
