/*
 * settings.h - every scalar setting of promogate.conf, one row each.
 *
 * From a row come the member of struct config (config->limits.body_max_bytes), its parsing and range check, what
 * --print-config says and its line in the README's table. Adding a setting is adding a row. The lists,
 * `interfaces`, `fallbacks` and `callers`, are not scalars: config_lists.c reads them.
 *
 * Columns   type, name, default, least, most, unit, when a change takes effect, what it is.
 * Types     UINT32, UINT64    integers
 *           BOOLEAN           true | false
 *           ADDRESS           "127.0.0.1:8080", "[::1]:8080", "localhost:0"; see address.h
 *           SOURCE            "file:PATH", or a URL of cache/redis_url.h
 *           PATH              relative to the configuration file's folder; "" is none
 *           TEXT              anything
 *           CHOICE            one of the words in the column unit: "fallback|reject"
 *           HEADER            the name of a header; "" is none
 *           For the last six least and most are lengths in bytes.
 * Defaults  REQUIRED means that there is none; only for texts.
 * Effect    LIVE: a reload applies it. RESTART: it stays as it was at start, and a reload that differs says so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SETTING_TEXT_BYTES = 4095 }; /* a path of the system, at most */

#define SETTINGS_TOP(ROW, G)                                                                                           \
    ROW(G, ADDRESS, listen, REQUIRED, 1, 64, "host:port", RESTART,                                                     \
        "Where callers reach the gateway; port 0 takes any free one.")                                                 \
    ROW(G, UINT32, workers, 0, 0, 256, "threads", RESTART,                                                             \
        "Worker threads; 0 is one per CPU that the process may use, by its affinity and its cgroup's quota.")          \
    ROW(G, SOURCE, source, REQUIRED, 1, SETTING_TEXT_BYTES, "file:PATH or redis:// URL", RESTART,                      \
        "Where policies come from: a folder, relative to this file's, or a namespace of a Redis.")                     \
    ROW(G, PATH, state_dir, "", 0, SETTING_TEXT_BYTES, "path", RESTART,                                                \
        "Where the last-known-good release, switches, their audit and trials are kept; empty keeps none.")             \
    ROW(G, BOOLEAN, serve_without_snapshot, false, 0, 1, "", LIVE,                                                     \
        "Whether readyz is 200 before the first snapshot; the fallback answers until then.")                           \
    ROW(G, UINT32, settle_ms, 500, 0, 60000, "ms", LIVE,                                                               \
        "A changed policy directory becomes a snapshot after so long without a further change.")                       \
    ROW(G, UINT32, stuck_after_s, 30, 1, 3600, "s", LIVE,                                                              \
        "livez fails when a worker that has work makes no progress for so long.")

#define SETTINGS_ADMIN(ROW, G)                                                                                         \
    ROW(G, ADDRESS, listen, "127.0.0.1:8081", 1, 64, "host:port", RESTART,                                             \
        "Where probes, metrics and operators reach the gateway.")                                                      \
    ROW(G, PATH, token_file, "", 0, SETTING_TEXT_BYTES, "path", LIVE,                                                  \
        "The file that holds the bearer token of /admin/; empty allows loopback peers only.")

#define SETTINGS_DRAIN(ROW, G)                                                                                         \
    ROW(G, UINT32, grace_ms, 5000, 0, 600000, "ms", LIVE,                                                              \
        "After SIGTERM requests are still accepted for so long, while readyz says 503.")                               \
    ROW(G, UINT32, timeout_ms, 20000, 0, 600000, "ms", LIVE,                                                           \
        "After the grace the requests in flight may take so long to end.")

#define SETTINGS_LIMITS(ROW, G)                                                                                        \
    ROW(G, UINT32, max_candidates, 20000, 1, 1000000, "policies", LIVE,                                                \
        "The most policies that one evaluation may have to look at; a release that needs more is refused.")            \
    ROW(G, UINT64, snapshot_max_bytes, 1073741824, 65536, 68719476736, "bytes", LIVE,                                  \
        "Memory that a compiled release may take; one that needs more is refused.")                                    \
    ROW(G, UINT64, batch_max_work, 2000000, 1, 1000000000, "policies", LIVE,                                           \
        "Requests times candidates of one batch.")                                                                     \
    ROW(G, UINT32, body_max_bytes, 65536, 1024, 1048576, "bytes", LIVE, "The largest body of an evaluation.")          \
    ROW(G, UINT32, batch_body_max_bytes, 4194304, 1024, 67108864, "bytes", LIVE, "The largest body of a batch.")       \
    ROW(G, UINT32, drain_max_bytes, 4194304, 0, 67108864, "bytes", LIVE,                                               \
        "How much of a refused body is read so that the client can read the answer.")                                  \
    ROW(G, UINT64, bodies_max_bytes, 268435456, 1048576, 17179869184, "bytes", LIVE,                                   \
        "Memory of all bodies that the process is receiving.")                                                         \
    ROW(G, UINT32, answer_max_bytes, 16777216, 65536, 1073741824, "bytes", LIVE, "The largest answer.")                \
    ROW(G, UINT32, head_timeout_ms, 5000, 100, 600000, "ms", LIVE,                                                     \
        "A request's head must be complete so long after its first byte.")                                             \
    ROW(G, UINT32, body_timeout_ms, 10000, 100, 600000, "ms", LIVE,                                                    \
        "A request's body must be complete so long after its head.")                                                   \
    ROW(G, UINT32, answer_timeout_ms, 10000, 100, 600000, "ms", LIVE,                                                  \
        "The client must have taken the whole answer after so long.")                                                  \
    ROW(G, UINT32, idle_timeout_ms, 60000, 100, 3600000, "ms", LIVE,                                                   \
        "A keep-alive connection without a request is closed after so long.")                                          \
    ROW(G, UINT32, max_connections, 8192, 1, 1000000, "connections", RESTART,                                          \
        "Connections of the service listener; one past it is refused at once.")                                        \
    ROW(G, UINT32, admin_max_connections, 64, 1, 10000, "connections", RESTART, "Connections of the admin listener.")  \
    ROW(G, UINT64, memory_max_bytes, 0, 0, 1099511627776, "bytes", LIVE,                                               \
        "While the breaker is on: past so much memory `auto` interfaces answer fallbacks only and no release is "      \
        "loaded; 0 is 95 % of the "                                                                                    \
        "cgroup's.")

#define SETTINGS_REDIS(ROW, G)                                                                                         \
    ROW(G, TEXT, user, "", 0, 128, "name", RESTART, "The ACL user; empty is the URL's, or none.")                      \
    ROW(G, PATH, password_file, "", 0, SETTING_TEXT_BYTES, "path", RESTART,                                            \
        "The file that holds the password, read at every connect; empty: the URL's password, or none.")                \
    ROW(G, PATH, ca_file, "", 0, SETTING_TEXT_BYTES, "path", RESTART,                                                  \
        "The authorities that a rediss:// server's certificate must come from; empty: the system's.")                  \
    ROW(G, PATH, cert_file, "", 0, SETTING_TEXT_BYTES, "path", RESTART, "Our certificate, where Redis asks for one.")  \
    ROW(G, PATH, key_file, "", 0, SETTING_TEXT_BYTES, "path", RESTART, "Its key.")                                     \
    ROW(G, UINT32, connect_timeout_ms, 500, 10, 60000, "ms", RESTART,                                                  \
        "Connecting, TLS and login must be done after so long.")                                                       \
    ROW(G, UINT32, command_timeout_ms, 500, 10, 60000, "ms", RESTART,                                                  \
        "A command's whole answer must be there after so long.")                                                       \
    ROW(G, BOOLEAN, hints, true, 0, 1, "", RESTART,                                                                    \
        "Whether to listen for announcements of new releases; the poll finds them too.")                               \
    ROW(G, UINT32, poll_ms, 2000, 100, 600000, "ms", LIVE, "How often the root is asked for, give or take a fifth.")   \
    ROW(G, UINT32, spread_ms, 1000, 0, 600000, "ms", LIVE,                                                             \
        "After an announcement a gateway waits a random part of this, so that a fleet does not fetch at once.")        \
    ROW(G, UINT32, switch_poll_ms, 1000, 100, 600000, "ms", LIVE,                                                      \
        "How often the namespace's degrade switches are asked for, give or take a tenth.")                             \
    ROW(G, UINT32, backoff_max_ms, 1500, 100, 600000, "ms", LIVE,                                                      \
        "After failures a gateway waits a random part of a time that doubles up to this.")                             \
    ROW(G, UINT32, fetch_bytes_per_second, 4194304, 65536, 1073741824, "bytes", LIVE,                                  \
        "What one gateway may fetch in a second, whatever is published.")                                              \
    ROW(G, UINT64, release_max_bytes, 268435456, 1024, 1073741824, "bytes", LIVE,                                      \
        "Documents of one release; one that has more is refused unfetched.")                                           \
    ROW(G, UINT32, drop_max_bp, 5000, 0, 10000, "bp", LIVE,                                                            \
        "The share of the policies in force that one release may take away unless its publisher confirmed it.")

#define SETTINGS_BATCH(ROW, G)                                                                                         \
    ROW(G, UINT32, slice_us, 500, 50, 1000000, "us", LIVE, "How long a batch may hold its worker's loop at a time.")

#define SETTINGS_BREAKER(ROW, G)                                                                                       \
    ROW(G, CHOICE, mode, "on", 1, 16, "on|shadow|off", LIVE,                                                           \
        "Whether overload sheds load; shadow counts and logs what it would do, and changes no answer.")                \
    ROW(G, UINT32, delay_target_ms, 5, 1, 1000, "ms", LIVE,                                                            \
        "A ready request waits at most so long; a tick in which none waited less is overloaded.")                      \
    ROW(G, UINT32, delay_hard_ms, 20, 2, 10000, "ms", LIVE,                                                            \
        "Waiting longer than this, and than the target, at the smallest share opens the breaker.")                     \
    ROW(G, UINT32, queue_max_ms, 40, 1, 10000, "ms", LIVE,                                                             \
        "Evaluations that wait on a worker may need so long, or twice the target; past that a fallback is given at "   \
        "once.")                                                                                                       \
    ROW(G, UINT32, onset_ticks, 2, 1, 50, "ticks", LIVE, "Overloaded ticks of 100 ms in a row that start shedding.")   \
    ROW(G, UINT32, open_ticks, 2, 1, 100, "ticks", LIVE,                                                               \
        "Ticks past the hard line in a row, at the smallest share, that open.")                                        \
    ROW(G, UINT32, requests_min, 20, 1, 1000000, "requests", LIVE,                                                     \
        "With fewer requests in the last second nothing is judged: steps end by time.")                                \
    ROW(G, UINT32, share_min_bp, 500, 1, 5000, "bp", LIVE, "The smallest share of users that shedding admits.")        \
    ROW(G, UINT32, min_evaluation_share, 0, 0, 10000, "bp", LIVE,                                                      \
        "Shed only while evaluation takes at least this share of the workers' time; 0: on saturation alone.")          \
    ROW(G, UINT32, open_ms, 2000, 100, 600000, "ms", LIVE,                                                             \
        "How long the breaker stays open at first, give or take a fifth; doubles with each relapse.")                  \
    ROW(G, UINT32, open_max_ms, 6000, 100, 600000, "ms", LIVE, "The longest, unless overload goes on.")                \
    ROW(G, UINT32, ramp_step_ms, 1000, 100, 60000, "ms", LIVE,                                                         \
        "How long each step of the way back takes: 5, 10, 25, 50, 75, 100 % of users.")

#define SETTINGS_RATE(ROW, G)                                                                                          \
    ROW(G, HEADER, caller_header, "", 0, 64, "header", LIVE, "The request header that names the caller; empty: none.") \
    ROW(G, UINT32, caller_per_second, 0, 0, 10000000, "decisions", LIVE,                                               \
        "What one caller may ask for in a second, where `callers` has no entry of its own; 0 is no limit.")            \
    ROW(G, UINT32, total_per_second, 0, 0, 10000000, "decisions", LIVE,                                                \
        "What all callers may ask for in a second; 0 is no limit.")                                                    \
    ROW(G, UINT32, burst_ms, 1000, 100, 60000, "ms", LIVE,                                                             \
        "How long a limit may be saved up: the largest burst is the rate times this.")                                 \
    ROW(G, CHOICE, on_limit, "fallback", 1, 16, "fallback|reject", LIVE,                                               \
        "What a request past a limit gets: its fallback, or 429 with Retry-After.")

#define SETTINGS_WATCHDOG(ROW, G)                                                                                      \
    ROW(G, UINT32, dump_after_ms, 2000, 100, 600000, "ms", LIVE,                                                       \
        "A worker that has work and makes no progress for so long is logged with its stack.")

#define SETTINGS_QUARANTINE(ROW, G)                                                                                    \
    ROW(G, UINT32, trial_s, 60, 0, 86400, "s", LIVE,                                                                   \
        "A release that the process outlives by so long has proven itself; 0 turns quarantine off.")                   \
    ROW(G, UINT32, deaths, 2, 1, 10, "deaths", RESTART,                                                                \
        "Deaths within a release's trial that quarantine it: the next start uses the one before.")

#define SETTINGS_ACCESS_LOG(ROW, G)                                                                                    \
    ROW(G, UINT32, sample_bp, 100, 0, 10000, "bp", LIVE,                                                               \
        "The share of requests that a line of the log tells of; those degraded or refused are told all.")              \
    ROW(G, UINT32, lines_per_second_max, 1000, 0, 1000000, "lines", LIVE,                                              \
        "The most of these lines in a second, the rest is dropped and counted; 0 turns them off.")                     \
    ROW(G, PATH, user_key_file, "", 0, SETTING_TEXT_BYTES, "path", LIVE,                                               \
        "The file whose content keys the hash that stands for a user's id; empty: a key of this start alone.")

#define SETTINGS_DECISION_LOG(ROW, G)                                                                                  \
    ROW(G, PATH, file, "", 0, SETTING_TEXT_BYTES, "path", RESTART,                                                     \
        "Where decisions are kept so that they can be replayed, users' ids included; empty keeps none.")               \
    ROW(G, UINT32, sample_bp, 10000, 0, 10000, "bp", LIVE, "The share of decisions that is kept.")                     \
    ROW(G, UINT64, file_max_bytes, 268435456, 65536, 1099511627776, "bytes", LIVE,                                     \
        "Before the file would be longer it is renamed to .1, .1 to .2 and so on.")                                    \
    ROW(G, UINT32, old_files_max, 7, 1, 1000, "files", LIVE, "How many of these stay; the oldest goes.")               \
    ROW(G, UINT32, buffer_bytes, 4194304, 524288, 268435456, "bytes", RESTART,                                         \
        "Memory of each worker for decisions that are not written yet; what finds no room is dropped and counted.")

/* The groups of the file: name, rows. SETTINGS_TOP stands outside any group. */
#define SETTING_GROUPS(GROUP)                                                                                          \
    GROUP(admin, SETTINGS_ADMIN)                                                                                       \
    GROUP(drain, SETTINGS_DRAIN)                                                                                       \
    GROUP(limits, SETTINGS_LIMITS)                                                                                     \
    GROUP(redis, SETTINGS_REDIS)                                                                                       \
    GROUP(batch, SETTINGS_BATCH)                                                                                       \
    GROUP(breaker, SETTINGS_BREAKER)                                                                                   \
    GROUP(rate, SETTINGS_RATE)                                                                                         \
    GROUP(watchdog, SETTINGS_WATCHDOG)                                                                                 \
    GROUP(quarantine, SETTINGS_QUARANTINE)                                                                             \
    GROUP(access_log, SETTINGS_ACCESS_LOG)                                                                             \
    GROUP(decision_log, SETTINGS_DECISION_LOG)

#define SETTING_C_TYPE_UINT32  uint32_t
#define SETTING_C_TYPE_UINT64  uint64_t
#define SETTING_C_TYPE_BOOLEAN bool
#define SETTING_C_TYPE_ADDRESS const char *
#define SETTING_C_TYPE_SOURCE  const char *
#define SETTING_C_TYPE_PATH    const char *
#define SETTING_C_TYPE_TEXT    const char *
#define SETTING_C_TYPE_CHOICE  const char *
#define SETTING_C_TYPE_HEADER  const char *

/* A member of struct config. */
#define SETTING_MEMBER(G, type, name, otherwise, least, most, unit, effect, sentence) SETTING_C_TYPE_##type name;

/* The rows as data, in the order of the file: what reads, checks and prints them walks this. Texts come last. */
enum setting_type {
    SETTING_UINT32,
    SETTING_UINT64,
    SETTING_BOOLEAN,
    SETTING_ADDRESS,
    SETTING_SOURCE,
    SETTING_PATH,
    SETTING_TEXT,
    SETTING_CHOICE,
    SETTING_HEADER,
};

struct setting {
    const char *path;  /* "limits.body_max_bytes" */
    const char *group; /* "limits"; "" at the top */
    const char *name;  /* "body_max_bytes" */
    enum setting_type type;
    bool is_required;
    bool needs_restart;
    uint64_t least, most;
    uint64_t default_number; /* and of BOOLEAN */
    const char *default_text;
    const char *unit;
    const char *sentence;
    size_t offset; /* in struct config */
};

struct config;

extern const struct setting settings[];
extern const size_t settings_count;

bool setting_is_text(const struct setting *setting);

uint64_t setting_number(const struct setting *setting, const struct config *config);
const char *setting_text(const struct setting *setting, const struct config *config);
void setting_set_number(const struct setting *setting, struct config *config, uint64_t value);
/* The text must live as long as the configuration. */
void setting_set_text(const struct setting *setting, struct config *config, const char *value);
