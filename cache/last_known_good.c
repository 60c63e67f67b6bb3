#include "cache/last_known_good.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache/state_file.h"
#include "policy/snapshot_image.h"

static_assert((int)LAST_KNOWN_GOOD_ORIGIN_BYTES == (int)STATE_FILE_ORIGIN_BYTES, "an origin fits the file's head");

static const char *const generation_names[LAST_KNOWN_GOOD_GENERATIONS] = {"promogate-a.state", "promogate-b.state"};
static const char lock_name[] = "promogate.lock";

enum { FOLDER_SHOWN_BYTES = 256 }; /* so that a long path leaves room for what is wrong */

struct last_known_good {
    char *path, *origin;
    int folder, lock;
    /* By the last reading: damaged, foreign, not to be used. Such a file is replaced first. */
    bool is_unusable[LAST_KNOWN_GOOD_GENERATIONS];
};

static bool fail(const char *path, const char *name, const char *clause, char ret_reason[LAST_KNOWN_GOOD_REASON_BYTES])
{
    snprintf(ret_reason, LAST_KNOWN_GOOD_REASON_BYTES, "%.*s%s%s %s", FOLDER_SHOWN_BYTES, path,
             name[0] != '\0' ? "/" : "", name, clause);
    return false;
}

static bool fail_with_error(const char *path, const char *name, const char *clause, int error,
                            char ret_reason[LAST_KNOWN_GOOD_REASON_BYTES])
{
    char whole[STATE_FILE_REASON_BYTES];
    snprintf(whole, sizeof(whole), "%s: %s", clause, strerror(error));
    return fail(path, name, whole, ret_reason);
}

/* Opening */

static bool open_folder(struct last_known_good *state, char ret_reason[LAST_KNOWN_GOOD_REASON_BYTES])
{
    bool is_there = mkdir(state->path, 0700) == 0 || errno == EEXIST;
    if (!is_there) {
        return fail_with_error(state->path, "", "cannot be created", errno, ret_reason);
    }
    state->folder = open(state->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return state->folder >= 0 || fail_with_error(state->path, "", "cannot be opened", errno, ret_reason);
}

static bool take_lock(struct last_known_good *state, char ret_reason[LAST_KNOWN_GOOD_REASON_BYTES])
{
    const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    state->lock = openat(state->folder, lock_name, O_RDWR | O_CREAT | flags, 0600);
    if (state->lock < 0 && (errno == EROFS || errno == EACCES)) {
        state->lock = openat(state->folder, lock_name, O_RDONLY | flags);
    }
    if (state->lock < 0) {
        return fail_with_error(state->path, lock_name, "cannot be opened", errno, ret_reason);
    }
    if (flock(state->lock, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? fail(state->path, lock_name, "is locked: another process uses the folder", ret_reason)
                   : fail_with_error(state->path, lock_name, "cannot be locked", errno, ret_reason);
    }
    return true;
}

struct last_known_good *last_known_good_open(const char *folder, const char *origin,
                                             char ret_reason[LAST_KNOWN_GOOD_REASON_BYTES])
{
    if (strlen(origin) > LAST_KNOWN_GOOD_ORIGIN_BYTES) {
        fail(folder, "", "cannot be used: its source's name is too long", ret_reason);
        return NULL;
    }
    struct last_known_good *state = calloc(1, sizeof(*state));
    if (state == NULL) {
        fail(folder, "", "cannot be opened: out of memory", ret_reason);
        return NULL;
    }
    state->folder = state->lock = -1;
    state->path = strdup(folder);
    state->origin = strdup(origin);
    bool has_memory = (state->path != NULL && state->origin != NULL) ||
                      fail(folder, "", "cannot be opened: out of memory", ret_reason);
    if (!has_memory || !open_folder(state, ret_reason) || !take_lock(state, ret_reason)) {
        last_known_good_close(state);
        return NULL;
    }
    unlinkat(state->folder, state_file_temporary, 0); /* where it cannot be removed, no write will succeed and say so */
    return state;
}

void last_known_good_close(struct last_known_good *state)
{
    if (state != NULL) {
        if (state->lock >= 0) {
            close(state->lock);
        }
        if (state->folder >= 0) {
            close(state->folder);
        }
        free(state->path);
        free(state->origin);
        free(state);
    }
}

int last_known_good_folder(const struct last_known_good *state)
{
    return state->folder;
}

/* Generations */

static bool open_generation(const struct last_known_good *state, unsigned which, struct state_file *file,
                            char ret_reason[STATE_FILE_REASON_BYTES])
{
    if (!state_file_open(file, state->folder, generation_names[which], ret_reason)) {
        return false;
    }
    if (!slice_equals(state_file_origin(file), slice_of(state->origin))) {
        snprintf(ret_reason, STATE_FILE_REASON_BYTES, "is foreign: it was written for the source %.*s",
                 (int)(file->head.origin_length < 64 ? file->head.origin_length : 64), file->head.origin);
        state_file_close(file);
        return false;
    }
    return true;
}

/* Reading */

static void skip(struct last_known_good *state, unsigned which, const char *clause,
                 struct last_known_good_reading *reading)
{
    assert(reading->skipped_count < sizeof(reading->skipped) / sizeof(reading->skipped[0]));
    fail(state->path, generation_names[which], clause, reading->skipped[reading->skipped_count++]);
}

static struct snapshot *read_image(const struct state_file *file, const struct snapshot_limits *limits,
                                   char ret_reason[STATE_FILE_REASON_BYTES])
{
    char *image = state_file_read_image(file, ret_reason);
    if (image == NULL) {
        return NULL;
    }
    const char *clause;
    struct snapshot *snapshot = snapshot_image_read(image, file->head.image_bytes, limits, &clause);
    if (snapshot == NULL) {
        snprintf(ret_reason, STATE_FILE_REASON_BYTES, "is not used as it is: %s", clause);
    } else if (snapshot_facts(snapshot).release != file->head.release) {
        snprintf(ret_reason, STATE_FILE_REASON_BYTES, "has the image of another release");
        snapshot_free(snapshot);
        snapshot = NULL;
    }
    return snapshot;
}

/* What another version's program left still has its documents. */
static struct snapshot *compile(const struct state_file *file, const struct documents *documents,
                                const struct snapshot_limits *limits, char ret_reason[STATE_FILE_REASON_BYTES])
{
    struct problems problems;
    problems_init(&problems);
    struct snapshot *snapshot = release_compile(documents, file->head.release, limits, &problems);
    if (snapshot == NULL) {
        snprintf(ret_reason, STATE_FILE_REASON_BYTES, "has documents that are refused: %.100s",
                 problems.count > 0 ? problems.items[0].reason : "out of memory");
    }
    problems_clear(&problems);
    return snapshot;
}

static void take_edition(const struct state_head *head, struct last_known_good_reading *reading)
{
    reading->edition.release = head->release;
    reading->edition.root_length = head->root_length;
    memcpy(reading->edition.root, head->root, head->root_length);
    reading->written_wall_ms = head->written_wall_ms;
}

static bool may_try(const struct release_gate *gate, uint64_t release)
{
    struct problems problems;
    problems_init(&problems);
    bool may = gate->may_try(gate->context, release, &problems);
    problems_clear(&problems);
    return may;
}

/* True when the generation gave a snapshot. */
static bool use_generation(struct last_known_good *state, unsigned which, const struct state_file *file,
                           const struct snapshot_limits *limits, struct last_known_good_reading *reading)
{
    char reason[STATE_FILE_REASON_BYTES];
    reading->snapshot = read_image(file, limits, reason);
    if (reading->snapshot == NULL) {
        state->is_unusable[which] = true;
        skip(state, which, reason, reading);
    }
    if (!state_file_read_documents(file, &reading->documents, reason)) {
        skip(state, which, reason, reading);
    } else if (reading->snapshot == NULL) {
        reading->snapshot = compile(file, &reading->documents, limits, reason);
        if (reading->snapshot == NULL) {
            skip(state, which, reason, reading);
            documents_clear(&reading->documents);
        }
    }
    if (reading->snapshot != NULL) {
        take_edition(&file->head, reading);
    }
    return reading->snapshot != NULL;
}

static void open_files(struct last_known_good *state, struct state_file *files, struct last_known_good_reading *reading)
{
    for (unsigned i = 0; i < LAST_KNOWN_GOOD_GENERATIONS; i++) {
        char reason[STATE_FILE_REASON_BYTES];
        struct state_file *file = &files[i];
        state->is_unusable[i] = !open_generation(state, i, file, reason);
        if (state->is_unusable[i] && reason[0] != '\0') {
            skip(state, i, reason, reading);
        }
    }
}

void last_known_good_read(struct last_known_good *state, const struct snapshot_limits *limits,
                          const struct release_gate *gate, struct last_known_good_reading *ret_reading)
{
    *ret_reading = (struct last_known_good_reading){0};
    documents_init(&ret_reading->documents);
    struct state_file files[LAST_KNOWN_GOOD_GENERATIONS];
    open_files(state, files, ret_reading);
    unsigned newest =
        files[1].descriptor >= 0 && (files[0].descriptor < 0 || files[1].head.sequence > files[0].head.sequence);
    for (unsigned turn = 0; turn < LAST_KNOWN_GOOD_GENERATIONS && ret_reading->snapshot == NULL; turn++) {
        unsigned which = turn == 0 ? newest : 1 - newest;
        if (files[which].descriptor >= 0 && !may_try(gate, files[which].head.release)) {
            state->is_unusable[which] = true;
            skip(state, which, "holds a release that is not to be used", ret_reading);
        } else if (files[which].descriptor >= 0) {
            use_generation(state, which, &files[which], limits, ret_reading);
        }
    }
    state_file_close(&files[0]);
    state_file_close(&files[1]);
}

void last_known_good_reading_clear(struct last_known_good_reading *reading)
{
    snapshot_free(reading->snapshot);
    reading->snapshot = NULL;
    documents_clear(&reading->documents);
}

/* Writing */

/* Which file is replaced, and the sequence number of what replaces it. */
static unsigned choose(const struct last_known_good *state, uint64_t *ret_sequence)
{
    bool is_good[LAST_KNOWN_GOOD_GENERATIONS];
    uint64_t sequences[LAST_KNOWN_GOOD_GENERATIONS] = {0};
    for (unsigned i = 0; i < LAST_KNOWN_GOOD_GENERATIONS; i++) {
        struct state_file file;
        char reason[STATE_FILE_REASON_BYTES];
        is_good[i] = open_generation(state, i, &file, reason);
        if (is_good[i]) {
            sequences[i] = file.head.sequence;
            state_file_close(&file);
        }
        is_good[i] = is_good[i] && !state->is_unusable[i];
    }
    *ret_sequence = (sequences[0] > sequences[1] ? sequences[0] : sequences[1]) + 1;
    if (is_good[0] != is_good[1]) {
        return is_good[0] ? 1 : 0;
    }
    return sequences[0] > sequences[1] ? 1 : 0;
}

bool last_known_good_write(struct last_known_good *state, const struct edition *edition,
                           const struct snapshot *snapshot, const struct documents *documents, int64_t wall_ms,
                           char ret_reason[LAST_KNOWN_GOOD_REASON_BYTES])
{
    assert(edition->release == snapshot_facts(snapshot).release);
    struct text image;
    text_init(&image, UINT32_MAX);
    snapshot_image_append(&image, snapshot);
    struct state_content content = {
        .written_wall_ms = wall_ms,
        .origin = slice_of(state->origin),
        .edition = edition,
        .image = &image,
        .documents = documents,
    };
    unsigned which = choose(state, &content.sequence);
    char clause[STATE_FILE_REASON_BYTES] = "cannot be written: out of memory";
    bool is_written = !image.failed && state_file_write(state->folder, generation_names[which], &content, clause);
    text_clear(&image);
    if (!is_written) {
        return fail(state->path, generation_names[which], clause, ret_reason);
    }
    state->is_unusable[which] = false;
    return true;
}
