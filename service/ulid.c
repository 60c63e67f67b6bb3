#include "service/ulid.h"

#include <string.h>
#include <sys/random.h>

enum { TIME_BYTES = sizeof(((struct ulid_source *)0)->last_text) };

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
    *source = (struct ulid_source){.last_ms = UINT64_MAX};
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
    if (unix_ms != source->last_ms) {
        source->last_ms = unix_ms;
        write_digits(source->last_text, unix_ms & 0xFFFFFFFFFFFF, TIME_BYTES);
    }
    memcpy(ret_text, source->last_text, TIME_BYTES);
    write_digits(ret_text + TIME_BYTES, next(source), 8);
    write_digits(ret_text + TIME_BYTES + 8, next(source), 8);
}
