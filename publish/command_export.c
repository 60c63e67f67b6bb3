#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/whole_file.h"
#include "publish/release_fetch.h"
#include "publish/standing.h"

/* Documents are fetched in groups of about this size, so that a large release needs little memory. */
enum { GROUP_BYTES = 16 * 1024 * 1024 };

struct exporter {
    struct connection connection;
    uint64_t release;
    const char *path;
    bool is_made_by_us;
    int folder;
    struct manifest manifest;
    uint32_t begun; /* how many documents may have a file by now */
};

static const char *take(void *own, int name, const char *argument)
{
    (void)own, (void)name, (void)argument;
    return NULL; /* it has no option of its own */
}

static bool is_empty(int folder)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (listing == NULL) {
        return false;
    }
    const struct dirent *entry;
    uint32_t count = 0;
    while (count == 0 && (entry = readdir(listing)) != NULL) {
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(listing);
    return count == 0;
}

static bool open_folder(struct exporter *exporter)
{
    exporter->is_made_by_us = mkdir(exporter->path, 0777) == 0;
    if (!exporter->is_made_by_us && errno != EEXIST) {
        return connection_fail(&exporter->connection, "%s: %s", exporter->path, strerror(errno));
    }
    exporter->folder = open(exporter->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (exporter->folder < 0) {
        return connection_fail(&exporter->connection, "%s: %s", exporter->path, strerror(errno));
    }
    return is_empty(exporter->folder) || connection_fail(&exporter->connection, "%s is not empty", exporter->path);
}

static bool write_file(struct exporter *exporter, const struct manifest_entry *entry, const char *bytes)
{
    char name[MANIFEST_NAME_BYTES_MAX + 1];
    memcpy(name, entry->name.at, entry->name.length); /* manifest_decode lets only plain file names pass */
    name[entry->name.length] = '\0';
    int file = openat(exporter->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    int error = file < 0 ? errno : whole_file_put(file, bytes, entry->blob.length);
    if (file >= 0 && close(file) != 0 && error == 0) {
        error = errno;
    }
    return error == 0 || connection_fail(&exporter->connection, "%s/%s: %s", exporter->path, name, strerror(error));
}

static bool write_group(struct exporter *exporter, const struct blob *blobs, uint32_t from, uint32_t count)
{
    struct assembly *assembly = release_fetch_blobs(&exporter->connection, blobs + from, count, NULL);
    bool is_well = assembly != NULL;
    for (uint32_t i = 0; i < count && is_well; i++) {
        char *bytes = assembly_take(assembly, i);
        is_well = bytes != NULL || connection_fail_memory(&exporter->connection);
        exporter->begun = from + i + 1;
        is_well = is_well && write_file(exporter, &exporter->manifest.entries[from + i], bytes);
        free(bytes);
    }
    assembly_free(assembly);
    return is_well;
}

static bool write_groups(struct exporter *exporter, const struct blob *blobs)
{
    uint32_t count = exporter->manifest.count;
    for (uint32_t from = 0, to; from < count; from = to) {
        uint64_t bytes = blobs[from].length;
        for (to = from + 1; to < count && bytes + blobs[to].length <= GROUP_BYTES; to++) {
            bytes += blobs[to].length;
        }
        if (!write_group(exporter, blobs, from, to - from)) {
            return false;
        }
    }
    return true;
}

static bool write_documents(struct exporter *exporter)
{
    struct blob *blobs = calloc((size_t)exporter->manifest.count + 1, sizeof(*blobs));
    if (blobs == NULL) {
        return connection_fail_memory(&exporter->connection);
    }
    for (uint32_t i = 0; i < exporter->manifest.count; i++) {
        blobs[i] = exporter->manifest.entries[i].blob;
    }
    bool is_well = write_groups(exporter, blobs);
    free(blobs);
    return is_well;
}

/* Half a release must not lie around: somebody might publish it. */
static void take_away(struct exporter *exporter)
{
    for (uint32_t i = 0; i < exporter->begun; i++) {
        struct slice name = exporter->manifest.entries[i].name;
        char path[MANIFEST_NAME_BYTES_MAX + 1];
        snprintf(path, sizeof(path), "%.*s", (int)name.length, name.at);
        unlinkat(exporter->folder, path, 0);
    }
    if (exporter->is_made_by_us) {
        rmdir(exporter->path);
    }
}

static bool run(struct exporter *exporter)
{
    static struct standing standing; /* it is large */
    struct release_record record;
    if (!standing_read(&exporter->connection, &standing) ||
        !standing_find(&exporter->connection, &standing, exporter->release, &record) ||
        !release_fetch_manifest(&exporter->connection, &record.root, NULL, &exporter->manifest) ||
        !open_folder(exporter)) {
        return false;
    }
    if (!write_documents(exporter)) {
        take_away(exporter);
        return false;
    }
    printf("release %" PRIu64 ": %" PRIu32 " documents of %" PRIu64 " bytes\n", record.root.release,
           exporter->manifest.count, exporter->manifest.document_bytes);
    return true;
}

int command_export(const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {CONNECTION_OPTION_ROWS};
    static struct connection_options options;
    static struct exporter exporter;
    const struct connection_syntax syntax = {names, take, NULL, 2, "give one RELEASE and one DIR", NULL};
    int status = connection_options_parse(&options, command, argc, argv, &syntax);
    if (status != CONNECTION_OPTIONS_TAKEN) {
        return status;
    }
    exporter.folder = -1;
    exporter.path = argv[optind + 1];
    if (!command_parse_release_or_current(argv[optind], &exporter.release)) {
        return command_misused(command, "RELEASE is a number, or `current`");
    }
    bool is_well = connection_open(&exporter.connection, &options, REDIS_READER) && run(&exporter);
    connection_close(&exporter.connection);
    manifest_clear(&exporter.manifest);
    if (exporter.folder >= 0) {
        close(exporter.folder);
    }
    return is_well ? STATUS_DONE : command_failed(command, exporter.connection.reason);
}
