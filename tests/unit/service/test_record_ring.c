/* Records from one thread to another: in order, whole, and without room they are dropped. */
#include "service/record_ring.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>

enum { RECORDS = 200000, LONGEST = 200 };

static struct record_ring ring;

static void begin(void)
{
    cr_assert(record_ring_init(&ring, 1024));
}

static void end(void)
{
    record_ring_clear(&ring);
}

TestSuite(record_ring, .init = begin, .fini = end);

static bool put(const char *text)
{
    uint32_t length = (uint32_t)strlen(text);
    char *at = record_ring_begin(&ring, length);
    if (at != NULL) {
        memcpy(at, text, length);
        record_ring_commit(&ring);
    }
    return at != NULL;
}

static void expect(const char *text)
{
    struct slice record;
    cr_assert(record_ring_peek(&ring, &record));
    cr_expect(eq(u32, record.length, (uint32_t)strlen(text)));
    cr_expect(eq(int, memcmp(record.at, text, record.length), 0));
    record_ring_next(&ring);
}

static void expect_nothing(void)
{
    struct slice record;
    cr_expect(not(record_ring_peek(&ring, &record)));
}

Test(record_ring, records_come_in_order_also_empty_ones)
{
    expect_nothing();
    put("first");
    put("");
    put("the third");
    expect("first");
    expect("");
    expect("the third");
    expect_nothing();
}

Test(record_ring, what_was_begun_and_not_committed_is_not_there)
{
    cr_assert_not_null(record_ring_begin(&ring, 10));
    expect_nothing();
    put("this one");
    expect("this one");
}

Test(record_ring, what_finds_no_room_is_dropped_and_counted)
{
    static char long_text[400];
    memset(long_text, 'x', sizeof(long_text) - 1);
    cr_expect(put(long_text));
    cr_expect(put(long_text));
    cr_expect(not(put(long_text)));
    cr_expect(eq(u64, counter_read(&ring.dropped), 1));
    expect(long_text);
    cr_expect(put(long_text), "room again");
}

Test(record_ring, more_than_half_of_it_is_never_room)
{
    cr_expect_null(record_ring_begin(&ring, 512));
    cr_expect_not_null(record_ring_begin(&ring, 504));
}

Test(record_ring, a_ring_without_memory_has_no_room)
{
    struct record_ring none = {0};
    struct slice record;
    cr_expect_null(record_ring_begin(&none, 0));
    cr_expect(not(record_ring_peek(&none, &record)));
}

/* Record i has i % LONGEST bytes, each i. */
static void *write_all(void *cls)
{
    (void)cls;
    for (uint32_t i = 0; i < RECORDS; i++) {
        char *at;
        while ((at = record_ring_begin(&ring, i % LONGEST)) == NULL) {
        }
        memset(at, (int)(i & 0xff), i % LONGEST);
        record_ring_commit(&ring);
    }
    return NULL;
}

static bool is_record(struct slice record, uint32_t number)
{
    for (uint32_t i = 0; i < record.length; i++) {
        if ((unsigned char)record.at[i] != (number & 0xff)) {
            return false;
        }
    }
    return record.length == number % LONGEST;
}

Test(record_ring, between_two_threads_every_record_arrives_whole, .timeout = 120)
{
    pthread_t writer;
    cr_assert(eq(int, pthread_create(&writer, NULL, write_all, NULL), 0));
    for (uint32_t i = 0; i < RECORDS;) {
        struct slice record;
        if (record_ring_peek(&ring, &record)) {
            cr_assert(is_record(record, i), "record %u", i);
            record_ring_next(&ring);
            i++;
        }
    }
    pthread_join(writer, NULL);
    expect_nothing();
}
