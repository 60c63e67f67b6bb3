#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/context_json.h"
#include "policy/decision_json.h"
#include "policy/rfc3339.h"
#include "publish/engine.h"
#include "publish/line_reader.h"

/* Answers gather up to the first, and one may be as long as the second: the reasons of 100 000 policies take 12 MB. */
enum { OUTPUT_FLUSH_BYTES = 64 * 1024 };
static const size_t output_bytes_max = (size_t)64 * 1024 * 1024;

struct options {
    const char *policies, *file; /* file "-": stdin */
    bool has_time, explains;
    int64_t at_s;
    uint32_t candidates_max;
};

struct session {
    const struct options *options;
    struct engine engine;
    enum reason *reasons; /* NULL: nobody asked */
    struct context context;
    struct line_reader lines;
    struct text answers;
};

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "promoctl evaluate: %s: %s\n", what, why);
    return STATUS_FAILED;
}

static void decide(struct session *session)
{
    const struct context *context = &session->context;
    int64_t now_s = session->options->has_time ? session->options->at_s : (int64_t)time(NULL);
    struct evaluation *evaluation = session->engine.evaluation;
    if (session->reasons != NULL) {
        evaluate_explained(evaluation, session->engine.snapshot, context, now_s, session->reasons);
    } else {
        evaluate(evaluation, session->engine.snapshot, context, now_s);
    }
    struct decision_envelope envelope = {.request_id = context->request_id, .interface = context->interface};
    decision_json_append(&session->answers, &envelope, evaluation, session->reasons);
}

static void answer_line(struct session *session, char *line, size_t length)
{
    struct context_error error;
    if (line_reader_is_blank(line, length)) {
        return;
    }
    switch (context_json_parse(line, length, &engine_context_rules, &session->context, &error)) {
    case CONTEXT_VALID:
        decide(session);
        break;
    case CONTEXT_INVALID:
    case CONTEXT_MALFORMED:
        context_error_append(&session->answers, &error);
        break;
    }
    text_append_byte(&session->answers, '\n');
}

static void answer_long_line(struct session *session)
{
    struct context_error error;
    context_fail(&error, "", "the line is longer than 4194304 bytes");
    context_error_append(&session->answers, &error);
    text_append_byte(&session->answers, '\n');
}

/* False with errno: who reads us gets no more. */
static bool flush(struct session *session)
{
    struct text *answers = &session->answers;
    if (answers->length == 0) {
        return true;
    }
    bool is_written = fwrite(answers->bytes, 1, answers->length, stdout) == answers->length && fflush(stdout) == 0;
    text_reset(answers);
    return is_written;
}

static int answer_lines(struct session *session)
{
    const char *name = line_reader_name(session->options->file);
    for (;;) {
        char *line;
        size_t length;
        enum line_outcome outcome = line_reader_take(&session->lines, &line, &length);
        if (outcome == LINE_TAKEN) {
            answer_line(session, line, length);
        } else if (outcome == LINE_TOO_LONG) {
            answer_long_line(session);
        }
        if (session->answers.failed) {
            return fail("answer", "out of memory");
        }
        bool is_flush_due = outcome == LINE_INCOMPLETE || outcome == LINE_END;
        if ((is_flush_due || session->answers.length >= OUTPUT_FLUSH_BYTES) && !flush(session)) {
            return STATUS_FAILED; /* main tells why */
        }
        if (outcome == LINE_END) {
            return STATUS_DONE;
        }
        if (outcome == LINE_INCOMPLETE && !line_reader_fill(&session->lines)) {
            return fail(name, strerror(errno));
        }
    }
}

/* 0, or the errno of what is missing. */
static int prepare(struct session *session)
{
    const struct options *options = session->options;
    if (options->explains) {
        session->reasons =
            calloc((size_t)snapshot_facts(session->engine.snapshot).policies + 1, sizeof(*session->reasons));
        if (session->reasons == NULL) {
            return ENOMEM;
        }
    }
    return line_reader_open(&session->lines, options->file) ? 0 : errno;
}

static void clear(struct session *session)
{
    line_reader_close(&session->lines);
    text_clear(&session->answers);
    free(session->reasons);
    engine_close(&session->engine);
}

static int run(const struct command *command, const struct options *options)
{
    static struct session session; /* its context is large */
    session.options = options;
    session.lines.descriptor = -1;
    text_init(&session.answers, output_bytes_max);
    if (!engine_open(&session.engine, command, options->policies, options->candidates_max)) {
        return STATUS_FAILED;
    }
    int error = prepare(&session);
    int status = error == 0 ? answer_lines(&session) : fail(line_reader_name(options->file), strerror(error));
    clear(&session);
    return status;
}

/* NULL, or what is wrong with the option's argument. */
static const char *take_option(struct options *options, int name)
{
    switch (name) {
    case 'p':
        options->policies = optarg;
        return NULL;
    case 'a':
        options->has_time = rfc3339_parse_time(slice_of(optarg), &options->at_s);
        return options->has_time ? NULL : "--at takes a time like 2026-02-12T20:00:00+08:00";
    case 'e':
        options->explains = true;
        return NULL;
    default:
        return command_parse_count(optarg, &options->candidates_max)
                   ? NULL
                   : "--max-candidates takes a count from 1 to 4294967295";
    }
}

int command_evaluate(const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {
        {"policies", required_argument, NULL, 'p'}, {"at", required_argument, NULL, 'a'},
        {"explain", no_argument, NULL, 'e'},        {"max-candidates", required_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
    struct options options = {.candidates_max = CANDIDATES_MAX_DEFAULT};
    for (int name = 0; (name = getopt_long(argc, argv, "h", names, NULL)) != -1;) {
        if (name == 'h') {
            return command_help(command);
        }
        const char *fault = name == '?' ? NULL : take_option(&options, name);
        if (name == '?' || fault != NULL) {
            return command_misused(command, fault);
        }
    }
    if (options.policies == NULL || argc - optind > 1) {
        return command_misused(command, options.policies == NULL ? "--policies DIR is missing" : "give one FILE");
    }
    options.file = optind == argc ? "-" : argv[optind];
    return run(command, &options);
}
