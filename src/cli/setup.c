#include "cli/setup.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>

extern char **environ;

int setup_fail(struct setup_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return -1;
}

int setup_path(char out[static PATH_MAX], const char *directory, const char *name,
               struct setup_error *error)
{
    int len = snprintf(out, PATH_MAX, "%s/%s", directory, name);
    if (len < 0 || len >= PATH_MAX)
        return setup_fail(error, "%s/%s: the path is too long", directory, name);
    return 0;
}

int setup_config(const char *path, struct config *config, char error[static CONFIG_ERROR_BYTES])
{
    config_default(config);
    if (path && config_load_file(config, path, error) < 0)
        return -1;
    if (config_load_environment(config, environ, error) < 0)
        return -1;
    return config_check(config, error);
}

size_t setup_count_workers(const struct config *config)
{
    cpu_set_t cores;
    int count = 1;
    if (config->media.workers > 0)
        return config->media.workers;
    if (sched_getaffinity(0, sizeof cores, &cores) == 0)
        count = CPU_COUNT(&cores);
    return count < 1 ? 1 : count > (int)CONTROL_MAX_WORKERS ? CONTROL_MAX_WORKERS : (size_t)count;
}
