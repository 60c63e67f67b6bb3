#include "tests/bench/requests.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What is being written: the text of all requests, and where each ends. */
struct draft {
    FILE *text;
    size_t *ends;
    size_t count;
};

static const char *draft_add(struct draft *draft, const char *host, const char *target, const char *body)
{
    if (draft->count == REQUESTS_COUNT_MAX) {
        return "more requests than REQUESTS_COUNT_MAX";
    }
    if (body) {
        fprintf(draft->text,
                "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                target, host, strlen(body), body);
    } else {
        fprintf(draft->text, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, host);
    }
    long end = ftell(draft->text);
    if (end < 0 || ferror(draft->text)) {
        return "out of memory";
    }
    if ((size_t)end > REQUESTS_BYTES_MAX) {
        return "more bytes than REQUESTS_BYTES_MAX";
    }
    draft->ends[draft->count++] = (size_t)end;
    return NULL;
}

/* `target` NULL: the lines are targets; else they are bodies. */
static const char *read_lines(FILE *file, const char *host, const char *target, struct draft *draft)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length = 0;
    const char *problem = NULL;

    while (!problem && (length = getline(&line, &room, file)) >= 0) {
        if (length > 0 && line[length - 1] == '\n') {
            line[--length] = '\0';
        }
        if (length > 0) {
            problem = target ? draft_add(draft, host, target, line) : draft_add(draft, host, line, NULL);
        }
    }
    free(line);
    return problem;
}

static const char *rows_create(const struct draft *draft, const char *bytes, struct requests_row **ret_rows)
{
    if (draft->count == 0) {
        return "the file holds no request";
    }
    struct requests_row *rows = calloc(draft->count, sizeof *rows);
    if (!rows) {
        return "out of memory";
    }
    size_t start = 0;
    for (size_t i = 0; i < draft->count; i++) {
        rows[i] = (struct requests_row){bytes + start, draft->ends[i] - start};
        start = draft->ends[i];
    }
    *ret_rows = rows;
    return NULL;
}

static const char *render(FILE *file, const char *host, const char *target, struct requests *ret_requests)
{
    char *bytes = NULL;
    size_t size = 0;
    struct draft draft = {.text = open_memstream(&bytes, &size), .ends = calloc(REQUESTS_COUNT_MAX, sizeof(size_t))};
    struct requests_row *rows = NULL;
    const char *problem = draft.text && draft.ends ? read_lines(file, host, target, &draft) : "out of memory";

    if (draft.text && fclose(draft.text) != 0 && !problem) {
        problem = "out of memory";
    }
    if (!problem) {
        problem = rows_create(&draft, bytes, &rows);
    }
    free(draft.ends);
    if (problem) {
        free(bytes);
        return problem;
    }
    *ret_requests = (struct requests){bytes, rows, draft.count};
    return NULL;
}

static const char *read_file(const char *path, const char *host, const char *target, struct requests *ret_requests)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        return "cannot open the file of requests";
    }
    const char *problem = render(file, host, target, ret_requests);
    fclose(file);
    return problem;
}

const char *requests_read_stream(FILE *file, const char *host, struct requests *ret_requests)
{
    return render(file, host, NULL, ret_requests);
}

const char *requests_read_targets(const char *path, const char *host, struct requests *ret_requests)
{
    return read_file(path, host, NULL, ret_requests);
}

const char *requests_read_bodies(const char *path, const char *host, const char *target, struct requests *ret_requests)
{
    return read_file(path, host, target, ret_requests);
}

void requests_clear(struct requests *requests)
{
    free(requests->bytes);
    free(requests->rows);
    *requests = (struct requests){0};
}
