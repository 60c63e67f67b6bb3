#include "cache/trial.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "policy/hash.h"

static const char first_line[] = "promogate trial 1\n";

/* Suspects */

static struct trial_suspect *find_suspect(struct trial *trial, uint64_t release)
{
    for (uint32_t i = 0; i < trial->suspect_count; i++) {
        if (trial->suspects[i].release == release) {
            return &trial->suspects[i];
        }
    }
    return NULL;
}

static void forget_suspect(struct trial *trial, const struct trial_suspect *suspect)
{
    uint32_t place = (uint32_t)(suspect - trial->suspects);
    trial->suspect_count--;
    memmove(&trial->suspects[place], &trial->suspects[place + 1],
            (trial->suspect_count - place) * sizeof(trial->suspects[0]));
}

static struct trial_suspect *add_suspect(struct trial *trial, uint64_t release)
{
    if (trial->suspect_count == TRIAL_SUSPECTS_MAX) {
        forget_suspect(trial, &trial->suspects[0]);
    }
    struct trial_suspect *suspect = &trial->suspects[trial->suspect_count++];
    *suspect = (struct trial_suspect){.release = release};
    return suspect;
}

static void clear_name(struct trial *trial, uint64_t release)
{
    const struct trial_suspect *suspect = find_suspect(trial, release);
    if (suspect != NULL) {
        forget_suspect(trial, suspect);
    }
}

/* Life of a release */

void trial_begin(struct trial *trial, uint64_t release, int64_t wall_ms)
{
    assert(release != 0);
    trial->current = release == trial->proven ? (struct trial_mark){0}
                                              : (struct trial_mark){.release = release, .since_wall_ms = wall_ms};
}

void trial_prove(struct trial *trial)
{
    assert(trial->current.release != 0);
    trial->proven = trial->current.release;
    clear_name(trial, trial->proven);
    trial->current = (struct trial_mark){0};
}

struct trial_suspect trial_die(struct trial *trial)
{
    assert(trial->current.release != 0);
    struct trial_suspect *suspect = find_suspect(trial, trial->current.release);
    if (suspect == NULL) {
        suspect = add_suspect(trial, trial->current.release);
    }
    suspect->deaths++;
    trial->deaths_total++;
    trial->current = (struct trial_mark){0};
    return *suspect;
}

void trial_convict(struct trial *trial, const struct trial_verdict *verdict)
{
    assert(trial_verdict_on(trial, verdict->release) == NULL);
    clear_name(trial, verdict->release);
    if (trial->quarantined_count == TRIAL_QUARANTINED_MAX) {
        trial->quarantined_count--;
        memmove(&trial->quarantined[0], &trial->quarantined[1],
                trial->quarantined_count * sizeof(trial->quarantined[0]));
    }
    trial->quarantined[trial->quarantined_count++] = *verdict;
}

const struct trial_verdict *trial_verdict_on(const struct trial *trial, uint64_t release)
{
    for (uint32_t i = 0; i < trial->quarantined_count; i++) {
        if (trial->quarantined[i].release == release) {
            return &trial->quarantined[i];
        }
    }
    return NULL;
}

/* Text */

void trial_append(struct text *text, const struct trial *trial)
{
    size_t start = text->length;
    text_append(text, slice_of(first_line));
    text_append_format(text, "origin %016" PRIx64 "\ndeaths %" PRIu64 "\nproven %" PRIu64 "\n", trial->origin_hash,
                       trial->deaths_total, trial->proven);
    if (trial->current.release != 0) {
        text_append_format(text, "trial %" PRIu64 " %" PRId64 "\n", trial->current.release,
                           trial->current.since_wall_ms);
    }
    for (uint32_t i = 0; i < trial->suspect_count; i++) {
        text_append_format(text, "suspect %" PRIu64 " %u\n", trial->suspects[i].release, trial->suspects[i].deaths);
    }
    for (uint32_t i = 0; i < trial->quarantined_count; i++) {
        const struct trial_verdict *verdict = &trial->quarantined[i];
        text_append_format(text, "quarantined %" PRIu64 " %u %u %" PRId64 "\n", verdict->release, verdict->deaths,
                           verdict->within_s, verdict->wall_ms);
    }
    if (!text->failed) {
        text_append_format(text, "hash %016" PRIx64 "\n", hash_bytes(text->bytes + start, text->length - start));
    }
}

/* NOLINTBEGIN(cert-err34-c): what a scan lets pass, a number too large say, is found by is_what_we_write */
static bool read_line(const char *line, struct trial *trial)
{
    struct trial_suspect suspect;
    struct trial_verdict verdict;
    if (sscanf(line, "origin %" SCNx64, &trial->origin_hash) == 1 ||
        sscanf(line, "deaths %" SCNu64, &trial->deaths_total) == 1 ||
        sscanf(line, "proven %" SCNu64, &trial->proven) == 1 ||
        sscanf(line, "trial %" SCNu64 " %" SCNd64, &trial->current.release, &trial->current.since_wall_ms) == 2) {
        return true;
    }
    if (sscanf(line, "suspect %" SCNu64 " %u", &suspect.release, &suspect.deaths) == 2) {
        add_suspect(trial, suspect.release)->deaths = suspect.deaths;
        return true;
    }
    if (sscanf(line, "quarantined %" SCNu64 " %u %u %" SCNd64, &verdict.release, &verdict.deaths, &verdict.within_s,
               &verdict.wall_ms) == 4 &&
        trial_verdict_on(trial, verdict.release) == NULL) {
        trial_convict(trial, &verdict);
        return true;
    }
    return false;
}
/* NOLINTEND(cert-err34-c) */

static bool read_lines(char *lines, struct trial *trial)
{
    char *rest;
    for (char *line = strtok_r(lines, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (!read_line(line, trial)) {
            return false;
        }
    }
    return true;
}

/* Writing again what was read must give the same bytes: that checks the hash, and all that a scan lets pass. */
static bool is_what_we_write(struct slice text, const struct trial *trial)
{
    struct text again;
    text_init(&again, TRIAL_BYTES_MAX);
    trial_append(&again, trial);
    bool is_same = !again.failed && slice_equals(text_slice(&again), text);
    text_clear(&again);
    return is_same;
}

bool trial_read(struct slice text, struct trial *ret_trial)
{
    char lines[TRIAL_BYTES_MAX + 1];
    struct trial trial = {0};
    const uint32_t head = sizeof(first_line) - 1;
    if (text.length > TRIAL_BYTES_MAX || text.length < head || memcmp(text.at, first_line, head) != 0) {
        return false;
    }
    memcpy(lines, text.at + head, text.length - head);
    lines[text.length - head] = '\0';
    char *hash = strstr(lines, "hash ");
    if (hash == NULL) {
        return false;
    }
    *hash = '\0';
    if (!read_lines(lines, &trial) || !is_what_we_write(text, &trial)) {
        return false;
    }
    *ret_trial = trial;
    return true;
}
