#include "service/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "cache/directory_source.h"
#include "cache/redis_source.h"

bool origin_is_redis(const struct config *config)
{
    return redis_url_is(slice_of(config->source));
}

static struct redis_url url_of(const struct config *config)
{
    struct redis_url url = {0};
    const char *reason;
    redis_url_parse(slice_of(config->source), &url, &reason); /* checked when it was loaded */
    return url;
}

static struct redis_source_pace pace_of(const struct config *config)
{
    return (struct redis_source_pace){
        .watch = {.poll_ms = config->redis.poll_ms,
                  .spread_ms = config->redis.spread_ms,
                  .backoff_max_ms = config->redis.backoff_max_ms},
        .bytes_per_second = config->redis.fetch_bytes_per_second,
        .suspicion = {.drop_max_bp = config->redis.drop_max_bp, .release_max_bytes = config->redis.release_max_bytes},
    };
}

/* "promogate/HOST", of what a client name may hold. */
static void name_client(char *name, size_t size)
{
    char host[64];
    if (gethostname(host, sizeof(host)) != 0) {
        host[0] = '\0';
    }
    host[sizeof(host) - 1] = '\0';
    snprintf(name, size, "promogate/%.48s", host);
    for (char *at = name; *at != '\0'; at++) {
        *at = *at > ' ' && *at < 0x7f ? *at : '-';
    }
}

void origin_client_options(const struct config *config, struct redis_client_options *ret_options)
{
    *ret_options = (struct redis_client_options){0};
    ret_options->url = url_of(config);
    ret_options->role = REDIS_READER;
    ret_options->connect_timeout_ms = config->redis.connect_timeout_ms;
    ret_options->command_timeout_ms = config->redis.command_timeout_ms;
    snprintf(ret_options->user, sizeof(ret_options->user), "%s", config->redis.user);
    snprintf(ret_options->password_file, sizeof(ret_options->password_file), "%s", config->paths.password_file);
    snprintf(ret_options->ca_file, sizeof(ret_options->ca_file), "%s", config->paths.ca_file);
    snprintf(ret_options->cert_file, sizeof(ret_options->cert_file), "%s", config->paths.cert_file);
    snprintf(ret_options->key_file, sizeof(ret_options->key_file), "%s", config->paths.key_file);
    name_client(ret_options->name, sizeof(ret_options->name));
}

uint64_t origin_seed(void)
{
    uint64_t seed;
    return getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == (ssize_t)sizeof(seed) ? seed : (uint64_t)getpid();
}

static struct source *open_redis(const struct config *config)
{
    struct redis_source_options *options = calloc(1, sizeof(*options));
    if (options == NULL) {
        return NULL;
    }
    origin_client_options(config, &options->client);
    options->pace = pace_of(config);
    options->has_hints = config->redis.hints;
    options->seed = origin_seed();
    struct source *source = redis_source_open(options);
    free(options);
    return source;
}

struct source *origin_open(const struct config *config)
{
    struct directory_source_options options = {.settle_ms = config->settle_ms};
    return origin_is_redis(config) ? open_redis(config) : directory_source_open(config->paths.source_dir, &options);
}

void origin_follow(struct source *source, const struct config *config)
{
    if (origin_is_redis(config)) {
        struct redis_source_pace pace = pace_of(config);
        redis_source_set_pace(source, &pace);
    } else {
        directory_source_set_settle_ms(source, config->settle_ms);
    }
}

void origin_describe(const struct config *config, struct text *text)
{
    if (origin_is_redis(config)) {
        struct redis_url url = url_of(config);
        text_append_format(text, "redis %s", url.namespace);
    } else {
        text_append(text, slice_of(config->source));
    }
}
