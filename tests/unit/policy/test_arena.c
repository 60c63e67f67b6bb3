#include "policy/arena.h"

#include <criterion/criterion.h>

Test(arena, hands_out_zeroed_memory_aligned_for_any_type)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t size = 1; size < 3000; size += 7) {
        unsigned char *memory = arena_allocate(&arena, size);
        cr_assert_not_null(memory);
        cr_assert_eq((uintptr_t)memory % _Alignof(max_align_t), 0, "size %zu", size);
        for (size_t i = 0; i < size; i++) {
            cr_assert_eq(memory[i], 0, "byte %zu of size %zu", i, size);
        }
        memset(memory, 0xFF, size);
    }
    arena_clear(&arena);
}

Test(arena, what_it_handed_out_stays_where_it_is_while_it_grows)
{
    struct arena arena;
    arena_init(&arena);
    uint32_t *numbers[10000];
    for (uint32_t i = 0; i < 10000; i++) {
        numbers[i] = arena_allocate(&arena, sizeof(uint32_t));
        *numbers[i] = i;
    }
    for (uint32_t i = 0; i < 10000; i++) {
        cr_assert_eq(*numbers[i], i);
    }
    arena_clear(&arena);
}

Test(arena, a_size_of_zero_gives_a_pointer_and_an_absurd_size_gives_NULL)
{
    struct arena arena;
    arena_init(&arena);
    cr_expect_not_null(arena_allocate(&arena, 0));
    cr_expect_null(arena_allocate(&arena, SIZE_MAX));
    cr_expect_null(arena_allocate(&arena, SIZE_MAX / 2 + 1));
    cr_expect_not_null(arena_allocate(&arena, 1), "it goes on after a refusal");
    arena_clear(&arena);
}

Test(arena, one_allocation_may_be_larger_than_its_chunks)
{
    struct arena arena;
    arena_init(&arena);
    unsigned char *large = arena_allocate(&arena, 1000000);
    cr_assert_not_null(large);
    memset(large, 1, 1000000);
    cr_expect_geq(arena_bytes(&arena), 1000000);
    arena_clear(&arena);
    cr_expect_eq(arena_bytes(&arena), 0);
    cr_expect_not_null(arena_allocate(&arena, 10), "it can be used again");
    arena_clear(&arena);
}

Test(arena, a_copy_is_of_its_own)
{
    struct arena arena;
    arena_init(&arena);
    char bytes[] = "abc";
    struct slice copy, empty;
    cr_assert(arena_copy(&arena, slice_of(bytes), &copy));
    bytes[0] = 'X';
    cr_expect(slice_equals(copy, SLICE("abc")));
    cr_assert(arena_copy(&arena, (struct slice){0}, &empty));
    cr_expect_eq(empty.length, 0);
    arena_clear(&arena);
}
