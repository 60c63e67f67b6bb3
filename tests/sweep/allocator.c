#include "allocator.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t failing, count;
static bool has_failed;
static int64_t live;

void *__real_malloc(size_t size);
void *__real_calloc(size_t items, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t items, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *string);
char *__wrap_strndup(const char *string, size_t length_max);
int __wrap_vasprintf(char **made, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));
int __wrap_asprintf(char **made, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap___vasprintf_chk(char **made, int flag, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
int __wrap___asprintf_chk(char **made, int flag, const char *format, ...) __attribute__((format(printf, 3, 4)));

void allocator_fail_at(uint64_t number)
{
    failing = number;
    count = 0;
    has_failed = false;
}

bool allocator_has_failed(void)
{
    return has_failed;
}

int64_t allocator_live(void)
{
    return live;
}

/* Is it this one's turn to fail? */
static bool fails(void)
{
    count++;
    bool is_turn = count == failing;
    has_failed |= is_turn;
    return is_turn;
}

static void *handed_out(void *block)
{
    live += block != NULL;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : handed_out(__real_malloc(size));
}

void *__wrap_calloc(size_t items, size_t size)
{
    return fails() ? NULL : handed_out(__real_calloc(items, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (fails()) {
        return NULL;
    }
    void *grown = __real_realloc(block, size);
    live += grown != NULL && block == NULL;
    return grown;
}

void __wrap_free(void *block)
{
    live -= block != NULL;
    __real_free(block);
}

char *__wrap_strndup(const char *string, size_t length_max)
{
    size_t length = strnlen(string, length_max);
    char *copy = __wrap_malloc(length + 1);
    if (copy != NULL) {
        memcpy(copy, string, length);
        copy[length] = '\0';
    }
    return copy;
}

char *__wrap_strdup(const char *string)
{
    return __wrap_strndup(string, SIZE_MAX / 2);
}

int __wrap_vasprintf(char **made, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = length < 0 ? NULL : __wrap_malloc((size_t)length + 1);
    if (text == NULL) {
        *made = (char *)(uintptr_t)1; /* undefined after a failure, says the manual: whoever reads it shall notice */
        return -1;
    }
    vsnprintf(text, (size_t)length + 1, format, arguments);
    *made = text;
    return length;
}

int __wrap_asprintf(char **made, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = __wrap_vasprintf(made, format, arguments);
    va_end(arguments);
    return length;
}

/* What _FORTIFY_SOURCE makes of the two. */
int __wrap___vasprintf_chk(char **made, int flag, const char *format, va_list arguments)
{
    (void)flag;
    return __wrap_vasprintf(made, format, arguments);
}

int __wrap___asprintf_chk(char **made, int flag, const char *format, ...)
{
    (void)flag;
    va_list arguments;
    va_start(arguments, format);
    int length = __wrap_vasprintf(made, format, arguments);
    va_end(arguments);
    return length;
}

void allocator_hook_cjson(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = __wrap_malloc, .free_fn = __wrap_free});
}
