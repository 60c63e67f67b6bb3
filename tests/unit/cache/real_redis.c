#include "real_redis.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char program[] = "/usr/bin/redis-server";

enum { WAIT_MAX_MS = 10000, ATTEMPTS = 5 };

bool real_redis_is_installed(void)
{
    return access(program, X_OK) == 0;
}

static int bind_port(uint16_t port, struct sockaddr_in *ret_address)
{
    socklen_t length = sizeof(*ret_address);
    *ret_address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (port == 0 && (bind(descriptor, (struct sockaddr *)ret_address, length) != 0 ||
                      getsockname(descriptor, (struct sockaddr *)ret_address, &length) != 0)) {
        abort();
    }
    return descriptor;
}

static void run(uint16_t port, const char *const *options)
{
    char number[8];
    const char *arguments[16 + REAL_REDIS_OPTIONS_MAX] = {program, "--port", number, "--bind",    "127.0.0.1", "--save",
                                                          "",      "--dir",  "/tmp", "--logfile", "/dev/null"};
    int count = 11;
    snprintf(number, sizeof(number), "%u", port);
    for (int i = 0; i < REAL_REDIS_OPTIONS_MAX && options[i] != NULL; i++) {
        arguments[count++] = strcmp(options[i], REAL_REDIS_PORT) == 0 ? number : options[i];
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(program, (char *const *)(const void *)arguments);
    _exit(127);
}

/* Whatever it says: -NOAUTH is an answer too, and so is the end that TLS makes of this. */
static bool answers(uint16_t port)
{
    struct sockaddr_in address;
    char byte;
    int descriptor = bind_port(port, &address);
    bool is_there = connect(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0 &&
                    send(descriptor, "PING\r\n", 6, MSG_NOSIGNAL) == 6 &&
                    (recv(descriptor, &byte, 1, 0) >= 0 || errno == ECONNRESET);
    close(descriptor);
    return is_there;
}

/* False when somebody else took the port: then the process ends. */
static bool comes_up(const struct real_redis *redis)
{
    for (int waited_ms = 0; waited_ms < WAIT_MAX_MS; waited_ms += 5) {
        if (waitpid(redis->process, NULL, WNOHANG) == redis->process) {
            return false;
        }
        if (answers(redis->port)) {
            return true;
        }
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    real_redis_stop(&(struct real_redis){.process = redis->process});
    return false;
}

void real_redis_start(struct real_redis *redis, const char *const *options)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        struct sockaddr_in address;
        close(bind_port(0, &address));
        redis->port = ntohs(address.sin_port);
        redis->process = fork();
        if (redis->process == 0) {
            run(redis->port, options);
        }
        if (redis->process > 0 && comes_up(redis)) {
            return;
        }
    }
    fprintf(stderr, "redis-server does not start\n");
    abort();
}

void real_redis_stop(struct real_redis *redis)
{
    kill(redis->process, SIGKILL);
    waitpid(redis->process, NULL, 0);
}
