#include "cache/state_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/state_format.h"
#include "policy/hash.h"

static_assert(sizeof(struct state_head) == 8 + 2 * 4 + 9 * 8 + 2 * 4 + EDITION_ROOT_BYTES + STATE_FILE_ORIGIN_BYTES + 8,
              "no bytes between the members");

static bool fail(char ret_reason[STATE_FILE_REASON_BYTES], const char *clause, int error)
{
    if (error == 0) {
        snprintf(ret_reason, STATE_FILE_REASON_BYTES, "%s", clause);
    } else {
        snprintf(ret_reason, STATE_FILE_REASON_BYTES, "%s: %s", clause, strerror(error));
    }
    return false;
}

/* Exactly so many bytes. */
static bool read_at(const struct state_file *file, uint64_t from, void *ret_bytes, size_t length,
                    char ret_reason[STATE_FILE_REASON_BYTES])
{
    char *bytes = ret_bytes;
    for (size_t have = 0; have < length;) {
        ssize_t more = pread(file->descriptor, bytes + have, length - have, (off_t)(from + have));
        if (more == 0) {
            return fail(ret_reason, "is cut short", 0);
        }
        if (more < 0 && errno != EINTR) {
            return fail(ret_reason, "cannot be read", errno);
        }
        have += more > 0 ? (size_t)more : 0;
    }
    return true;
}

/* Opening */

uint64_t state_format_bytes(const struct state_head *head)
{
    return sizeof(*head) + head->image_bytes + head->document_count * sizeof(struct state_entry) + head->name_bytes +
           head->document_bytes;
}

uint64_t state_format_head_hash(const struct state_head *head)
{
    return hash_bytes(head, offsetof(struct state_head, hash));
}

/* Also what keeps the sums of state_format_bytes from running over. */
static bool has_ceilings(const struct state_head *head)
{
    return head->sequence < UINT64_MAX && head->image_bytes <= UINT32_MAX &&
           head->document_count <= DOCUMENTS_COUNT_MAX &&
           head->name_bytes <= head->document_count * (STATE_FILE_NAME_BYTES + 1) &&
           head->document_bytes <= documents_bytes_max && head->origin_length <= STATE_FILE_ORIGIN_BYTES &&
           head->root_length <= EDITION_ROOT_BYTES;
}

static bool check_head(const struct state_head *head, uint64_t file_bytes, char ret_reason[STATE_FILE_REASON_BYTES])
{
    if (memcmp(head->magic, state_format_magic, sizeof(head->magic)) != 0) {
        return fail(ret_reason, "is no state file", 0);
    }
    if (head->byte_order != STATE_FORMAT_BYTE_ORDER) {
        return fail(ret_reason, "was written by a machine of another byte order", 0);
    }
    if (head->format != STATE_FILE_FORMAT) {
        return fail(ret_reason, "is of another format, of a newer or older program", 0);
    }
    if (head->hash != state_format_head_hash(head) || !has_ceilings(head)) {
        return fail(ret_reason, "has a damaged head", 0);
    }
    return state_format_bytes(head) == file_bytes || fail(ret_reason, "has not the length that it says", 0);
}

static bool read_head(struct state_file *file, char ret_reason[STATE_FILE_REASON_BYTES])
{
    struct stat status;
    if (fstat(file->descriptor, &status) != 0) {
        return fail(ret_reason, "cannot be read", errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(ret_reason, "is no regular file", 0);
    }
    return read_at(file, 0, &file->head, sizeof(file->head), ret_reason) &&
           check_head(&file->head, (uint64_t)status.st_size, ret_reason);
}

bool state_file_open(struct state_file *file, int folder, const char *name, char ret_reason[STATE_FILE_REASON_BYTES])
{
    /* O_NONBLOCK in case that somebody put a pipe there. */
    file->descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (file->descriptor < 0) {
        return fail(ret_reason, errno == ENOENT ? "" : "cannot be opened", errno == ENOENT ? 0 : errno);
    }
    if (!read_head(file, ret_reason)) {
        state_file_close(file);
        return false;
    }
    return true;
}

void state_file_close(struct state_file *file)
{
    if (file->descriptor >= 0) {
        close(file->descriptor);
        file->descriptor = -1;
    }
}

/* Reading */

static char *read_part(const struct state_file *file, uint64_t from, size_t length,
                       char ret_reason[STATE_FILE_REASON_BYTES])
{
    char *bytes = malloc(length > 0 ? length : 1);
    if (bytes == NULL) {
        fail(ret_reason, "cannot be read", ENOMEM);
    } else if (!read_at(file, from, bytes, length, ret_reason)) {
        free(bytes);
        bytes = NULL;
    }
    return bytes;
}

char *state_file_read_image(const struct state_file *file, char ret_reason[STATE_FILE_REASON_BYTES])
{
    char *image = read_part(file, sizeof(file->head), file->head.image_bytes, ret_reason);
    if (image != NULL && hash_bytes(image, file->head.image_bytes) != file->head.image_hash) {
        fail(ret_reason, "has a damaged image", 0);
        free(image);
        image = NULL;
    }
    return image;
}

/* Reads one document of `entry`, whose name is at `name`. */
static bool read_document(const struct state_file *file, const struct state_entry *entry, const char *name,
                          uint64_t from, struct documents *documents, char ret_reason[STATE_FILE_REASON_BYTES])
{
    char *bytes = read_part(file, from, entry->length, ret_reason);
    if (bytes == NULL) {
        return false;
    }
    if (hash_bytes(bytes, entry->length) != entry->hash) {
        free(bytes);
        return fail(ret_reason, "has damaged documents", 0);
    }
    return documents_add(documents, name, bytes, entry->length) || fail(ret_reason, "cannot be read", ENOMEM);
}

/* Is there such a name, with its NUL, in what is left of the names? */
static bool has_name(const char *names, uint64_t left, uint32_t length)
{
    return length > 0 && length <= STATE_FILE_NAME_BYTES && length < left &&
           memchr(names, 0, length + 1) == names + length;
}

static bool read_all(const struct state_file *file, const char *table, struct documents *documents,
                     char ret_reason[STATE_FILE_REASON_BYTES])
{
    const struct state_head *head = &file->head;
    uint64_t table_bytes = head->document_count * sizeof(struct state_entry);
    uint64_t names_left = head->name_bytes, bytes_left = head->document_bytes;
    const char *name = table + table_bytes;
    for (uint64_t i = 0; i < head->document_count; i++) {
        struct state_entry entry;
        memcpy(&entry, table + i * sizeof(entry), sizeof(entry));
        if (entry.length > bytes_left || !has_name(name, names_left, entry.name_length)) {
            return fail(ret_reason, "has a damaged table of documents", 0);
        }
        if (!read_document(file, &entry, name, state_format_bytes(head) - bytes_left, documents, ret_reason)) {
            return false;
        }
        bytes_left -= entry.length;
        names_left -= entry.name_length + 1u;
        name += entry.name_length + 1u;
    }
    return (names_left == 0 && bytes_left == 0) || fail(ret_reason, "has a damaged table of documents", 0);
}

bool state_file_read_documents(const struct state_file *file, struct documents *ret_documents,
                               char ret_reason[STATE_FILE_REASON_BYTES])
{
    const struct state_head *head = &file->head;
    size_t length = head->document_count * sizeof(struct state_entry) + head->name_bytes;
    char *table = read_part(file, sizeof(*head) + head->image_bytes, length, ret_reason);
    if (table == NULL) {
        return false;
    }
    bool is_sound =
        hash_bytes(table, length) == head->table_hash || fail(ret_reason, "has a damaged table of documents", 0);
    bool is_read = is_sound && read_all(file, table, ret_documents, ret_reason);
    free(table);
    if (!is_read) {
        documents_clear(ret_documents);
    }
    return is_read;
}
