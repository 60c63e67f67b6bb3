#include "service/complaint.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>

TestSuite(complaint, .init = cr_redirect_stderr);

Test(complaint, a_configurations_errors_are_a_line_each)
{
    struct config_errors errors;
    config_errors_init(&errors, "x.conf");
    config_errors_add(&errors, 3, "workers", "must be %d to %d", 0, 256);
    config_errors_add(&errors, 7, "", "is unknown");
    complaint_print_config(&errors);
    fflush(stderr);
    cr_assert_stderr_eq_str("x.conf:3: workers: must be 0 to 256\nx.conf:7: is unknown\n");
}

Test(complaint, a_sets_problems_are_a_line_each)
{
    struct problems problems;
    problems_init(&problems);
    problems_add(&problems, "a.json", "/id", "is missing");
    problems_add(&problems, "", "", "has no policy");
    complaint_print_set(&problems);
    fflush(stderr);
    cr_assert_stderr_eq_str("a.json:/id: is missing\n: has no policy\n");
    problems_clear(&problems);
}
