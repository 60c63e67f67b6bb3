"""Buckets of the contract's section 2: murmur3_x86_32, scaled to a number of slots by multiplying, never by a remainder."""

from functools import lru_cache

SLOTS = 10000


def murmur3_x86_32(data, seed):
    def rotate(x, bits):
        return ((x << bits) | (x >> (32 - bits))) & 0xFFFFFFFF

    def scramble(k):
        return rotate(k * 0xCC9E2D51 & 0xFFFFFFFF, 15) * 0x1B873593 & 0xFFFFFFFF

    h = seed
    whole = len(data) // 4 * 4
    for i in range(0, whole, 4):
        h = rotate(h ^ scramble(int.from_bytes(data[i:i + 4], "little")), 13)
        h = (h * 5 + 0xE6546B64) & 0xFFFFFFFF
    if whole < len(data):
        h ^= scramble(int.from_bytes(data[whole:], "little"))
    h ^= len(data)
    h ^= h >> 16
    h = h * 0x85EBCA6B & 0xFFFFFFFF
    h ^= h >> 13
    h = h * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ (h >> 16)


def bucket(data, count, seed):
    return (murmur3_x86_32(data, seed) * count) >> 32


@lru_cache(maxsize=1 << 16)
def slot(purpose, salt, unit):
    return bucket(f"{salt}\x1f{purpose}\x1f{unit}".encode(), SLOTS, 1)
