#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publish/release_fetch.h"
#include "publish/standing.h"

/* Documents are fetched in groups of about this size, so that a large release needs little memory. */
enum { GROUP_BYTES = 16 * 1024 * 1024 };

struct export
{
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

static bool open_folder(struct export *export)
{
    export->is_made_by_us = mkdir(export->path, 0777) == 0;
    if (!export->is_made_by_us && errno != EEXIST) {
        return connection_fail(&export->connection, "%s: %s", export->path, strerror(errno));
    }
    export->folder = open(export->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (export->folder < 0) {
        return connection_fail(&export->connection, "%s: %s", export->path, strerror(errno));
    }
    return is_empty(export->folder) || connection_fail(&export->connection, "%s is not empty", export->path);
}

/* False with errno. */
static bool write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(file, bytes, length);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool write_file(struct export *export, const struct manifest_entry *entry, const char *bytes)
{
    char name[MANIFEST_NAME_BYTES_MAX + 1];
    memcpy(name, entry->name.at, entry->name.length); /* manifest_decode lets only plain file names pass */
    name[entry->name.length] = '\0';
    int file = openat(export->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    bool is_written = file >= 0 && write_all(file, bytes, entry->blob.length);
    int error = errno;
    if (file >= 0 && close(file) != 0 && is_written) {
        is_written = false;
        error = errno;
    }
    return is_written || connection_fail(&export->connection, "%s/%s: %s", export->path, name, strerror(error));
}

static bool write_group(struct export *export, const struct blob *blobs, uint32_t from, uint32_t count)
{
    struct assembly *assembly = release_fetch_blobs(&export->connection, blobs + from, count, NULL);
    bool is_well = assembly != NULL;
    for (uint32_t i = 0; i < count && is_well; i++) {
        char *bytes = assembly_take(assembly, i);
        is_well = bytes != NULL || connection_fail_memory(&export->connection);
        export->begun = from + i + 1;
        is_well = is_well && write_file(export, &export->manifest.entries[from + i], bytes);
        free(bytes);
    }
    assembly_free(assembly);
    return is_well;
}

static bool write_groups(struct export *export, const struct blob *blobs)
{
    uint32_t count = export->manifest.count;
    for (uint32_t from = 0, to; from < count; from = to) {
        uint64_t bytes = blobs[from].length;
        for (to = from + 1; to < count && bytes + blobs[to].length <= GROUP_BYTES; to++) {
            bytes += blobs[to].length;
        }
        if (!write_group(export, blobs, from, to - from)) {
            return false;
        }
    }
    return true;
}

static bool write_documents(struct export *export)
{
    struct blob *blobs = calloc((size_t) export->manifest.count + 1, sizeof(*blobs));
    if (blobs == NULL) {
        return connection_fail_memory(&export->connection);
    }
    for (uint32_t i = 0; i < export->manifest.count; i++) {
        blobs[i] = export->manifest.entries[i].blob;
    }
    bool is_well = write_groups(export, blobs);
    free(blobs);
    return is_well;
}

/* Half a release must not lie around: somebody might publish it. */
static void take_away(struct export *export)
{
    for (uint32_t i = 0; i < export->begun; i++) {
        struct slice name = export->manifest.entries[i].name;
        char path[MANIFEST_NAME_BYTES_MAX + 1];
        snprintf(path, sizeof(path), "%.*s", (int)name.length, name.at);
        unlinkat(export->folder, path, 0);
    }
    if (export->is_made_by_us) {
        rmdir(export->path);
    }
}

static bool run(struct export *export)
{
    static struct standing standing; /* it is large */
    struct release_record record;
    if (!standing_read(&export->connection, &standing) ||
        !standing_find(&export->connection, &standing, export->release, &record) ||
        !release_fetch_manifest(&export->connection, &record.root, NULL, &export->manifest) || !open_folder(export)) {
        return false;
    }
    if (!write_documents(export)) {
        take_away(export);
        return false;
    }
    printf("release %" PRIu64 ": %" PRIu32 " documents of %" PRIu64 " bytes\n", record.root.release,
           export->manifest.count, export->manifest.document_bytes);
    return true;
}

int command_export(const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {CONNECTION_OPTION_ROWS};
    static struct connection_options options;
    static struct export export;
    const struct connection_syntax syntax = {names, take, NULL, 2, "give one RELEASE and one DIR", NULL};
    int status = connection_options_parse(&options, command, argc, argv, &syntax);
    if (status != CONNECTION_OPTIONS_TAKEN) {
        return status;
    }
    export.folder = -1;
    export.path = argv[optind + 1];
    if (!command_parse_release_or_current(argv[optind], &export.release)) {
        return command_misused(command, "RELEASE is a number, or `current`");
    }
    bool is_well = connection_open(&export.connection, &options, REDIS_READER) && run(&export);
    connection_close(&export.connection);
    manifest_clear(&export.manifest);
    if (export.folder >= 0) {
        close(export.folder);
    }
    return is_well ? STATUS_DONE : command_failed(command, export.connection.reason);
}
