#include "cache/directory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cache/scratch.h"

static struct scratch scratch;
static struct documents documents;
static struct problems problems;
static struct directory_reading reading;

static void set_up(void)
{
    scratch_make(&scratch);
    scratch_folder(&scratch, "set");
    documents_init(&documents);
    problems_init(&problems);
}

static void tear_down(void)
{
    documents_clear(&documents);
    problems_clear(&problems);
    scratch_remove(&scratch);
}

TestSuite(directory, .init = set_up, .fini = tear_down, .timeout = 60);

static enum directory_outcome read_set(void)
{
    documents_clear(&documents);
    problems_clear(&problems);
    return directory_read(scratch_path(&scratch, "set"), &documents, &problems, &reading);
}

Test(directory, yields_the_bytes_of_every_document_by_name)
{
    scratch_write(&scratch, "set/b.json", "second");
    scratch_write(&scratch, "set/a.json", "");
    cr_assert(eq(int, read_set(), DIRECTORY_READ));
    cr_assert(eq(sz, documents.count, 2));
    cr_assert(eq(str, documents.items[0].name, "a.json"));
    cr_assert(eq(sz, documents.items[0].length, 0));
    cr_assert(eq(str, documents.items[1].name, "b.json"));
    cr_assert(eq(sz, documents.items[1].length, 6));
    cr_assert(zero(memcmp(documents.items[1].bytes, "second", 6)));
    cr_assert(eq(sz, problems.total, 0));
}

Test(directory, an_empty_folder_is_an_empty_set)
{
    cr_assert(eq(int, read_set(), DIRECTORY_READ));
    cr_assert(eq(sz, documents.count, 0));
}

Test(directory, links_are_followed)
{
    scratch_write(&scratch, "outside", "linked");
    scratch_link(&scratch, "set/a.json", "../outside");
    cr_assert(eq(int, read_set(), DIRECTORY_READ));
    cr_assert(eq(sz, documents.count, 1));
    cr_assert(zero(memcmp(documents.items[0].bytes, "linked", 6)));
}

Test(directory, a_pipe_or_device_of_a_documents_name_does_not_block)
{
    cr_assert(eq(int, mkfifo(scratch_path(&scratch, "set/pipe.json"), 0600), 0));
    scratch_link(&scratch, "set/zero.json", "/dev/zero");
    cr_assert(eq(int, read_set(), DIRECTORY_READ));
    cr_assert(eq(sz, documents.count, 0));
    cr_assert(eq(sz, problems.total, 0));
}

Test(directory, a_link_to_nothing_is_a_problem_that_names_it_and_the_rest_is_read)
{
    scratch_link(&scratch, "set/a.json", "nowhere");
    scratch_write(&scratch, "set/b.json", "1");
    cr_assert(eq(int, read_set(), DIRECTORY_READ));
    cr_assert(eq(sz, problems.total, 1));
    cr_assert(eq(str, problems.items[0].file, "a.json"));
    cr_assert(eq(sz, documents.count, 1));
}

Test(directory, a_ring_of_links_is_a_problem_that_names_it)
{
    scratch_link(&scratch, "set/a.json", "b.json");
    scratch_link(&scratch, "set/b.json", "a.json");
    cr_assert(eq(int, read_set(), DIRECTORY_READ));
    cr_assert(eq(sz, problems.total, 2));
    cr_assert(eq(str, problems.items[1].file, "b.json"));
    cr_assert(eq(str, problems.items[1].reason, "cannot be opened: Too many levels of symbolic links"));
}

Test(directory, a_file_without_permission_is_a_problem_that_names_it)
{
    if (geteuid() == 0) {
        cr_skip("root may read everything");
    }
    scratch_write(&scratch, "set/a.json", "1");
    chmod(scratch_path(&scratch, "set/a.json"), 0);
    cr_assert(eq(int, read_set(), DIRECTORY_READ));
    cr_assert(eq(sz, problems.total, 1));
    cr_assert(eq(str, problems.items[0].reason, "cannot be opened: Permission denied"));
}

Test(directory, a_document_at_the_ceiling_is_read_and_one_byte_more_is_a_problem)
{
    scratch_write(&scratch, "set/a.json", "");
    cr_assert(eq(int, truncate(scratch_path(&scratch, "set/a.json"), DOCUMENT_BYTES_MAX), 0));
    cr_assert(eq(int, read_set(), DIRECTORY_READ));
    cr_assert(eq(sz, documents.items[0].length, DOCUMENT_BYTES_MAX));
    cr_assert(eq(int, truncate(scratch_path(&scratch, "set/a.json"), DOCUMENT_BYTES_MAX + 1), 0));
    cr_assert(eq(int, read_set(), DIRECTORY_READ));
    cr_assert(eq(sz, documents.count, 0));
    cr_assert(eq(str, problems.items[0].reason, "has 67108865 bytes; a document may have at most 67108864"));
}

Test(directory, a_set_past_its_ceiling_of_bytes_is_one_problem_and_nothing_is_read)
{
    char name[64];
    for (int i = 0; i < 17; i++) { /* 17 x 64 MiB, sparse */
        snprintf(name, sizeof(name), "set/%d.json", i);
        scratch_write(&scratch, name, "");
        cr_assert(eq(int, truncate(scratch_path(&scratch, name), DOCUMENT_BYTES_MAX), 0));
    }
    cr_assert(eq(int, read_set(), DIRECTORY_READ));
    cr_assert(eq(sz, problems.total, 1));
    cr_assert(eq(str, problems.items[0].file, ""));
    cr_assert(eq(sz, documents.count, 0));
}

Test(directory, a_missing_directory_is_unavailable_with_its_reason)
{
    scratch_delete(&scratch, "set");
    cr_assert(eq(int, read_set(), DIRECTORY_UNAVAILABLE));
    cr_assert(eq(str, reading.reason, "cannot be read: No such file or directory"));
}

static bool is_over;

/* Two generations in turn: every document of one says the same. */
static void *swap_on(void *argument)
{
    (void)argument;
    for (int i = 0; !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE); i++) {
        scratch_link(&scratch, "next", i % 2 == 0 ? "even" : "odd");
        scratch_rename(&scratch, "next", "current");
    }
    return NULL;
}

static void write_generation(const char *folder, const char *content)
{
    char name[64];
    scratch_folder(&scratch, folder);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "%s/%d.json", folder, i);
        scratch_write(&scratch, name, content);
    }
}

static bool is_of_one_generation(void)
{
    for (size_t i = 0; i < documents.count; i++) {
        if (documents.items[i].bytes[0] != documents.items[0].bytes[0]) {
            return false;
        }
    }
    return documents.count == 20;
}

Test(directory, a_set_read_while_links_are_swapped_is_of_one_generation)
{
    pthread_t thread;
    write_generation("even", "0");
    write_generation("odd", "1");
    scratch_link(&scratch, "current", "odd");
    scratch_delete(&scratch, "set");
    scratch_folder(&scratch, "set");
    char name[64], target[64];
    for (int i = 0; i < 20; i++) { /* each file is a link of its own through `current`, as in a ConfigMap */
        snprintf(name, sizeof(name), "set/%d.json", i);
        snprintf(target, sizeof(target), "../current/%d.json", i);
        scratch_link(&scratch, name, target);
    }
    pthread_create(&thread, NULL, swap_on, NULL);
    int accepted = 0, refused = 0;
    for (int i = 0; i < 3000; i++) {
        enum directory_outcome outcome = read_set();
        cr_expect(outcome != DIRECTORY_UNAVAILABLE, "%s", reading.reason);
        cr_assert(outcome != DIRECTORY_READ || is_of_one_generation());
        accepted += outcome == DIRECTORY_READ;
        refused += outcome == DIRECTORY_CHANGING;
    }
    __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    cr_expect(refused > 0, "of 3000, %d were accepted: nothing was proved", accepted);
    cr_assert(eq(int, read_set(), DIRECTORY_READ));
}

static void *flicker_on(void *argument)
{
    (void)argument;
    while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
        scratch_write(&scratch, "set/b.json", "flickers");
        scratch_delete(&scratch, "set/b.json");
    }
    return NULL;
}

Test(directory, a_file_that_vanishes_while_reading_makes_no_problem)
{
    pthread_t thread;
    scratch_write(&scratch, "set/a.json", "1");
    pthread_create(&thread, NULL, flicker_on, NULL);
    int changing = 0;
    for (int i = 0; i < 3000; i++) {
        enum directory_outcome outcome = read_set();
        changing += outcome == DIRECTORY_CHANGING;
        cr_assert(outcome != DIRECTORY_UNAVAILABLE);
        cr_assert(eq(sz, problems.total, 0));
    }
    __atomic_store_n(&is_over, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    cr_expect(changing > 0, "it never vanished under our hands: nothing was proved");
}
