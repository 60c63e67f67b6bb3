/* Which of the two formats of /metrics an Accept header wants. */
#include "service/http_accept.h"

#include <criterion/criterion.h>

#define OPEN "application/openmetrics-text"

struct row {
    const char *accept;
    bool wants_openmetrics;
};

Test(http_accept, openmetrics_is_given_to_who_wants_it_at_least_as_much)
{
    static const struct row rows[] = {
        {"", false},
        {"*/*", false},
        {"text/plain", false},
        {"text/html,application/xhtml+xml,*/*;q=0.8", false},
        {OPEN, true},
        {"Application/OpenMetrics-Text; Version=1.0.0", true},
        {OPEN ";version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true},
        /* Prometheus 2.42 and 3 */
        {OPEN ";version=1.0.0," OPEN ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true},
        {OPEN ";version=1.0.0;escaping=allow-utf-8;q=0.6," OPEN ";version=0.0.1;q=0.5,text/plain;version=1.0.0;"
              "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
         true},
        {OPEN ";version=\"1.0.0\"", true},
        {OPEN ";version=0.0.1", false},
        {OPEN ";q=0.4,text/plain;q=0.5", false},
        {"text/plain;q=0.5\t, " OPEN " ;\tq=0.500", true},
        {OPEN ";q=0", false},
        {OPEN ";q=0.0009", false},
        {OPEN ";q=2", false},
        {OPEN ";q=high", false},
        {OPEN ";q=", false},
        {OPEN "2", false},
        {",,;=;q=1,", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect(http_accept_prefers_openmetrics(slice_of(rows[i].accept)) == rows[i].wants_openmetrics, "%s",
                  rows[i].accept);
    }
}
