#include "config/log_sink.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

static void write_line(void *context, enum log_level level, const char *line)
{
    char text[LOG_LINE_BYTES + 100];
    struct timespec now;
    struct tm parts;
    (void)level;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    int added = snprintf(text + len, sizeof text - len, ".%03ldZ %.30s %s\n", now.tv_nsec / 1000000,
                         (const char *)context, line);
    if (added <= 0)
        return;
    len += (size_t)added < sizeof text - len ? (size_t)added : sizeof text - len - 1;
    ssize_t ignored = write(STDERR_FILENO, text, len); /* nobody to tell that it failed */
    (void)ignored;
}

void log_sink_open(const char *process)
{
    /* The sink only reads it. */
    log_set_sink(write_line, (void *)(uintptr_t)process);
}
