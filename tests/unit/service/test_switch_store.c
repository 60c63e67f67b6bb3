#include "service/switch_store.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cache/scratch.h"

static struct scratch scratch;
static int folder;
static struct switch_store_content content, loaded;
static char reason[WHOLE_FILE_REASON_BYTES];

static void set_up(void)
{
    scratch_make(&scratch);
    folder = open(scratch.path, O_RDONLY | O_DIRECTORY);
}

static void tear_down(void)
{
    close(folder);
    scratch_remove(&scratch);
}

TestSuite(switch_store, .init = set_up, .fini = tear_down);

static bool is_there(const char *name)
{
    struct stat status;
    return lstat(scratch_path(&scratch, name), &status) == 0;
}

static struct switch_entry *put(struct switch_document *document, const char *name, const char *mode)
{
    struct switch_entry *entry = switch_document_put(document, slice_of(name));
    cr_assert(entry != NULL);
    snprintf(entry->mode, sizeof(entry->mode), "%s", mode);
    return entry;
}

/* Every note as long as it may be, of a byte that is escaped or not. */
static void fill(struct switch_document *document, char byte)
{
    for (int i = 0; i < SWITCH_DOCUMENT_ENTRIES_MAX; i++) {
        char name[SWITCH_NAME_BYTES_MAX + 1];
        snprintf(name, sizeof(name), "interface-%054d", i);
        struct switch_entry *entry = put(document, name, "never");
        memset(entry->reason, byte, SWITCH_NOTE_BYTES_MAX);
        memset(entry->actor, byte, SWITCH_NOTE_BYTES_MAX);
        entry->until_unix_s = 1770973200;
        entry->is_drill = true;
    }
}

static void expect_same(void)
{
    cr_assert(switch_store_load(folder, &loaded, reason), "%s", reason);
    cr_expect(switch_document_equals(&loaded.admin, &content.admin));
    cr_expect(switch_document_equals(&loaded.redis, &content.redis));
}

Test(switch_store, nothing_kept_is_no_switch_and_nothing_is_wrong)
{
    expect_same();
    cr_expect(eq(u32, loaded.admin.count, 0));
}

Test(switch_store, what_was_saved_is_loaded_by_source)
{
    struct switch_entry *entry = put(&content.admin, "checkout", "on");
    snprintf(entry->reason, sizeof(entry->reason), "coupons \"run\" out 午");
    snprintf(entry->actor, sizeof(entry->actor), "li.wei");
    entry->until_unix_s = 1770973200;
    put(&content.admin, "cart", "auto");
    put(&content.redis, "*", "never")->is_drill = true;
    cr_assert(switch_store_save(folder, &content, reason), "%s", reason);
    expect_same();
    cr_expect(eq(str, loaded.redis.entries[0].name, "*"));
}

Test(switch_store, a_second_save_replaces_the_first)
{
    put(&content.admin, "checkout", "on");
    cr_assert(switch_store_save(folder, &content, reason));
    switch_document_remove(&content.admin, SLICE("checkout"));
    cr_assert(switch_store_save(folder, &content, reason));
    expect_same();
}

Test(switch_store, two_full_documents_fit)
{
    fill(&content.admin, 'a');
    fill(&content.redis, 'b');
    cr_assert(switch_store_save(folder, &content, reason), "%s", reason);
    expect_same();
}

Test(switch_store, a_document_that_would_not_be_read_again_is_not_saved)
{
    put(&content.admin, "checkout", "on");
    cr_assert(switch_store_save(folder, &content, reason));
    struct switch_document before = content.admin;
    fill(&content.redis, '"');
    cr_assert(not(switch_store_save(folder, &content, reason)));
    cr_expect(eq(str, reason, "cannot be written: the switches' notes are too long"));
    cr_assert(switch_store_load(folder, &loaded, reason));
    cr_expect(switch_document_equals(&loaded.admin, &before));
    cr_expect(eq(u32, loaded.redis.count, 0));
}

/* Damage */

static void expect_damaged(const char *bytes, const char *clause)
{
    scratch_write(&scratch, "switches.json", bytes);
    memset(&loaded, 0x5a, sizeof(loaded));
    struct switch_store_content before = loaded;
    char expected[WHOLE_FILE_REASON_BYTES];
    snprintf(expected, sizeof(expected), "is damaged: %s, and is now switches.json.bad", clause);
    cr_assert(not(switch_store_load(folder, &loaded, reason)), "%s", bytes);
    cr_expect(eq(str, reason, expected));
    cr_expect(eq(int, memcmp(&before, &loaded, sizeof(loaded)), 0)); /* untouched */
    cr_expect(not(is_there("switches.json")));
    cr_expect(is_there("switches.json.bad"));
}

Test(switch_store, what_cannot_be_understood_is_told_and_put_aside)
{
    expect_damaged("[]", "is no JSON object");
    expect_damaged("", "is empty");
    expect_damaged("{\"admin\":5}", "has a member that is no object");
    expect_damaged("{\"other\":{}}", "has a member other than admin and redis");
}

Test(switch_store, every_cut_is_damage_and_the_next_save_is_whole)
{
    static const char whole[] = "{\"admin\":{\"checkout\":{\"mode\":\"on\"}},\"redis\":{\"*\":{\"mode\":\"auto\"}}}";
    for (size_t length = 0; length < sizeof(whole) - 1; length++) {
        char cut[sizeof(whole)];
        snprintf(cut, sizeof(cut), "%.*s", (int)length, whole);
        scratch_write(&scratch, "switches.json", cut);
        cr_assert(not(switch_store_load(folder, &loaded, reason)), "%s", cut);
        cr_assert(eq(int, strncmp(reason, "is damaged: ", 12), 0), "%s", reason);
    }
    put(&content.admin, "checkout", "on");
    cr_assert(switch_store_save(folder, &content, reason));
    expect_same();
}

Test(switch_store, a_faulty_entry_is_the_boards_to_judge_and_the_rest_holds)
{
    scratch_write(&scratch, "switches.json", "{\"admin\":{\"a\":{\"mode\":5},\"b\":{\"mode\":\"on\"}}}");
    cr_assert(switch_store_load(folder, &loaded, reason), "%s", reason);
    cr_expect(eq(u32, loaded.admin.faulty, 1));
    cr_expect(eq(str, (char *)switch_document_find(&loaded.admin, SLICE("b"))->mode, "on"));
}

Test(switch_store, a_file_past_the_ceiling_is_not_read)
{
    static char filler[SWITCH_STORE_BYTES_MAX + 2];
    memset(filler, ' ', SWITCH_STORE_BYTES_MAX + 1);
    scratch_write(&scratch, "switches.json", filler);
    cr_assert(not(switch_store_load(folder, &loaded, reason)));
    cr_expect(eq(str, reason, "cannot be read: File too large"));
}

Test(switch_store, without_a_folder_nothing_is_loaded_and_a_save_says_that_it_is_not_kept)
{
    cr_assert(switch_store_load(-1, &loaded, reason));
    cr_expect(eq(u32, loaded.admin.count, 0));
    cr_assert(not(switch_store_save(-1, &content, reason)));
    cr_expect(eq(str, reason, "is not kept: there is no state_dir"));
}

Test(switch_store, a_save_that_fails_says_why_and_leaves_the_old_one)
{
    put(&content.admin, "checkout", "on");
    cr_assert(switch_store_save(folder, &content, reason));
    scratch_folder(&scratch, "switches.json.tmp");
    struct switch_store_content changed = content;
    put(&changed.admin, "cart", "on");
    cr_assert(not(switch_store_save(folder, &changed, reason)));
    cr_expect(eq(str, reason, "cannot be created: File exists"));
    expect_same();
}
