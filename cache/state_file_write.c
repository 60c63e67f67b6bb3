#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cache/state_format.h"
#include "cache/whole_file.h"
#include "policy/hash.h"

const char state_file_temporary[] = "promogate.state.tmp";

enum { BUFFER_BYTES = 256 * 1024 };

/* Gathers small parts; the first error stays. */
struct writer {
    int descriptor, error;
    size_t used;
    char *buffer;
};

static bool fail(char ret_reason[STATE_FILE_REASON_BYTES], const char *clause, int error)
{
    snprintf(ret_reason, STATE_FILE_REASON_BYTES, "%s: %s", clause, strerror(error));
    return false;
}

static void write_out(struct writer *writer, const char *bytes, size_t length)
{
    if (writer->error == 0) {
        writer->error = whole_file_put(writer->descriptor, bytes, length);
    }
}

static void flush(struct writer *writer)
{
    write_out(writer, writer->buffer, writer->used);
    writer->used = 0;
}

static void put(struct writer *writer, const void *bytes, size_t length)
{
    if (length > BUFFER_BYTES - writer->used) {
        flush(writer);
    }
    if (length > BUFFER_BYTES) {
        write_out(writer, bytes, length);
    } else if (length > 0) {
        memcpy(writer->buffer + writer->used, bytes, length);
        writer->used += length;
    }
}

/* The table, then the names; false when something is too long to be read again. */
static bool build_table(const struct documents *documents, struct text *table, struct state_head *head)
{
    for (size_t i = 0; i < documents->count; i++) {
        const struct document *document = &documents->items[i];
        size_t name_length = strlen(document->name);
        if (name_length == 0 || name_length > STATE_FILE_NAME_BYTES || document->length > DOCUMENT_BYTES_MAX) {
            return false;
        }
        struct state_entry entry = {.name_length = (uint32_t)name_length,
                                    .length = (uint32_t)document->length,
                                    .hash = hash_bytes(document->bytes, document->length)};
        text_append(table, (struct slice){.at = (const char *)&entry, .length = sizeof(entry)});
        head->name_bytes += name_length + 1;
        head->document_bytes += document->length;
    }
    for (size_t i = 0; i < documents->count; i++) {
        const char *name = documents->items[i].name;
        text_append(table, (struct slice){.at = name, .length = (uint32_t)strlen(name) + 1});
    }
    head->document_count = documents->count;
    head->table_hash = hash_bytes(table->bytes, table->length);
    return documents->count <= DOCUMENTS_COUNT_MAX && head->document_bytes <= documents_bytes_max;
}

static void fill_head(const struct state_content *content, struct state_head *head)
{
    const struct edition *edition = content->edition;
    assert(content->origin.length <= STATE_FILE_ORIGIN_BYTES);
    assert(edition->root_length <= EDITION_ROOT_BYTES);
    memcpy(head->magic, state_format_magic, sizeof(head->magic));
    head->format = STATE_FILE_FORMAT;
    head->byte_order = STATE_FORMAT_BYTE_ORDER;
    head->sequence = content->sequence;
    head->written_wall_ms = content->written_wall_ms;
    head->release = edition->release;
    head->image_bytes = content->image->length;
    head->image_hash = hash_bytes(content->image->bytes, content->image->length);
    head->origin_length = content->origin.length;
    head->root_length = edition->root_length;
    memcpy(head->origin, content->origin.at, content->origin.length);
    memcpy(head->root, edition->root, edition->root_length);
    head->hash = state_format_head_hash(head);
}

static int write_parts(int descriptor, const struct state_content *content, const struct state_head *head,
                       const struct text *table)
{
    struct writer writer = {.descriptor = descriptor, .buffer = malloc(BUFFER_BYTES)};
    if (writer.buffer == NULL) {
        return ENOMEM;
    }
    put(&writer, head, sizeof(*head));
    put(&writer, content->image->bytes, content->image->length);
    put(&writer, table->bytes, table->length);
    for (size_t i = 0; i < content->documents->count; i++) {
        put(&writer, content->documents->items[i].bytes, content->documents->items[i].length);
    }
    flush(&writer);
    free(writer.buffer);
    return writer.error;
}

bool state_file_write(int folder, const char *name, const struct state_content *content,
                      char ret_reason[STATE_FILE_REASON_BYTES])
{
    const struct whole_file file = {.folder = folder, .name = name, .temporary = state_file_temporary};
    struct text table;
    text_init(&table, UINT32_MAX);
    struct state_head *head = calloc(1, sizeof(*head));
    bool is_within = head != NULL && build_table(content->documents, &table, head);
    bool is_written = false;
    if (head == NULL || table.failed) {
        fail(ret_reason, "cannot be written", ENOMEM);
    } else if (!is_within) {
        snprintf(ret_reason, STATE_FILE_REASON_BYTES, "cannot be written: a document or its name is too long");
    } else {
        fill_head(content, head);
        int descriptor = whole_file_create(&file, ret_reason);
        is_written = descriptor >= 0 &&
                     whole_file_finish(&file, descriptor, write_parts(descriptor, content, head, &table), ret_reason);
    }
    free(head);
    text_clear(&table);
    return is_written;
}
