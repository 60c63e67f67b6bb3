#include "service/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096 }; /* the kernel cuts it to net.core.somaxconn */

static int open_socket(const struct sockaddr *address, socklen_t length, bool is_shared)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1, shared = is_shared;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &shared, sizeof(shared)) != 0 || bind(fd, address, length) != 0) {
        int error = errno;
        if (fd >= 0) {
            close(fd);
        }
        errno = error;
        return -1;
    }
    return fd;
}

/* Another process may share its address with us by mistake: ask for it alone first. */
static bool is_free(const struct address *address)
{
    int fd = open_socket((const struct sockaddr *)&address->storage, address->length, false);
    if (fd < 0) {
        return false;
    }
    close(fd);
    return true;
}

static bool open_next(struct listener *listener, struct sockaddr_storage *bound, socklen_t *length)
{
    int fd = open_socket((const struct sockaddr *)bound, *length, true);
    if (fd < 0) {
        return false;
    }
    listener->sockets[listener->count++] = fd;
    return listen(fd, BACKLOG) == 0 && getsockname(fd, (struct sockaddr *)bound, length) == 0;
}

bool listener_open(struct listener *listener, const struct address *address, uint32_t count)
{
    struct sockaddr_storage bound = address->storage;
    socklen_t length = address->length;
    listener->count = 0;
    bool is_open = is_free(address);
    while (is_open && listener->count < count && listener->count < LISTENER_SOCKETS_MAX) {
        is_open = open_next(listener, &bound, &length);
    }
    if (!is_open) {
        int error = errno;
        listener_close(listener);
        errno = error;
        return false;
    }
    address_format((const struct sockaddr *)&bound, listener->text);
    return true;
}

void listener_close(struct listener *listener)
{
    for (uint32_t i = 0; i < listener->count; i++) {
        if (listener->sockets[i] >= 0) {
            close(listener->sockets[i]);
        }
    }
    listener->count = 0;
}

int listener_take(struct listener *listener, uint32_t index)
{
    int fd = listener->sockets[index];
    listener->sockets[index] = -1;
    return fd;
}

uint64_t listener_raise_file_limit(uint64_t files)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0;
    }
    if (limit.rlim_cur < files) {
        struct rlimit wanted = {.rlim_cur = files, .rlim_max = limit.rlim_max < files ? files : limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &wanted) == 0) { /* past the hard limit only root may go */
            return files;
        }
        wanted = (struct rlimit){.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        return setrlimit(RLIMIT_NOFILE, &wanted) == 0 ? wanted.rlim_cur : limit.rlim_cur;
    }
    return limit.rlim_cur;
}
