#include "tests/bench/open_report.h"

#include <inttypes.h>
#include <stdio.h>

static double microseconds(uint64_t ns)
{
    return (double)ns / 1e3;
}

static double seconds(uint64_t ns)
{
    return (double)ns / 1e9;
}

static void print_counts(const struct tally_counts *counts)
{
    printf("\"offered\": %" PRIu64 ", \"sent\": %" PRIu64, counts->offered, counts->sent);
    for (size_t i = 0; i < TALLY_OUTCOME_COUNT; i++) {
        printf(", \"%s\": %" PRIu64, tally_outcome_names[i], counts->outcomes[i]);
    }
}

static void print_latencies(const char *name, const struct histogram *histogram)
{
    static const struct {
        const char *name;
        double share;
    } rows[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        printf(", \"%s_%s_us\": %.1f", name, rows[i].name,
               microseconds(histogram_percentile(histogram, rows[i].share)));
    }
    printf(", \"%s_max_us\": %.1f", name, microseconds(histogram->largest));
}

static void print_cell(const struct tally_cell *cell)
{
    print_counts(&cell->counts);
    print_latencies("full", &cell->full_ns);
    print_latencies("fallback", &cell->fallback_ns);
}

static void print_phases(const struct schedule *schedule, const struct tally *tally)
{
    fputs(",\n \"phases\": [", stdout);
    for (unsigned i = 0; i < schedule->phases_count; i++) {
        const struct schedule_phase *phase = &schedule->phases[i];
        printf("%s{\"rate\": %" PRIu64 ", \"start_s\": %.3f, \"end_s\": %.3f, ", i > 0 ? ",\n  " : "",
               phase->rate_per_s, seconds(phase->start_ns), seconds(phase->end_ns));
        print_cell(&tally->phases[i]);
        putchar('}');
    }
    putchar(']');
}

static void print_interfaces(const struct interface_mix *mix, const struct tally *tally)
{
    fputs(",\n \"interfaces\": {", stdout);
    for (unsigned i = 0; i < tally->shape.interfaces_count; i++) {
        printf("%s\"%s\": {", i > 0 ? ",\n  " : "", i < mix->count ? mix->names[i] : "other");
        print_cell(&tally->interfaces[i]);
        putchar('}');
    }
    putchar('}');
}

static void print_windows(const struct tally *tally)
{
    fputs(",\n \"windows\": [", stdout);
    for (uint64_t i = 0; i < tally->windows_count; i++) {
        const struct tally_window *window = &tally->windows[i];
        fputs(i > 0 ? ",\n  {" : "{", stdout);
        print_counts(&window->counts);
        printf(", \"full_p50_us\": %.1f, \"full_p99_us\": %.1f, \"fallback_p50_us\": %.1f, \"fallback_p99_us\": %.1f}",
               microseconds(window->full_p50_ns), microseconds(window->full_p99_ns),
               microseconds(window->fallback_p50_ns), microseconds(window->fallback_p99_ns));
    }
    putchar(']');
}

void open_report_print(const struct open_report *report)
{
    const struct open_loop_result *result = report->result;

    printf("{\"start_ns\": %" PRIu64 ", \"seconds\": %.3f, \"window_ms\": %" PRIu64 ", \"reopened\": %" PRIu64
           ", \"lag_p99_us\": %.1f, \"lag_max_us\": %.1f,\n \"total\": {",
           result->start_ns, seconds(result->elapsed_ns), report->tally->shape.window_ns / 1000000, result->reopened,
           microseconds(histogram_percentile(&result->lag_ns, 0.99)), microseconds(result->lag_ns.largest));
    print_cell(report->tally->total);
    putchar('}');
    print_phases(report->schedule, report->tally);
    print_interfaces(report->interfaces, report->tally);
    print_windows(report->tally);
    puts("}");
}
