#include "service/http_terms.h"

#include "service/http_connection.h"

const struct http_fault http_terms_fault = {400, "X-Budget-Ms is no integer from 0 to 600000"};

static bool read_budget(struct slice text, int64_t *ret_budget_ms)
{
    int64_t budget_ms = 0;
    for (uint32_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || budget_ms > HTTP_BUDGET_MS_MAX) {
            return false;
        }
        budget_ms = budget_ms * 10 + (text.at[i] - '0');
    }
    *ret_budget_ms = budget_ms;
    return text.length > 0 && budget_ms <= HTTP_BUDGET_MS_MAX;
}

bool http_terms_read(const struct http_connection *connection, int64_t waited_ns, struct decision_terms *ret_terms)
{
    const struct http_head *head = &connection->head;
    struct decision_terms terms = {.caller = head->caller};
    if (head->budget.at != NULL) {
        int64_t budget_ms;
        if (!read_budget(head->budget, &budget_ms)) {
            return false;
        }
        terms.deadline_ns = connection->begun_ns - waited_ns + budget_ms * 1000000;
        terms.deadline_ns = terms.deadline_ns > 0 ? terms.deadline_ns : 1; /* 0 would mean none */
    }
    *ret_terms = terms;
    return true;
}
