/*
 * state_file.h - one generation of the last known good, as a file.
 *
 *     head │ image │ table: (name_length[4] length[4] hash[8])… │ names, each with its NUL │ documents' bytes…
 *
 * The head has a fixed size; it holds the lengths of all parts, the hashes of the image and of table and names, and
 * last its own. The table holds the hash of each document. Hashes are hash.h's: they tell damage, not malice. Numbers
 * are the machine's; a file of another byte order or format is refused.
 *
 * A file is only ever replaced as a whole (whole_file.h). Read with pread into memory, not mapped: a file that shrinks
 * is an error then, not a signal.
 *
 * Errors  false or NULL with a reason, a clause about the file: "cannot be written: No space left on device".
 */
#pragma once

#include "cache/edition.h"
#include "cache/whole_file.h"
#include "policy/document.h"
#include "policy/text.h"

enum {
    STATE_FILE_FORMAT = 1,
    STATE_FILE_ORIGIN_BYTES = 4096,
    STATE_FILE_NAME_BYTES = 255, /* of a document */
    STATE_FILE_REASON_BYTES = WHOLE_FILE_REASON_BYTES,
};

/* As it stands in the file. */
struct state_head {
    char magic[8];
    uint32_t format, byte_order;
    uint64_t sequence; /* grows from write to write */
    int64_t written_wall_ms;
    uint64_t release;
    uint64_t image_bytes, image_hash;
    uint64_t document_count, name_bytes, document_bytes;
    uint64_t table_hash; /* over table and names */
    uint32_t origin_length, root_length;
    char root[EDITION_ROOT_BYTES];
    char origin[STATE_FILE_ORIGIN_BYTES];
    uint64_t hash; /* over all before */
};

struct state_file {
    int descriptor; /* -1: not open */
    struct state_head head;
};

/* Opens a file of the folder and checks its head, and that it has the length that this says. False with an empty
   reason: there is no such file. */
bool state_file_open(struct state_file *file, int folder, const char *name, char ret_reason[STATE_FILE_REASON_BYTES]);
void state_file_close(struct state_file *file);

static inline struct slice state_file_origin(const struct state_file *file)
{
    return (struct slice){.at = file->head.origin, .length = file->head.origin_length};
}

/* head.image_bytes of them, malloc'ed, as they were written. */
char *state_file_read_image(const struct state_file *file, char ret_reason[STATE_FILE_REASON_BYTES]);

/* Adds all documents or none; `ret_documents` is empty. */
bool state_file_read_documents(const struct state_file *file, struct documents *ret_documents,
                               char ret_reason[STATE_FILE_REASON_BYTES]);

struct state_content {
    uint64_t sequence;
    int64_t written_wall_ms;
    struct slice origin;
    const struct edition *edition;
    const struct text *image;
    const struct documents *documents;
};

/* The name under which a file is written before it gets its own. */
extern const char state_file_temporary[];

/* Replaces the file of that name. */
bool state_file_write(int folder, const char *name, const struct state_content *content,
                      char ret_reason[STATE_FILE_REASON_BYTES]);
