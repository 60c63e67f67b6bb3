/* Files, as the system gives them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_text.h"

static char folder[] = "/tmp/promogate-config-XXXXXX";
static char path[64];

static void prepare(void)
{
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
    snprintf(path, sizeof(path), "%s/x.conf", folder);
}

static void clean(void)
{
    remove(path);
    rmdir(folder);
}

TestSuite(config_load, .init = prepare, .fini = clean);

static void write_padded(size_t length)
{
    FILE *file = fopen(path, "w");
    cr_assert(ne(ptr, file, NULL));
    fputs(CONFIG_REQUIRED "#", file);
    for (size_t i = strlen(CONFIG_REQUIRED "#"); i < length; i++) {
        putc('x', file);
    }
    cr_assert(eq(int, fclose(file), 0));
}

static void assert_unreadable(const char *name, const char *reason)
{
    cr_assert(eq(ptr, config_load(name, &errors), NULL));
    cr_assert(eq(u32, errors.total, 1));
    cr_assert(eq(str, errors.file, (char *)name));
    cr_assert_not_null(strstr(errors.items[0].reason, reason), "%s", errors.items[0].reason);
}

Test(config_load, a_file_has_a_ceiling)
{
    write_padded(CONFIG_FILE_BYTES_MAX);
    struct config *config = config_load(path, &errors);
    cr_assert(ne(ptr, config, NULL));
    cr_assert(eq(u32, config->bytes.length, CONFIG_FILE_BYTES_MAX));
    config_free(config);
    write_padded(CONFIG_FILE_BYTES_MAX + 1);
    assert_unreadable(path, "larger than 256 KiB");
}

Test(config_load, a_file_that_is_not_there_is_told)
{
    assert_unreadable(path, "No such file or directory");
}

Test(config_load, only_a_file_is_a_file)
{
    assert_unreadable(folder, "is not a file");
    cr_assert(eq(int, mkfifo(path, 0600), 0));
    assert_unreadable(path, "is not a file");
    assert_unreadable("/dev/zero", "is not a file");
}
