#include "publish/replay_report.h"

#include <inttypes.h>

#include "publish/printable.h"

/* A detail is at most two answers, each of a line at most, escaped. */
static const size_t detail_bytes_max = (size_t)256 * 1024 * 1024;

void replay_report_init(struct replay_report *report, const char *policies, uint64_t release)
{
    *report = (struct replay_report){.policies = policies, .release = release};
    text_init(&report->differences, detail_bytes_max);
    text_init(&report->problems, detail_bytes_max);
}

void replay_report_clear(struct replay_report *report)
{
    text_clear(&report->differences);
    text_clear(&report->problems);
}

/* Counting */

static void add_fen(int64_t *sum_fen, int64_t more_fen)
{
    if (__builtin_add_overflow(*sum_fen, more_fen, sum_fen)) {
        *sum_fen = INT64_MAX;
    }
}

static void add_sums(struct replay_sums *sums, const struct replay_sums *more)
{
    add_fen(&sums->discount_fen, more->discount_fen);
    add_fen(&sums->delivery_discount_fen, more->delivery_discount_fen);
}

/* From the last on: a log has its releases one behind the other. */
static void count_release(struct replay_report *report, uint64_t release)
{
    for (uint32_t i = report->release_count; i > 0; i--) {
        if (report->releases[i - 1].release == release) {
            report->releases[i - 1].lines++;
            return;
        }
    }
    if (report->release_count == REPLAY_RELEASES_MAX) {
        report->other_release_lines++;
        return;
    }
    report->releases[report->release_count++] = (struct replay_release){.release = release, .lines = 1};
}

void replay_report_count(struct replay_report *report, uint64_t release, const struct replay_sums *before,
                         const struct replay_sums *now, bool is_same)
{
    report->same += is_same;
    report->different += !is_same;
    count_release(report, release);
    add_sums(&report->before, before);
    add_sums(&report->now, now);
}

void replay_report_count_degraded(struct replay_report *report, enum admission cause)
{
    report->degraded[cause]++;
}

bool replay_report_takes_difference(const struct replay_report *report)
{
    return report->differences_told < report->differences_told_max && report->differences.length < REPLAY_DETAIL_BYTES;
}

void replay_report_add_difference(struct replay_report *report, const struct replay_difference *difference)
{
    struct text *text = &report->differences;
    if (report->is_json) {
        text_append(text, report->differences_told > 0 ? SLICE(",") : SLICE(""));
        replay_difference_append_json(text, difference);
    } else {
        text_append(text, SLICE("different: "));
        replay_difference_append(text, difference);
    }
    report->differences_told++;
}

/* "/context/aoi: is missing" */
static void append_reason(struct text *text, const struct context_error *error)
{
    text_append(text, slice_of(error->pointer));
    text_append(text, error->pointer[0] != '\0' ? SLICE(": ") : SLICE(""));
    text_append(text, slice_of(error->detail));
}

static void append_problem(struct text *text, const struct replay_place *place, bool is_torn,
                           const struct context_error *error)
{
    text_append(text, is_torn ? SLICE("torn: ") : SLICE("unreadable: "));
    replay_place_append(text, place);
    text_append(text, SLICE(": "));
    struct text reason;
    text_init(&reason, sizeof(*error));
    append_reason(&reason, error);
    printable_append(text, text_slice(&reason));
    text_clear(&reason);
    text_append_byte(text, '\n');
}

static void append_problem_json(struct text *text, const struct replay_place *place, bool is_torn,
                                const struct context_error *error)
{
    text_append_byte(text, '{');
    replay_place_append_json(text, place);
    text_append(text, is_torn ? SLICE(",\"torn\":true") : SLICE(",\"torn\":false"));
    text_append(text, SLICE(",\"pointer\":"));
    printable_append_json(text, slice_of(error->pointer));
    text_append(text, SLICE(",\"reason\":"));
    printable_append_json(text, slice_of(error->detail));
    text_append_byte(text, '}');
}

void replay_report_add_problem(struct replay_report *report, const struct replay_place *place, bool is_torn,
                               const struct context_error *error)
{
    report->torn += is_torn;
    report->unreadable += !is_torn;
    if (report->problems_told == REPLAY_PROBLEMS_TOLD_MAX) {
        return;
    }
    if (report->is_json) {
        text_append(&report->problems, report->problems_told > 0 ? SLICE(",") : SLICE(""));
        append_problem_json(&report->problems, place, is_torn, error);
    } else {
        append_problem(&report->problems, place, is_torn, error);
    }
    report->problems_told++;
}

bool replay_report_is_clean(const struct replay_report *report)
{
    return report->different == 0 && report->unreadable == 0;
}

static uint64_t count_degraded(const struct replay_report *report)
{
    uint64_t lines = 0;
    for (unsigned i = 0; i < ADMISSION_COUNT; i++) {
        lines += report->degraded[i];
    }
    return lines;
}

static uint64_t count_lines(const struct replay_report *report)
{
    return report->same + report->different + count_degraded(report) + report->unreadable + report->torn;
}

/* Text */

/* " (7 switch, 3 saturated)" */
static void append_causes(struct text *text, const struct replay_report *report)
{
    bool is_first = true;
    for (unsigned i = 0; i < ADMISSION_COUNT; i++) {
        if (report->degraded[i] > 0) {
            text_append_format(text, "%s%" PRIu64 " %s", is_first ? " (" : ", ", report->degraded[i],
                               admission_cause((enum admission)i));
            is_first = false;
        }
    }
    text_append(text, is_first ? SLICE("") : SLICE(")"));
}

static void append_releases(struct text *text, const struct replay_report *report)
{
    printable_append(text, slice_of(report->policies));
    text_append_format(text, " is release %" PRIu64 "\n", report->release);
    for (uint32_t i = 0; i < report->release_count; i++) {
        const struct replay_release *release = &report->releases[i];
        text_append_format(text, "release %" PRIu64 " answered %" PRIu64 " lines%s\n", release->release, release->lines,
                           release->release == report->release ? " (this set)" : "");
    }
    if (report->other_release_lines > 0) {
        text_append_format(text, "further releases answered %" PRIu64 " lines\n", report->other_release_lines);
    }
}

static void append_sums(struct text *text, const char *word, int64_t before_fen, int64_t now_fen)
{
    text_append_format(text, "%s: %" PRId64 " fen before, %" PRId64 " now (%+" PRId64 ")\n", word, before_fen, now_fen,
                       now_fen - before_fen);
}

static void append_report(struct text *text, const struct replay_report *report)
{
    text_append_format(text, "%" PRIu64 " lines: %" PRIu64 " same, %" PRIu64 " different, %" PRIu64 " degraded",
                       count_lines(report), report->same, report->different, count_degraded(report));
    append_causes(text, report);
    text_append_format(text, ", %" PRIu64 " unreadable, %" PRIu64 " torn\n", report->unreadable, report->torn);
    append_releases(text, report);
    append_sums(text, "discount", report->before.discount_fen, report->now.discount_fen);
    append_sums(text, "delivery_discount", report->before.delivery_discount_fen, report->now.delivery_discount_fen);
    text_append(text, text_slice(&report->differences));
    if (report->different > report->differences_told) {
        text_append_format(text, "%" PRIu64 " more are different\n", report->different - report->differences_told);
    }
    text_append(text, text_slice(&report->problems));
    uint64_t problems = report->unreadable + report->torn;
    if (problems > report->problems_told) {
        text_append_format(text, "%" PRIu64 " more are unreadable or torn\n", problems - report->problems_told);
    }
}

/* JSON */

static void append_causes_json(struct text *text, const struct replay_report *report)
{
    text_append(text, SLICE(",\"degraded\":{"));
    bool is_first = true;
    for (unsigned i = 0; i < ADMISSION_COUNT; i++) {
        if (i != ADMISSION_EVALUATE) {
            text_append_format(text, "%s\"%s\":%" PRIu64, is_first ? "" : ",", admission_cause((enum admission)i),
                               report->degraded[i]);
            is_first = false;
        }
    }
    text_append_byte(text, '}');
}

static void append_releases_json(struct text *text, const struct replay_report *report)
{
    text_append_format(text, ",\"release\":%" PRIu64 ",\"releases\":[", report->release);
    for (uint32_t i = 0; i < report->release_count; i++) {
        text_append_format(text, "%s{\"release\":%" PRIu64 ",\"lines\":%" PRIu64 "}", i > 0 ? "," : "",
                           report->releases[i].release, report->releases[i].lines);
    }
    text_append_format(text, "],\"other_release_lines\":%" PRIu64, report->other_release_lines);
}

static void append_sums_json(struct text *text, const char *word, const struct replay_sums *sums)
{
    text_append_format(text, ",\"%s\":{\"discount\":%" PRId64 ",\"delivery_discount\":%" PRId64 "}", word,
                       sums->discount_fen, sums->delivery_discount_fen);
}

static void append_report_json(struct text *text, const struct replay_report *report)
{
    text_append_format(text, "{\"lines\":%" PRIu64 ",\"same\":%" PRIu64 ",\"different\":%" PRIu64, count_lines(report),
                       report->same, report->different);
    append_causes_json(text, report);
    text_append_format(text, ",\"unreadable\":%" PRIu64 ",\"torn\":%" PRIu64, report->unreadable, report->torn);
    append_releases_json(text, report);
    append_sums_json(text, "before", &report->before);
    append_sums_json(text, "now", &report->now);
    text_append(text, SLICE(",\"differences\":["));
    text_append(text, text_slice(&report->differences));
    text_append(text, SLICE("],\"problems\":["));
    text_append(text, text_slice(&report->problems));
    text_append(text, SLICE("]}\n"));
}

void replay_report_append(struct text *text, const struct replay_report *report)
{
    text->failed |= report->differences.failed || report->problems.failed;
    (report->is_json ? append_report_json : append_report)(text, report);
}
