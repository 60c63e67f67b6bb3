#include "publish/degrade_fleet.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "publish/admin_client.h"
#include "publish/degrade_line.h"
#include "publish/operator.h"
#include "publish/printable.h"
#include "publish/switch_view.h"
#include "publish/token_file.h"

/* All answers and their clothes: a text may be that long, and takes what it needs. */
static const size_t output_bytes_max = (size_t)GATEWAY_LIST_MAX * (2 * (size_t)ADMIN_CLIENT_ANSWER_BYTES_MAX);

enum { WHY_BYTES = 512, REQUEST_BYTES_MAX = 4096 };

struct fleet {
    const struct degrade_options *options;
    struct gateway_list gateways;
    struct admin_answer *answers;
    uint32_t failed, overruled; /* gateways */
    const struct gateway *first, *odd;
    struct switch_view first_view, view; /* of the first that answered well, of the one at hand */
    struct switch_state odd_states[2];   /* the first difference, there and at `odd` */
    struct text text;
};

/* One gateway's answer */

/* Its view, reduced to the interface that was asked for; false with the reason why there is none. */
static bool read_answer(const struct degrade_options *options, const struct admin_answer *answer,
                        struct switch_view *ret_view, char ret_why[WHY_BYTES])
{
    static char copy[ADMIN_CLIENT_ANSWER_BYTES_MAX]; /* the readers write to it */
    const char *reason;
    if (answer->body.length > 0) {
        memcpy(copy, answer->body.bytes, answer->body.length);
    }
    if (answer->status == 0) {
        snprintf(ret_why, WHY_BYTES, "%s", answer->reason);
        return false;
    }
    if (answer->status != 200) {
        char problem[SWITCH_VIEW_PROBLEM_BYTES];
        switch_view_read_problem(copy, answer->body.length, problem);
        snprintf(ret_why, WHY_BYTES, "HTTP %" PRIu32 "%s%s", answer->status, problem[0] != '\0' ? ": " : "", problem);
        return false;
    }
    if (!switch_view_read(copy, answer->body.length, ret_view, &reason)) {
        snprintf(ret_why, WHY_BYTES, "%s", reason);
        return false;
    }
    if (strcmp(options->interface, "*") != 0 && !switch_view_reduce(ret_view, options->interface)) {
        snprintf(ret_why, WHY_BYTES, "has no interface %s", options->interface);
        return false;
    }
    return true;
}

/* Holds the view at hand against that of the first gateway that answered. */
static void compare(struct fleet *fleet, const struct gateway *gateway)
{
    if (fleet->first == NULL) {
        fleet->first = gateway;
        fleet->first_view = fleet->view;
        return;
    }
    const char *interface = switch_view_difference(&fleet->first_view, &fleet->view);
    if (interface != NULL && fleet->odd == NULL) {
        const struct switch_view *views[] = {&fleet->first_view, &fleet->view};
        fleet->odd = gateway;
        for (int i = 0; i < 2; i++) {
            const struct switch_state *state = switch_view_find(views[i], interface);
            fleet->odd_states[i] = state != NULL ? *state : (struct switch_state){.mode = "unknown"};
            snprintf(fleet->odd_states[i].interface, sizeof(fleet->odd_states[i].interface), "%s", interface);
        }
    }
}

/* NULL: the order, if it was one, is in force. */
static const struct switch_state *overruling(const struct fleet *fleet)
{
    const struct degrade_options *options = fleet->options;
    bool is_order = !options->is_status && !options->is_drill;
    return is_order ? switch_view_other_than(&fleet->view, switch_mode_name(options->mode)) : NULL;
}

static void append_states(struct text *text, const struct switch_view *view)
{
    for (uint32_t i = 0; i < view->count; i++) {
        const struct switch_state *state = &view->states[i];
        const struct degrade_line line = {state->interface, state->mode,  state->source,
                                          state->actor,     state->until, state->reason};
        text_append(text, i > 0 ? SLICE(", ") : SLICE(""));
        degrade_line_append(text, &line);
    }
}

static void append_line(struct text *text, const struct gateway *gateway, const struct fleet *fleet, const char *why)
{
    text_append_format(text, "%s: ", gateway->address);
    if (why != NULL) {
        text_append(text, SLICE("failed: "));
        printable_append(text, slice_of(why));
    } else {
        text_append(text, overruling(fleet) != NULL ? SLICE("taken, but overruled: ") : SLICE(""));
        append_states(text, &fleet->view);
    }
    text_append_byte(text, '\n');
}

static void append_object(struct fleet *fleet, uint32_t i, const char *why)
{
    struct text *text = &fleet->text;
    const struct admin_answer *answer = &fleet->answers[i];
    const char *outcome = why != NULL ? "failed" : overruling(fleet) != NULL ? "overruled" : "ok";
    text_append(text, i > 0 ? SLICE(",") : SLICE(""));
    text_append(text, SLICE("{\"address\":"));
    text_append_json_string(text, slice_of(fleet->gateways.items[i].address));
    text_append_format(text, ",\"outcome\":\"%s\",\"status\":%" PRIu32 ",\"reason\":", outcome, answer->status);
    if (why != NULL) {
        printable_append_json(text, slice_of(why));
    } else {
        text_append(text, SLICE("null"));
    }
    text_append(text, SLICE(",\"answer\":"));
    text_append(text, why == NULL ? text_slice(&answer->body) : SLICE("null")); /* it is strict JSON: it was read */
    text_append_byte(text, '}');
}

static void judge(struct fleet *fleet, uint32_t i)
{
    char why[WHY_BYTES];
    const struct gateway *gateway = &fleet->gateways.items[i];
    bool is_well = read_answer(fleet->options, &fleet->answers[i], &fleet->view, why);
    if (is_well) {
        compare(fleet, gateway);
        fleet->overruled += overruling(fleet) != NULL;
    } else {
        fleet->failed++;
    }
    if (fleet->options->is_json) {
        append_object(fleet, i, is_well ? NULL : why);
    } else {
        append_line(&fleet->text, gateway, fleet, is_well ? NULL : why);
    }
}

/* All of them */

static bool agrees(const struct fleet *fleet)
{
    return fleet->failed == 0 && fleet->overruled == 0 && fleet->odd == NULL;
}

static void tell_disagreement(const struct command *command, const struct fleet *fleet)
{
    char words[1024];
    if (fleet->failed > 0) {
        snprintf(words, sizeof(words), "%" PRIu32 " of %" PRIu32 " gateways failed", fleet->failed,
                 fleet->gateways.count);
        command_failed(command, words);
    }
    if (fleet->overruled > 0) {
        snprintf(words, sizeof(words),
                 "%" PRIu32 " of %" PRIu32 " gateways took it and do otherwise: another source says so",
                 fleet->overruled, fleet->gateways.count);
        command_failed(command, words);
    }
    if (fleet->odd != NULL) {
        const struct switch_state *states = fleet->odd_states;
        snprintf(words, sizeof(words), "the gateways disagree: %s is %s at %s, %s at %s", states[0].interface,
                 states[0].mode, fleet->first->address, states[1].mode, fleet->odd->address);
        command_failed(command, words);
    }
}

static int report(const struct command *command, struct fleet *fleet)
{
    bool is_json = fleet->options->is_json;
    text_init(&fleet->text, output_bytes_max);
    text_append(&fleet->text, is_json ? SLICE("{\"gateways\":[") : SLICE(""));
    for (uint32_t i = 0; i < fleet->gateways.count; i++) {
        judge(fleet, i);
    }
    bool is_agreed = agrees(fleet);
    if (is_json) {
        text_append_format(&fleet->text, "],\"agree\":%s}\n", is_agreed ? "true" : "false");
    }
    int status = command_print(command, &fleet->text);
    fflush(stdout); /* before what stderr says about it */
    if (!is_agreed) {
        tell_disagreement(command, fleet);
    }
    return is_agreed ? status : STATUS_FAILED;
}

/* Asking */

static void append_order(struct text *text, const struct degrade_options *options)
{
    char actor[OPERATOR_BYTES];
    operator_actor(actor);
    text_append_format(text, "{\"mode\":\"%s\"", switch_mode_name(options->mode));
    if (options->reason[0] != '\0') {
        text_append(text, SLICE(",\"reason\":"));
        text_append_json_string(text, slice_of(options->reason));
    }
    if (options->ttl_s > 0) {
        text_append_format(text, ",\"ttl_s\":%" PRIu32, options->ttl_s);
    }
    text_append_format(text, ",\"drill\":%s,\"actor\":", options->is_drill ? "true" : "false");
    text_append_json_string(text, slice_of(actor));
    text_append_byte(text, '}');
}

static int ask(const struct command *command, struct fleet *fleet, const char *token)
{
    const struct degrade_options *options = fleet->options;
    struct text body;
    text_init(&body, REQUEST_BYTES_MAX);
    if (!options->is_status) {
        append_order(&body, options);
        assert(!body.failed || body.capacity < REQUEST_BYTES_MAX); /* what it holds is bounded: only memory can end */
    }
    const struct admin_request request = {
        .interface = options->is_status ? SLICE("") : slice_of(options->interface),
        .body = text_slice(&body),
        .token = token,
        .ca_file = options->connection.ca_file,
        .cert_file = options->connection.cert_file,
        .key_file = options->connection.key_file,
        .timeout_ms = options->connection.timeout_ms,
    };
    fleet->answers = body.failed ? NULL : admin_client_ask(&fleet->gateways, &request);
    text_clear(&body);
    if (fleet->answers == NULL) {
        return command_failed(command, "out of memory");
    }
    int status = report(command, fleet);
    admin_client_free_answers(fleet->answers, fleet->gateways.count);
    return status;
}

int degrade_fleet_run(const struct command *command, const struct degrade_options *options)
{
    static struct fleet fleet; /* it is large */
    char token[TOKEN_FILE_BYTES] = "", reason[TOKEN_FILE_REASON_BYTES];
    const char *fault;
    fleet.options = options;
    if (options->token_file != NULL && !token_file_read(options->token_file, token, reason)) {
        return command_failed(command, reason);
    }
    if (!gateway_list_resolve(options->urls, options->url_count, &fleet.gateways, &fault)) {
        return command_failed(command, fault);
    }
    int status = ask(command, &fleet, token);
    gateway_list_clear(&fleet.gateways);
    explicit_bzero(token, sizeof(token));
    return status;
}
