#include "cli/setup.h"

#include <stdarg.h>
#include <stdio.h>

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
