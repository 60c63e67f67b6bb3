#include "service/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "cache/digest.h"
#include "service/clock.h"
#include "service/line_file.h"
#include "service/log.h"
#include "service/token.h"
#include "service/worker.h"

enum {
    BLOCK_BYTES = 256 * 1024,                  /* of lines that are written at once */
    ROUNDS_PER_KEY = 1000 / JOURNAL_PERIOD_MS, /* a look at its file a second */
    SAMPLED_FULL_PERCENT = 50,
    ACCESS_FULL_PERCENT = 75, /* of the log's pipe: the rest is for events */
    ACCESS_BURST = 200,       /* lines at once, beyond the share of a period */
};

struct journal {
    const struct gateway *gateway;
    pthread_t thread;
    int alarm; /* eventfd: it is time to stop */
    _Atomic bool is_stopping;
    counter access_written, access_dropped, decision_written, decision_dropped;

    /* the thread's own */
    struct token key_file;
    struct digest key_of_start, key;
    int64_t filled_ns;                    /* when the tokens were counted last */
    double access_tokens, access_reserve; /* the latter is not for lines of the share */
    uint32_t rounds; /* so far; each begins with another worker: the tokens are not always the same ones' */
    struct text lines;
    uint64_t line_count; /* in `lines` */
    bool is_failing, lacks_key;
};

/* What a round goes by: copied while online, so that no file is touched before the thread is offline again - a disk
   that hangs must not hold up who swaps a configuration. */
struct round {
    uint32_t lines_per_second_max;
    uint64_t file_max_bytes;
    uint32_t old_files_max;
    char user_key_file[PATH_MAX], decision_log[PATH_MAX]; /* "": none */
};

/* Access lines */

static void fill_tokens(struct journal *journal, uint32_t per_second)
{
    int64_t now_ns = clock_monotonic_ns();
    double most = per_second * (JOURNAL_PERIOD_MS / 1e3) + ACCESS_BURST;
    journal->access_tokens += (double)(now_ns - journal->filled_ns) / 1e9 * per_second;
    journal->access_tokens = journal->access_tokens < most ? journal->access_tokens : most;
    journal->access_reserve = most / 4;
    journal->filled_ns = now_ns;
}

static void write_access(struct journal *journal, struct record_ring *ring)
{
    struct slice record;
    while (record_ring_peek(ring, &record)) {
        bool is_sampled = access_log_is_sampled(record);
        bool may = journal->access_tokens >= (is_sampled ? 1 + journal->access_reserve : 1) &&
                   !log_is_behind(is_sampled ? SAMPLED_FULL_PERCENT : ACCESS_FULL_PERCENT);
        bool is_written = may && access_log_tell(record, &journal->key);
        journal->access_tokens -= is_written;
        counter_add(is_written ? &journal->access_written : &journal->access_dropped, 1);
        record_ring_next(ring);
    }
}

/* Decisions */

static void tell_failing(struct journal *journal, bool is_failing, const char *path, int reason)
{
    if (is_failing && !journal->is_failing) {
        log_event(LOG_ERROR, "decision_log_failed", LOG_STRING("file", path),
                  LOG_STRING("reason", strerrordesc_np(reason)), LOG_END);
    } else if (!is_failing && journal->is_failing) {
        log_event(LOG_INFO, "decision_log_back", LOG_STRING("file", path), LOG_END);
    }
    journal->is_failing = is_failing;
}

/* The folder is opened anew each time: it may come later than the process, or be another one since, as mounts are. */
static int open_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX] = ".";
    if (slash != NULL) {
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash == path ? 1 : slash - path), path);
    }
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool append_block(const struct journal *journal, const struct round *round)
{
    const char *path = round->decision_log, *slash = strrchr(path, '/');
    const struct line_file file = {.folder = open_folder(path),
                                   .name = slash == NULL ? path : slash + 1,
                                   .bytes_max = round->file_max_bytes,
                                   .old_files_max = round->old_files_max};
    if (file.folder < 0) {
        return false;
    }
    bool is_written = line_file_append(&file, text_slice(&journal->lines));
    int reason = errno;
    close(file.folder);
    errno = reason;
    return is_written;
}

static void flush(struct journal *journal, const struct round *round)
{
    if (journal->line_count == 0) {
        return;
    }
    errno = ENOMEM;
    bool is_written = !journal->lines.failed && append_block(journal, round);
    int reason = errno;
    counter_add(is_written ? &journal->decision_written : &journal->decision_dropped, journal->line_count);
    tell_failing(journal, !is_written, round->decision_log, reason);
    text_reset(&journal->lines);
    journal->line_count = 0;
}

/* A block is in one file. */
static void write_decisions(struct journal *journal, struct record_ring *ring, const struct round *round)
{
    uint64_t block_bytes = round->file_max_bytes < BLOCK_BYTES ? round->file_max_bytes : BLOCK_BYTES;
    struct slice record;
    while (record_ring_peek(ring, &record)) {
        if (journal->lines.length + record.length + DECISION_LOG_AROUND_BYTES > block_bytes) {
            flush(journal, round);
        }
        decision_log_append(&journal->lines, record);
        journal->line_count++;
        record_ring_next(ring);
    }
}

/* The thread */

static void follow_key(struct journal *journal, const char *path)
{
    journal->key = journal->key_of_start;
    if (path[0] != '\0') {
        token_follow(&journal->key_file, path);
    }
    bool has_key = path[0] != '\0' && journal->key_file.length > 0, lacks_key = path[0] != '\0' && !has_key;
    if (has_key) {
        journal->key = digest_of(journal->key_file.bytes, journal->key_file.length);
    }
    if (lacks_key != journal->lacks_key) {
        log_event(lacks_key ? LOG_ERROR : LOG_INFO, lacks_key ? "user_key_unusable" : "user_key_back",
                  LOG_STRING("file", path), LOG_END);
    }
    journal->lacks_key = lacks_key;
}

static void read_config(const struct journal *journal, struct round *ret_round)
{
    slot_reader_online();
    const struct config *config = slot_read(&journal->gateway->configs);
    ret_round->lines_per_second_max = config->access_log.lines_per_second_max;
    ret_round->file_max_bytes = config->decision_log.file_max_bytes;
    ret_round->old_files_max = config->decision_log.old_files_max;
    snprintf(ret_round->user_key_file, PATH_MAX, "%s", config->paths.user_key_file);
    snprintf(ret_round->decision_log, PATH_MAX, "%s", config->paths.decision_log);
    slot_reader_offline();
}

/* `is_last`: what is left is written, however much it is. */
static void work(struct journal *journal, bool is_last)
{
    const struct gateway *gateway = journal->gateway;
    struct round round;
    read_config(journal, &round);
    if (journal->rounds++ % ROUNDS_PER_KEY == 0) {
        follow_key(journal, round.user_key_file);
    }
    fill_tokens(journal, round.lines_per_second_max);
    if (is_last) {
        journal->access_tokens = UINT32_MAX;
        journal->access_reserve = 0;
    }
    for (uint32_t i = 0; i < gateway->worker_count; i++) {
        struct worker *worker = gateway->workers[(journal->rounds + i) % gateway->worker_count];
        write_access(journal, &worker->access_log.ring);
        write_decisions(journal, &worker->decision_log.ring, &round);
    }
    flush(journal, &round);
}

static void *run(void *cls)
{
    struct journal *journal = cls;
    slot_reader_register();
    slot_reader_offline();
    while (!journal->is_stopping) {
        struct pollfd alarm = {.fd = journal->alarm, .events = POLLIN};
        poll(&alarm, 1, JOURNAL_PERIOD_MS);
        work(journal, false);
    }
    work(journal, true);
    slot_reader_unregister();
    return NULL;
}

static void free_journal(struct journal *journal)
{
    if (journal->alarm >= 0) {
        close(journal->alarm);
    }
    text_clear(&journal->lines);
    free(journal);
}

struct journal *journal_start(const struct gateway *gateway)
{
    struct journal *journal = calloc(1, sizeof(*journal));
    if (journal == NULL) {
        return NULL;
    }
    journal->gateway = gateway;
    journal->filled_ns = clock_monotonic_ns();
    journal->access_tokens = ACCESS_BURST;
    journal->alarm = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    text_init(&journal->lines, BLOCK_BYTES + 2 * DECISION_LOG_LINE_BYTES_MAX);
    bool is_random = getrandom(journal->key_of_start.bytes, DIGEST_BYTES, 0) == DIGEST_BYTES;
    if (journal->alarm < 0 || !is_random || pthread_create(&journal->thread, NULL, run, journal) != 0) {
        free_journal(journal);
        return NULL;
    }
    pthread_setname_np(journal->thread, "journal");
    return journal;
}

bool journal_stop(struct journal *journal)
{
    if (journal == NULL) {
        return true;
    }
    const uint64_t one = 1;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += JOURNAL_STOP_S;
    journal->is_stopping = true;
    ssize_t length = write(journal->alarm, &one, sizeof(one));
    assert(length == sizeof(one));
    if (pthread_timedjoin_np(journal->thread, NULL, &until) != 0) {
        return false;
    }
    free_journal(journal);
    return true;
}

static void append_lines(struct metric_text *out, const char *name, const char *help, uint64_t written,
                         uint64_t dropped)
{
    metric_text_head(out, name, METRIC_COUNTER, help);
    metric_text_counted(out, name, "result=\"written\"", written);
    metric_text_counted(out, name, "result=\"dropped\"", dropped);
}

void journal_append_metrics(struct metric_text *out, const struct journal *journal)
{
    uint64_t access_dropped = counter_read(&journal->access_dropped);
    uint64_t decision_dropped = counter_read(&journal->decision_dropped);
    for (uint32_t i = 0; i < journal->gateway->worker_count; i++) {
        access_dropped += counter_read(&journal->gateway->workers[i]->access_log.ring.dropped);
        decision_dropped += counter_read(&journal->gateway->workers[i]->decision_log.ring.dropped);
    }
    append_lines(out, "promogate_access_log_lines_total", "Requests that were to be logged.",
                 counter_read(&journal->access_written), access_dropped);
    append_lines(out, "promogate_decision_log_lines_total", "Decisions that were to be kept for replays.",
                 counter_read(&journal->decision_written), decision_dropped);
}
