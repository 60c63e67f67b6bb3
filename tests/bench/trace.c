#include "tests/bench/trace.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A day: more than any replay may take, and far from where microseconds as nanoseconds would wrap. */
#define OFFSET_MAX_US UINT64_C(86400000000)

/* What is being read: targets go into a stream that the requests are read from. */
struct draft {
    FILE *targets;
    const struct interface_mix *mix;
    double speed;
    uint64_t *offsets_ns;
    unsigned *interfaces;
    size_t count;
};

static const char *line_take(const char *line, struct draft *draft)
{
    char *end;
    if (draft->count == REQUESTS_COUNT_MAX) {
        return "more requests than REQUESTS_COUNT_MAX";
    }
    if (!isdigit((unsigned char)*line)) {
        return "expected OFFSET_US TARGET";
    }
    uint64_t offset_us = strtoull(line, &end, 10);
    if (end[0] != ' ' || end[1] != '/' || strpbrk(end + 1, " \t\r")) {
        return "expected OFFSET_US TARGET, and a target has no blanks";
    }
    uint64_t offset_ns = (uint64_t)llround((double)offset_us * 1000 / draft->speed);
    if (offset_us > OFFSET_MAX_US || (draft->count > 0 && offset_ns < draft->offsets_ns[draft->count - 1])) {
        return "offsets may not fall, nor exceed a day";
    }
    draft->offsets_ns[draft->count] = offset_ns;
    draft->interfaces[draft->count] = interface_mix_find(draft->mix, end + 1);
    draft->count++;
    return fprintf(draft->targets, "%s\n", end + 1) < 0 ? "out of memory" : NULL;
}

static const char *lines_take(FILE *file, struct draft *draft, size_t *ret_line)
{
    char *line = NULL;
    size_t room = 0;
    const char *problem = NULL;

    for (*ret_line = 0; !problem && getline(&line, &room, file) >= 0; ++*ret_line) {
        line[strcspn(line, "\n")] = '\0';
        problem = *line ? line_take(line, draft) : NULL;
    }
    free(line);
    return problem;
}

static const char *targets_render(const char *targets, size_t size, const char *host, struct requests *ret_requests)
{
    FILE *stream = size > 0 ? fmemopen((void *)targets, size, "r") : NULL;
    if (!stream) {
        return "the trace holds no request";
    }
    const char *problem = requests_read_stream(stream, host, ret_requests);
    fclose(stream);
    return problem;
}

static const char *read_stream(FILE *file, const char *host, struct draft *draft, struct trace *ret_trace,
                               size_t *ret_line)
{
    char *targets = NULL;
    size_t size = 0;

    draft->targets = open_memstream(&targets, &size);
    draft->offsets_ns = calloc(REQUESTS_COUNT_MAX, sizeof *draft->offsets_ns);
    draft->interfaces = calloc(REQUESTS_COUNT_MAX, sizeof *draft->interfaces);
    struct trace trace = {.offsets_ns = draft->offsets_ns, .interfaces = draft->interfaces};
    const char *problem =
        draft->targets && draft->offsets_ns && draft->interfaces ? lines_take(file, draft, ret_line) : "out of memory";
    if (draft->targets && fclose(draft->targets) != 0 && !problem) {
        problem = "out of memory";
    }
    if (!problem) {
        problem = targets_render(targets, size, host, &trace.requests);
    }
    free(targets);
    if (problem) {
        trace_clear(&trace);
        return problem;
    }
    *ret_trace = trace;
    return NULL;
}

const char *trace_read(const char *path, const char *host, double speed, const struct interface_mix *mix,
                       struct trace *ret_trace, size_t *ret_line)
{
    struct draft draft = {.mix = mix, .speed = speed};
    FILE *file = fopen(path, "r");
    *ret_line = 0;
    if (!file) {
        return "cannot open the trace";
    }
    const char *problem = read_stream(file, host, &draft, ret_trace, ret_line);
    fclose(file);
    return problem;
}

void trace_clear(struct trace *trace)
{
    requests_clear(&trace->requests);
    free(trace->offsets_ns);
    free(trace->interfaces);
    *trace = (struct trace){0};
}
