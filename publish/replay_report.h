/*
 * replay_report.h - what came of a replay: counts of every line, and the first lines in detail.
 *
 *     100003 lines: 99000 same, 990 different, 10 degraded (7 switch, 3 saturated), 2 unreadable, 1 torn
 *     policies is release 4711
 *     release 4711 answered 99000 lines (this set)
 *     release 4698 answered 990 lines
 *     discount: 1234500 fen before, 1200000 now (-34500)
 *     delivery_discount: 3000 fen before, 3000 now (+0)
 *     different: decisions.log:17: 01KH8QZ5T0J3M8W6Y2F4B7N9RC: discount 1300 -> 1100
 *         - offer {"policy":"a",...
 *     980 more are different
 *     unreadable: decisions.log:19: /context/aoi: is missing
 *     torn: decisions.log:100003: the JSON ends within a string
 *
 * Each line is one of the five. Releases and discounts are of the lines that were compared: same and different.
 *
 * Ceilings   details of differences as asked for, of problems REPLAY_PROBLEMS_TOLD_MAX, both of REPLAY_DETAIL_BYTES or
 *            so; releases REPLAY_RELEASES_MAX, the lines of later ones are told together. Counting goes on.
 * Units      fen; sums stay at 2^63 - 1 once they reach it.
 */
#pragma once

#include "publish/replay_difference.h"

enum {
    REPLAY_DIFFERENCES_TOLD_MAX = 10000,
    REPLAY_PROBLEMS_TOLD_MAX = 20,
    REPLAY_RELEASES_MAX = 64,
    REPLAY_DETAIL_BYTES = 16 * 1024 * 1024, /* no further detail begins behind it */
};

struct replay_sums {
    int64_t discount_fen, delivery_discount_fen;
};

struct replay_release {
    uint64_t release, lines;
};

struct replay_report {
    const char *policies; /* the directory */
    uint64_t release;     /* its own */
    uint32_t differences_told_max;

    uint64_t same, different, unreadable, torn;
    uint64_t degraded[ADMISSION_COUNT]; /* by cause; ADMISSION_EVALUATE's stays 0 */
    struct replay_sums before, now;
    uint32_t release_count;
    struct replay_release releases[REPLAY_RELEASES_MAX]; /* in the order in which they come */
    uint64_t other_release_lines;

    /* private: the details, rendered when they are met */
    bool is_json;
    uint32_t differences_told, problems_told;
    struct text differences, problems;
};

void replay_report_init(struct replay_report *report, const char *policies, uint64_t release);
void replay_report_clear(struct replay_report *report);

/* A line that was answered again. */
void replay_report_count(struct replay_report *report, uint64_t release, const struct replay_sums *before,
                         const struct replay_sums *now, bool is_same);

/* Is there room for the details of another difference? */
bool replay_report_takes_difference(const struct replay_report *report);
void replay_report_add_difference(struct replay_report *report, const struct replay_difference *difference);

void replay_report_count_degraded(struct replay_report *report, enum admission cause);

/* `is_torn`: the file ends within the line. */
void replay_report_add_problem(struct replay_report *report, const struct replay_place *place, bool is_torn,
                               const struct context_error *error);

/* Each readable line was answered as before, and none was unreadable; a torn one is no fault. */
bool replay_report_is_clean(const struct replay_report *report);

/* The whole, as text or as one JSON object. `text` has failed where memory ended on the way. */
void replay_report_append(struct text *text, const struct replay_report *report);
