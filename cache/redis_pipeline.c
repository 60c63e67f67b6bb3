#include "cache/redis_pipeline.h"

void redis_pipeline_init(struct redis_pipeline *pipeline, const struct redis_command *commands, uint32_t count,
                         struct redis_reply **replies)
{
    *pipeline = (struct redis_pipeline){.commands = commands, .count = count, .replies = replies};
    for (uint32_t i = 0; i < count; i++) {
        replies[i] = NULL;
    }
}

static bool is_fault(const struct redis_reply *reply)
{
    return reply != NULL && redis_reply_kind(reply) == REDIS_REPLY_FAULT;
}

static bool send_all(const struct redis_pipeline *pipeline, struct redis_link *link,
                     const struct redis_pipeline_manner *manner)
{
    const struct slice asking = SLICE("ASKING");
    const struct slice name[] = {SLICE("CLIENT"), SLICE("SETNAME"), slice_of(manner->client_name)};
    bool is_sent = name[2].length == 0 || redis_link_send(link, name, 3);
    for (uint32_t i = 0; is_sent && i < pipeline->count; i++) {
        const struct redis_command *command = &pipeline->commands[i];
        if (pipeline->replies[i] == NULL) {
            is_sent = (!manner->is_asking || redis_link_send(link, &asking, 1)) &&
                      redis_link_send(link, command->arguments, command->count);
        }
    }
    return is_sent;
}

/* Whatever it says: a server may know no names, or deny them; and after ASKING the command's own reply tells. */
static bool receive_thanks(struct redis_link *link, int64_t deadline_ms)
{
    struct redis_reply *reply = NULL;
    bool is_received = redis_link_receive(link, deadline_ms, &reply);
    redis_reply_free(reply);
    return is_received;
}

bool redis_pipeline_run(struct redis_pipeline *pipeline, struct redis_link *link,
                        const struct redis_pipeline_manner *manner, int64_t deadline_ms)
{
    if (!send_all(pipeline, link, manner) || (manner->client_name[0] != '\0' && !receive_thanks(link, deadline_ms))) {
        return false;
    }
    for (uint32_t i = 0; i < pipeline->count; i++) {
        if (pipeline->replies[i] == NULL && ((manner->is_asking && !receive_thanks(link, deadline_ms)) ||
                                             !redis_link_receive(link, deadline_ms, &pipeline->replies[i]))) {
            return false;
        }
    }
    return true;
}

enum redis_verdict redis_pipeline_judge(const struct redis_pipeline *pipeline, const struct redis_endpoint *here,
                                        uint32_t *ret_fault, struct redis_endpoint *ret_there)
{
    enum redis_verdict verdict = REDIS_VERDICT_ALL;
    for (uint32_t i = 0; i < pipeline->count; i++) {
        struct redis_endpoint there;
        if (!is_fault(pipeline->replies[i])) {
            continue;
        }
        enum redis_redirect redirect = redis_redirect_parse(redis_reply_text(pipeline->replies[i]), here, &there);
        if (redirect == REDIS_REDIRECT_NONE) {
            *ret_fault = i;
            return REDIS_VERDICT_FAULT;
        }
        if (verdict == REDIS_VERDICT_ALL) { /* the first says where to; whoever is wrong there is redirected again */
            verdict = redirect == REDIS_REDIRECT_MOVED ? REDIS_VERDICT_MOVED : REDIS_VERDICT_ASK;
            *ret_there = there;
        }
    }
    return verdict;
}

static void forget(struct redis_reply **reply)
{
    redis_reply_free(*reply);
    *reply = NULL;
}

void redis_pipeline_forget(struct redis_pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->count; i++) {
        forget(&pipeline->replies[i]);
    }
}

void redis_pipeline_forget_faults(struct redis_pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->count; i++) {
        if (is_fault(pipeline->replies[i])) {
            forget(&pipeline->replies[i]);
        }
    }
}
