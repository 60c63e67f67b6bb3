#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "policy/decision_json.h"
#include "publish/engine.h"
#include "publish/line_reader.h"
#include "publish/replay_line.h"
#include "publish/replay_report.h"

/* An answer: as promoctl evaluate's. The report: its two details, and some lines. */
static const size_t answer_bytes_max = (size_t)64 * 1024 * 1024;
static const size_t report_bytes_max = (size_t)1024 * 1024 * 1024;

struct options {
    const char *policies;
    char *const *logs; /* a NULL behind the last */
    bool is_json;
    uint64_t differences_told_max;
    uint32_t candidates_max;
};

struct session {
    const struct command *command;
    struct engine engine;
    struct replay_line line;     /* as it was answered */
    struct text answer;          /* to the same question, now */
    struct decision_parts parts; /* of `answer` */
    struct replay_report report;
};

static void append_difference(struct session *session, const struct replay_place *place)
{
    struct json_reader reader;
    struct context_error error;
    json_reader_init(&reader, session->answer.bytes, session->answer.length);
    bool is_read = decision_parts_read(&session->parts, &reader, &error);
    if (session->parts.bytes.failed) {
        session->answer.failed = true;
        return;
    }
    assert(is_read); /* the engine wrote it */
    struct replay_difference difference = {*place, &session->line.decision, &session->parts};
    replay_report_add_difference(&session->report, &difference);
}

/* Under the log's own id and release, so that the bytes of an answer that is the same are the same. */
static void answer(struct session *session, const struct replay_place *place)
{
    const struct context *context = &session->line.context;
    const struct decision_parts *logged = &session->line.decision;
    struct evaluation *evaluation = session->engine.evaluation;
    struct decision_envelope envelope = {
        .decision_id = logged->decision_id,
        .request_id = context->request_id,
        .interface = context->interface,
        .release = logged->release,
    };
    evaluate(evaluation, session->engine.snapshot, context, session->line.at_s);
    text_reset(&session->answer);
    decision_json_append(&session->answer, &envelope, evaluation, NULL);
    if (session->answer.failed) {
        return;
    }
    bool is_same = slice_equals(text_slice(&session->answer), text_slice(&logged->bytes));
    struct replay_sums before = {logged->discount_fen, logged->delivery_discount_fen};
    struct replay_sums now = {evaluation->discount, evaluation->delivery_discount};
    replay_report_count(&session->report, logged->release, &before, &now, is_same);
    if (!is_same && replay_report_takes_difference(&session->report)) {
        append_difference(session, place);
    }
}

static void take_answered(struct session *session, const struct replay_place *place)
{
    enum admission admission = session->line.decision.admission;
    if (admission == ADMISSION_EVALUATE) {
        answer(session, place);
    } else {
        replay_report_count_degraded(&session->report, admission); /* a fallback is no answer of the engine's */
    }
}

/* False when memory ended. */
static bool take_line(struct session *session, const struct replay_place *place, bool has_newline, char *bytes,
                      size_t length)
{
    switch (replay_line_read(&session->line, bytes, length)) {
    case REPLAY_LINE_READ:
        take_answered(session, place);
        break;
    case REPLAY_LINE_INVALID:
        replay_report_add_problem(&session->report, place, false, &session->line.error);
        break;
    case REPLAY_LINE_MALFORMED:
        replay_report_add_problem(&session->report, place, !has_newline, &session->line.error);
        break;
    case REPLAY_LINE_NO_MEMORY:
        return false;
    }
    return !session->answer.failed;
}

static void refuse_long_line(struct session *session, const struct replay_place *place)
{
    struct context_error error;
    context_fail(&error, "", "is longer than 4194304 bytes");
    replay_report_add_problem(&session->report, place, false, &error);
}

static int fail(const struct session *session, const char *what, const char *why)
{
    char reason[512];
    snprintf(reason, sizeof(reason), "%s: %s", what, why);
    return command_failed(session->command, reason);
}

static int replay_lines(struct session *session, struct line_reader *lines, const char *name)
{
    struct replay_place place = {.file = name};
    for (;;) {
        char *line;
        size_t length;
        switch (line_reader_take(lines, &line, &length)) {
        case LINE_TAKEN:
            place.line++;
            if (!line_reader_is_blank(line, length) && !take_line(session, &place, lines->has_newline, line, length)) {
                return fail(session, name, "out of memory");
            }
            break;
        case LINE_TOO_LONG:
            place.line++;
            refuse_long_line(session, &place);
            break;
        case LINE_INCOMPLETE:
            if (!line_reader_fill(lines)) {
                return fail(session, name, strerror(errno));
            }
            break;
        case LINE_END:
            return STATUS_DONE;
        }
    }
}

static int replay_log(struct session *session, const char *path)
{
    struct line_reader lines;
    const char *name = line_reader_name(path);
    int status =
        line_reader_open(&lines, path) ? replay_lines(session, &lines, name) : fail(session, name, strerror(errno));
    line_reader_close(&lines);
    return status;
}

static int replay_logs(struct session *session, char *const *logs)
{
    int status = STATUS_DONE;
    for (; *logs != NULL && status == STATUS_DONE; logs++) {
        status = replay_log(session, *logs);
    }
    return status;
}

static int print(const struct session *session)
{
    struct text text;
    text_init(&text, report_bytes_max);
    replay_report_append(&text, &session->report);
    int status = command_print(session->command, &text);
    return status == STATUS_DONE && !replay_report_is_clean(&session->report) ? STATUS_FAILED : status;
}

static int run(const struct command *command, const struct options *options)
{
    static struct session session; /* its context is large */
    session.command = command;
    if (!engine_open(&session.engine, command, options->policies, options->candidates_max)) {
        return STATUS_FAILED;
    }
    text_init(&session.answer, answer_bytes_max);
    replay_line_init(&session.line);
    decision_parts_init(&session.parts, answer_bytes_max);
    replay_report_init(&session.report, options->policies, snapshot_facts(session.engine.snapshot).release);
    session.report.is_json = options->is_json;
    session.report.differences_told_max = (uint32_t)options->differences_told_max;
    int status = replay_logs(&session, options->logs);
    status = status == STATUS_DONE ? print(&session) : status;
    replay_report_clear(&session.report);
    decision_parts_clear(&session.parts);
    replay_line_clear(&session.line);
    text_clear(&session.answer);
    engine_close(&session.engine);
    return status;
}

/* NULL, or what is wrong with the option's argument. */
static const char *take_option(struct options *options, int name)
{
    switch (name) {
    case 'p':
        options->policies = optarg;
        return NULL;
    case 'j':
        options->is_json = true;
        return NULL;
    case 'd':
        return command_parse_number(optarg, 0, REPLAY_DIFFERENCES_TOLD_MAX, &options->differences_told_max)
                   ? NULL
                   : "--differences takes a count from 0 to 10000";
    default:
        return command_parse_count(optarg, &options->candidates_max)
                   ? NULL
                   : "--max-candidates takes a count from 1 to 4294967295";
    }
}

int command_replay(const struct command *command, int argc, char **argv)
{
    static const struct option names[] = {{"policies", required_argument, NULL, 'p'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"differences", required_argument, NULL, 'd'},
                                          {"max-candidates", required_argument, NULL, 'm'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    struct options options = {.differences_told_max = 10, .candidates_max = CANDIDATES_MAX_DEFAULT};
    for (int name = 0; (name = getopt_long(argc, argv, "h", names, NULL)) != -1;) {
        if (name == 'h') {
            return command_help(command);
        }
        const char *fault = name == '?' ? NULL : take_option(&options, name);
        if (name == '?' || fault != NULL) {
            return command_misused(command, fault);
        }
    }
    if (options.policies == NULL || optind == argc) {
        return command_misused(command, options.policies == NULL ? "--policies DIR is missing" : "give a LOG");
    }
    options.logs = argv + optind;
    return run(command, &options);
}
