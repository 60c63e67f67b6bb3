#include "publish/policies.h"

#include <time.h>

#include "cache/directory.h"
#include "cache/release.h"

/* Two seconds for an upload to end. */
enum { READ_ATTEMPTS_MAX = 40, READ_PAUSE_NS = 50 * 1000 * 1000 };

/* One attempt; what it did not finish is undone. */
static enum directory_outcome read_once(const char *path, struct documents *documents, struct problems *problems,
                                        struct directory_reading *ret_reading)
{
    enum directory_outcome outcome = directory_read(path, documents, problems, ret_reading);
    if (outcome != DIRECTORY_READ) {
        documents_clear(documents);
        problems_clear(problems);
    }
    return outcome;
}

void policies_read(const char *path, struct documents *documents, struct problems *problems)
{
    struct directory_reading reading;
    enum directory_outcome outcome = read_once(path, documents, problems, &reading);
    for (int attempt = 1; outcome == DIRECTORY_CHANGING && attempt < READ_ATTEMPTS_MAX; attempt++) {
        nanosleep(&(struct timespec){.tv_nsec = READ_PAUSE_NS}, NULL);
        outcome = read_once(path, documents, problems, &reading);
    }
    switch (outcome) {
    case DIRECTORY_READ:
        break;
    case DIRECTORY_CHANGING:
        problems_add(problems, path, "", "keeps changing while it is read");
        break;
    case DIRECTORY_UNAVAILABLE:
        problems_add(problems, path, "", "%s", reading.reason);
        break;
    }
}

struct snapshot *policies_load(const char *path, uint32_t candidates_max, struct problems *problems)
{
    struct documents documents;
    struct snapshot_limits limits = {.candidates_max = candidates_max};
    documents_init(&documents);
    policies_read(path, &documents, problems);
    struct snapshot *snapshot = release_compile(&documents, 0, &limits, problems);
    documents_clear(&documents);
    return snapshot;
}
