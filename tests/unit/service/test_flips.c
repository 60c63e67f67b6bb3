/* Two states of a source of switches, and the lines that tell them apart. */
#include "service/flips.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "config_text.h"
#include "tests/unit/cache/scratch.h"

enum { UNTIL_UNIX_S = 1770973200 /* 2026-02-13T09:00:00Z */ };

static struct scratch scratch;
static int folder;
static struct audit audit;
static struct switch_document before, after;

static void set_up(void)
{
    scratch_make(&scratch);
    folder = open(scratch.path, O_RDONLY | O_DIRECTORY);
    audit_init(&audit, folder);
}

static void tear_down(void)
{
    audit_clear(&audit);
    close(folder);
    scratch_remove(&scratch);
}

TestSuite(flips, .init = set_up, .fini = tear_down, .timeout = 60);

/* The lines told so far without their stamps, from "interface" on, and with ' for ". */
static const char *told(void)
{
    static char lines[1 << 16], bytes[1 << 16];
    int file = open(scratch_path(&scratch, "audit.jsonl"), O_RDONLY);
    ssize_t length = file >= 0 ? read(file, bytes, sizeof(bytes) - 1) : 0;
    close(file);
    bytes[length > 0 ? length : 0] = '\0';
    char *end = lines;
    for (char *line = strtok(bytes, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        const char *from = strstr(line, "\"interface\"");
        cr_assert(from != NULL && strstr(line, "\"event\":\"switch_flipped\"") != NULL, "%s", line);
        end += sprintf(end, "%s\n", from);
    }
    *end = '\0';
    for (char *at = lines; at < end; at++) {
        *at = *at == '"' ? '\'' : *at;
    }
    return lines;
}

#define ASSERT_TOLD(lines) cr_assert_str_eq(told(), lines)

#define LINE(interface, source, from, to, actor, reason, rest)                                                         \
    "'interface':'" interface "','source':'" source "','from':'" from "','to':'" to "','actor':'" actor                \
    "','reason':'" reason "'" rest "}\n"

static struct switch_entry *put(struct switch_document *document, const char *name, const char *mode)
{
    struct switch_entry *entry = switch_document_put(document, slice_of(name));
    cr_assert_not_null(entry);
    snprintf(entry->mode, sizeof(entry->mode), "%s", mode);
    snprintf(entry->actor, sizeof(entry->actor), "li.wei");
    snprintf(entry->reason, sizeof(entry->reason), "why");
    return entry;
}

/* Orders */

Test(flips, a_first_order_comes_from_auto_with_all_that_was_said)
{
    struct switch_entry *entry = put(&after, "checkout", "on");
    entry->until_unix_s = UNTIL_UNIX_S;
    entry->is_drill = true;
    flips_tell(&audit, SWITCH_FROM_ADMIN, NULL, entry, "10.0.0.7:41752");
    ASSERT_TOLD(LINE("checkout", "admin", "auto", "on", "li.wei", "why",
                     ",'peer':'10.0.0.7:41752','drill':true,'until':'2026-02-13T09:00:00Z'"));
}

Test(flips, an_order_in_place_of_another_tells_both_modes)
{
    flips_tell(&audit, SWITCH_FROM_ADMIN, put(&before, "*", "never"), put(&after, "*", "on"), "peer");
    ASSERT_TOLD(LINE("*", "admin", "never", "on", "li.wei", "why", ",'peer':'peer','drill':false"));
}

Test(flips, an_order_that_is_taken_back_goes_to_auto_and_nobody_is_put_the_old_words_in_the_mouth)
{
    flips_tell(&audit, SWITCH_FROM_REDIS, put(&before, "checkout", "on"), NULL, "");
    ASSERT_TOLD(LINE("checkout", "redis", "on", "auto", "", "", ",'peer':'','drill':false"));
}

Test(flips, an_order_whose_time_is_over_goes_to_auto_for_that_reason)
{
    struct switch_entry *entry = put(&before, "checkout", "never");
    entry->until_unix_s = UNTIL_UNIX_S;
    flips_tell_end(&audit, SWITCH_FROM_ADMIN, entry, "its time is over");
    ASSERT_TOLD(LINE("checkout", "admin", "never", "auto", "li.wei", "its time is over", ",'peer':'','drill':false"));
}

/* Documents */

Test(flips, of_two_documents_each_entry_that_differs_is_a_line)
{
    put(&before, "gone", "never");
    put(&before, "same", "on");
    put(&before, "turned", "on");
    put(&after, "turned", "never");
    put(&after, "same", "on");
    put(&after, "new", "on");
    flips_tell_documents(&audit, SWITCH_FROM_REDIS, &before, &after);
    ASSERT_TOLD(LINE("gone", "redis", "never", "auto", "", "", ",'peer':'','drill':false")
                    LINE("turned", "redis", "on", "never", "li.wei", "why", ",'peer':'','drill':false")
                        LINE("new", "redis", "auto", "on", "li.wei", "why", ",'peer':'','drill':false"));
}

Test(flips, an_entry_of_the_same_mode_with_another_end_or_reason_is_a_line_too)
{
    put(&before, "end", "on");
    put(&after, "end", "on")->until_unix_s = UNTIL_UNIX_S;
    put(&before, "reason", "on");
    snprintf(put(&after, "reason", "on")->reason, SWITCH_NOTE_BYTES_MAX, "because");
    flips_tell_documents(&audit, SWITCH_FROM_REDIS, &before, &after);
    ASSERT_TOLD(
        LINE("end", "redis", "on", "on", "li.wei", "why", ",'peer':'','drill':false,'until':'2026-02-13T09:00:00Z'")
            LINE("reason", "redis", "on", "on", "li.wei", "because", ",'peer':'','drill':false"));
}

Test(flips, documents_that_say_the_same_in_another_order_are_no_news)
{
    put(&before, "a", "on");
    put(&before, "b", "never");
    put(&after, "b", "never");
    put(&after, "a", "on");
    flips_tell_documents(&audit, SWITCH_FROM_REDIS, &before, &after);
    ASSERT_TOLD("");
}

/* Files */

static struct config *file_of(const char *interfaces)
{
    char text[1024];
    snprintf(text, sizeof(text), CONFIG_LISTEN CONFIG_SOURCE CONFIG_FALLBACKS "interfaces = ( %s );\n", interfaces);
    struct config *config = config_of(text);
    cr_assert_not_null(config, "%s", errors.items[0].reason);
    return config;
}

#define INTERFACE(name, mode) "{ name = \"" name "\"; degrade = \"" mode "\"; fallback = \"safe\"; }"

static void tell_files(const char *interfaces_before, const char *interfaces_after)
{
    struct config *first = file_of(interfaces_before), *second = file_of(interfaces_after);
    flips_tell_files(&audit, first, second);
    config_free(first);
    config_free(second);
}

#define FILE_LINE(interface, from, to)                                                                                 \
    LINE(interface, "file", from, to, "", "the configuration file changed", ",'peer':'','drill':false")

Test(flips, of_two_files_each_interface_whose_degrade_differs_is_a_line)
{
    tell_files(INTERFACE("cart", "on") "," INTERFACE("checkout", "auto") "," INTERFACE("browse", "never"),
               INTERFACE("browse", "auto") "," INTERFACE("cart", "on") "," INTERFACE("checkout", "never"));
    ASSERT_TOLD(FILE_LINE("browse", "never", "auto") FILE_LINE("checkout", "auto", "never"));
}

Test(flips, an_interface_that_comes_or_goes_is_a_line_where_it_is_not_auto)
{
    tell_files(INTERFACE("stays", "auto") "," INTERFACE("gone_on", "on") "," INTERFACE("gone_auto", "auto"),
               INTERFACE("stays", "auto") "," INTERFACE("new_never", "never") "," INTERFACE("new_auto", "auto"));
    ASSERT_TOLD(FILE_LINE("new_never", "auto", "never") FILE_LINE("gone_on", "on", "auto"));
}

Test(flips, files_that_differ_elsewhere_are_no_news)
{
    tell_files(INTERFACE("checkout", "on"), INTERFACE("checkout", "on") "," INTERFACE("browse", "auto"));
    ASSERT_TOLD("");
}
