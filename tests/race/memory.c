#include "tests/race/memory.h"

#include <malloc.h>
#include <stdio.h>
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

uint64_t memory_resident_bytes(void)
{
    unsigned long long size_pages, resident_pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return 0;
    }
    int fields = fscanf(file, "%llu %llu", &size_pages, &resident_pages);
    fclose(file);
    return fields == 2 ? resident_pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}
