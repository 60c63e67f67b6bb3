#include "service/cgroup_mount.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What is looked for, and the best that was found. */
struct search {
    const char *root;
    const char *controller; /* NULL: the unified tree */
    char name[PATH_MAX];    /* the cgroup, as the kernel calls it */
    struct cgroup_mount *found;
    bool has_found, is_exact; /* exact: the name was seen below the mount */
};

static FILE *open_below(const char *root, const char *path)
{
    char whole[PATH_MAX];
    int length = snprintf(whole, sizeof(whole), "%s%s", root, path);
    return length < (int)sizeof(whole) ? fopen(whole, "re") : NULL;
}

/* Is the word one of "a,b,c"? */
static bool list_has(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, length) == 0 && (at[length] == ',' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

/* "4:cpu,cpuacct:/name", or "0::/name" of the unified tree. */
static bool take_name(struct search *search, char *line)
{
    char *list = strchr(line, ':');
    char *name = list == NULL ? NULL : strchr(list + 1, ':');
    if (name == NULL || strlen(name + 1) >= sizeof(search->name)) {
        return false;
    }
    *list++ = *name++ = '\0';
    bool is_wanted =
        search->controller == NULL ? list[0] == '\0' && strcmp(line, "0") == 0 : list_has(list, search->controller);
    if (is_wanted) {
        snprintf(search->name, sizeof(search->name), "%s", name);
    }
    return is_wanted;
}

/* Hands out lines without their end until one is taken. */
static bool any_line(struct search *search, const char *path, bool (*take)(struct search *search, char *line))
{
    FILE *file = open_below(search->root, path);
    char *line = NULL;
    size_t size = 0;
    bool is_taken = false;
    while (file != NULL && !is_taken && getline(&line, &size, file) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        is_taken = take(search, line);
    }
    free(line);
    if (file != NULL) {
        fclose(file);
    }
    return is_taken;
}

/* mountinfo writes blanks and the like as \040. In place. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; to++) {
        bool is_escape = at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' &&
                         at[3] >= '0' && at[3] <= '7';
        *to = is_escape ? (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + at[3] - '0') : *at;
        at += is_escape ? 4 : 1;
    }
    *to = '\0';
}

/* What of the name is below the mounted part: "" at its root, NULL where it is not below. */
static const char *below(const char *name, const char *mounted)
{
    size_t length = strcmp(mounted, "/") == 0 ? 0 : strlen(mounted);
    const char *rest = name + length;
    if (strncmp(name, mounted, length) != 0 || (*rest != '/' && *rest != '\0') || strstr(name, "/..") != NULL) {
        return NULL;
    }
    return strcmp(rest, "/") == 0 ? "" : rest;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The first mount that shows the name, else the first of all. */
static bool weigh(struct search *search, const char *mounted, const char *point)
{
    char path[PATH_MAX];
    const char *rest = below(search->name, mounted);
    int point_bytes = snprintf(path, sizeof(path), "%s%s", search->root, point);
    if (point_bytes >= (int)sizeof(path)) {
        return false;
    }
    size_t room = sizeof(path) - (size_t)point_bytes;
    bool is_exact = rest != NULL && snprintf(path + point_bytes, room, "%s", rest) < (int)room && is_folder(path);
    if (!is_exact) {
        path[point_bytes] = '\0';
    }
    if (is_exact || !search->has_found) {
        search->has_found = true;
        search->found->version = search->controller == NULL ? CGROUP_VERSION_2 : CGROUP_VERSION_1;
        search->found->mount_bytes = (uint32_t)point_bytes;
        memcpy(search->found->path, path, sizeof(path));
    }
    return is_exact;
}

/* "31 23 0:28 /mounted /point rw,relatime shared:1 - cgroup cgroup rw,memory" */
static bool take_mount(struct search *search, char *line)
{
    char *rest, *mounted = NULL, *point = NULL;
    char *marker = strstr(line, " - ");
    if (marker == NULL) {
        return false;
    }
    *marker = '\0';
    char *type = strtok_r(marker + 3, " ", &rest);
    strtok_r(NULL, " ", &rest); /* the source */
    const char *options = strtok_r(NULL, " ", &rest);
    if (type == NULL || strcmp(type, search->controller == NULL ? "cgroup2" : "cgroup") != 0 ||
        (search->controller != NULL && (options == NULL || !list_has(options, search->controller)))) {
        return false;
    }
    char *word = strtok_r(line, " ", &rest);
    for (int field = 0; word != NULL && field < 5; field++, word = strtok_r(NULL, " ", &rest)) {
        mounted = field == 3 ? word : mounted;
        point = field == 4 ? word : point;
    }
    if (point == NULL) {
        return false;
    }
    unescape(mounted);
    unescape(point);
    return weigh(search, mounted, point);
}

static bool find_in(const char *root, const char *controller, struct cgroup_mount *mount)
{
    struct search search = {.root = root, .controller = controller, .found = mount};
    if (!any_line(&search, "/proc/self/cgroup", take_name)) {
        return false;
    }
    any_line(&search, "/proc/self/mountinfo", take_mount);
    return search.has_found;
}

bool cgroup_mount_find(const char *root, const char *controller, struct cgroup_mount *ret_mount)
{
    return find_in(root, controller, ret_mount) || find_in(root, NULL, ret_mount);
}

bool cgroup_mount_ascend(struct cgroup_mount *mount)
{
    char *slash = strrchr(mount->path + mount->mount_bytes, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    return true;
}
