#include "tests/race/memory.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if MEMORY_IS_SANITIZED
/* Of sanitizer/allocator_interface.h, which gcc does not install. */
size_t __sanitizer_get_current_allocated_bytes(void);

uint64_t memory_heap_bytes(void)
{
    return __sanitizer_get_current_allocated_bytes();
}
#else
uint64_t memory_heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}
#endif

/* The second number of the line counts pages. */
uint64_t memory_resident_bytes(void)
{
    char line[128] = "";
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return 0;
    }
    const char *second = fgets(line, sizeof(line), file) != NULL ? strchr(line, ' ') : NULL;
    fclose(file);
    return second != NULL ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}
