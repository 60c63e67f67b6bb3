/* The file changes in every way that a file can: what is handed over, and what is not. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config_text.h"
#include "service/config_watch.h"

enum { BOUND_MS = 10000 };

static char folder[] = "/tmp/promogate-watch-XXXXXX";
static struct config_watch *watch;
static unsigned applied, refused;
static uint32_t settle_ms; /* of the configuration that was applied last */
static struct config_errors refusal;

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const char *in_folder(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void write_text(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "w");
    cr_assert(ne(ptr, file, NULL));
    fputs(text, file);
    cr_assert(eq(int, fclose(file), 0));
}

/* In place, with that settle_ms. */
static void write_config(const char *name, unsigned ms)
{
    char text[1024];
    snprintf(text, sizeof(text), CONFIG_REQUIRED "settle_ms = %u;\n", ms);
    write_text(name, text);
}

static void note_applied(void *cls, struct config *fresh)
{
    (void)cls;
    applied++;
    settle_ms = fresh->settle_ms;
    config_free(fresh);
}

static void note_refused(void *cls, const struct config_errors *errors_)
{
    (void)cls;
    refused++;
    refusal = *errors_;
}

static void open_watch(const char *name)
{
    static const struct config_watch_calls calls = {.applied = note_applied, .refused = note_refused};
    struct config *running = config_load(in_folder(name), &errors);
    cr_assert(ne(ptr, running, NULL));
    watch = config_watch_open(in_folder(name), running, &calls, clock_ms());
    cr_assert(ne(ptr, watch, NULL));
    config_free(running);
    config_watch_run(watch, clock_ms());
}

static void run_once(int64_t until_ms)
{
    int64_t now_ms = clock_ms();
    struct pollfd readable = {.fd = config_watch_fd(watch), .events = POLLIN};
    int timeout_ms = config_watch_timeout_ms(watch, now_ms);
    int64_t left_ms = until_ms > now_ms ? until_ms - now_ms : 0;
    poll(&readable, 1, timeout_ms < left_ms ? timeout_ms : (int)left_ms);
    config_watch_run(watch, clock_ms());
}

/* Until so many calls came in all. */
static void wait_for(unsigned applied_count, unsigned refused_count)
{
    int64_t until_ms = clock_ms() + BOUND_MS;
    while ((applied < applied_count || refused < refused_count) && clock_ms() < until_ms) {
        run_once(until_ms);
    }
    cr_assert(eq(uint, applied, applied_count));
    cr_assert(eq(uint, refused, refused_count));
}

/* Longer than the time between two looks. */
static void assert_nothing_comes(void)
{
    unsigned applied_before = applied, refused_before = refused;
    int64_t until_ms = clock_ms() + 2300;
    while (clock_ms() < until_ms) {
        run_once(until_ms);
    }
    cr_assert(eq(uint, applied, applied_before));
    cr_assert(eq(uint, refused, refused_before));
}

static void prepare(void)
{
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
}

static void clean(void)
{
    config_watch_close(watch);
    char command[128];
    snprintf(command, sizeof(command), "rm -r %s", folder);
    cr_assert(eq(int, system(command), 0));
}

TestSuite(config_watch, .init = prepare, .fini = clean);

Test(config_watch, a_file_written_in_place_is_applied)
{
    write_config("x.conf", 1);
    open_watch("x.conf");
    write_config("x.conf", 2);
    wait_for(1, 0);
    cr_assert(eq(u32, settle_ms, 2));
}

Test(config_watch, a_notice_is_acted_upon_long_before_the_next_look)
{
    write_config("x.conf", 1);
    open_watch("x.conf");
    int64_t before_ms = clock_ms();
    write_config("x.conf", 2);
    wait_for(1, 0);
    cr_assert(lt(i64, clock_ms() - before_ms, 1500));
}

Test(config_watch, a_file_renamed_over_is_applied_each_time)
{
    write_config("x.conf", 1);
    open_watch("x.conf");
    for (unsigned round = 2; round < 5; round++) {
        write_config("fresh", round);
        cr_assert(eq(int, rename(in_folder("fresh"), in_folder("x.conf")), 0));
        wait_for(round - 1, 0);
        cr_assert(eq(u32, settle_ms, round));
    }
}

Test(config_watch, a_config_map_swap_is_applied_each_time)
{
    mkdir(in_folder("..1"), 0700);
    write_config("..1/x.conf", 1);
    cr_assert(eq(int, symlink("..1", in_folder("..data")), 0));
    cr_assert(eq(int, symlink("..data/x.conf", in_folder("x.conf")), 0));
    open_watch("x.conf");
    for (unsigned round = 2; round < 5; round++) {
        char generation[8], file[24];
        snprintf(generation, sizeof(generation), "..%u", round);
        snprintf(file, sizeof(file), "%s/x.conf", generation);
        mkdir(in_folder(generation), 0700);
        write_config(file, round);
        cr_assert(eq(int, symlink(generation, in_folder("..data_tmp")), 0));
        cr_assert(eq(int, rename(in_folder("..data_tmp"), in_folder("..data")), 0));
        wait_for(round - 1, 0);
        cr_assert(eq(u32, settle_ms, round));
    }
}

Test(config_watch, the_same_bytes_written_again_are_no_change)
{
    write_config("x.conf", 1);
    open_watch("x.conf");
    write_config("fresh", 1);
    cr_assert(eq(int, rename(in_folder("fresh"), in_folder("x.conf")), 0));
    assert_nothing_comes();
}

Test(config_watch, an_invalid_file_is_refused_once_with_its_line)
{
    write_config("x.conf", 1);
    open_watch("x.conf");
    write_text("x.conf", CONFIG_REQUIRED "settle_ms = 60001;\n");
    wait_for(0, 1);
    cr_assert(eq(u32, refusal.items[0].line, 5));
    cr_assert(eq(str, refusal.items[0].setting, "settle_ms"));
    cr_assert(eq(str, refusal.file, (char *)in_folder("x.conf")));
    assert_nothing_comes();
    write_config("x.conf", 3);
    wait_for(1, 1);
}

Test(config_watch, a_file_that_goes_is_refused_once_and_applied_when_it_returns)
{
    write_config("x.conf", 1);
    open_watch("x.conf");
    cr_assert(eq(int, remove(in_folder("x.conf")), 0));
    wait_for(0, 1);
    assert_nothing_comes();
    write_config("x.conf", 1);
    wait_for(1, 1);
    assert_nothing_comes();
    cr_assert(eq(int, remove(in_folder("x.conf")), 0));
    wait_for(1, 2);
}

Test(config_watch, a_change_between_reading_and_watching_is_noticed)
{
    static const struct config_watch_calls calls = {.applied = note_applied, .refused = note_refused};
    write_config("x.conf", 1);
    struct config *running = config_load(in_folder("x.conf"), &errors);
    write_config("x.conf", 2);
    watch = config_watch_open(in_folder("x.conf"), running, &calls, clock_ms());
    config_free(running);
    wait_for(1, 0);
    cr_assert(eq(u32, settle_ms, 2));
}

Test(config_watch, what_the_system_does_not_tell_is_found_by_looking)
{
    write_config("x.conf", 1);
    open_watch("x.conf");
    write_config("x.conf", 2);
    /* The clock alone: the notice waits unread in the descriptor. */
    int64_t now_ms = clock_ms();
    cr_assert(le(int, config_watch_timeout_ms(watch, now_ms), 2000));
    config_watch_run(watch, now_ms + 2001);
    cr_assert(eq(uint, applied, 1));
}

Test(config_watch, a_file_that_never_rests_is_looked_at_all_the_same)
{
    write_config("x.conf", 1);
    open_watch("x.conf");
    int64_t begin_ms = clock_ms();
    unsigned ms = 1;
    for (int64_t now_ms = begin_ms; now_ms < begin_ms + 4000; now_ms += 50) {
        write_config("x.conf", ++ms);
        config_watch_run(watch, now_ms);
    }
    cr_assert(ge(uint, applied, 1));
    cr_assert(le(uint, applied, 3));
}

Test(config_watch, force_loads_what_is_the_same)
{
    write_config("x.conf", 1);
    open_watch("x.conf");
    config_watch_force(watch);
    cr_assert(eq(int, config_watch_timeout_ms(watch, clock_ms()), 0));
    config_watch_run(watch, clock_ms());
    cr_assert(eq(uint, applied, 1));
    config_watch_run(watch, clock_ms());
    cr_assert(eq(uint, applied, 1));
}
