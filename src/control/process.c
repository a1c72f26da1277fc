/* Figures of control itself. */
#include "control/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Opened before confine_control() puts them out of reach; never closed. */
static DIR *folder;
static int statm = -1;
static uint64_t page_bytes;

void process_open(void)
{
    folder = opendir("/proc/self/fd");
    statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t count_files(void)
{
    uint64_t count = 0;
    if (folder == NULL)
        return 0;
    rewinddir(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    return count;
}

/* Pages in all, pages in memory, … */
static uint64_t read_resident(void)
{
    char text[128];
    unsigned long long all, resident;
    ssize_t len = statm >= 0 ? pread(statm, text, sizeof text - 1, 0) : -1;
    if (len <= 0)
        return 0;
    text[len] = '\0';
    return sscanf(text, "%llu %llu", &all, &resident) == 2 ? resident * page_bytes : 0;
}

void process_look(struct process_figures *out)
{
    struct timespec cpu = {0};
    struct rlimit files = {0};
    *out = (struct process_figures){.open_files = count_files(), .resident_bytes = read_resident()};
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0)
        out->cpu_us = (uint64_t)cpu.tv_sec * 1000000u + (uint64_t)cpu.tv_nsec / 1000u;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        out->max_files = (uint64_t)files.rlim_cur;
}
