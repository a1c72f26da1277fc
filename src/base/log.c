/* Formatting of log lines; the only state is the process-wide sink and level. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const level_names[] = {"error", "warn", "info", "debug"};

static struct {
    log_sink *sink;
    void *context;
    enum log_level level;
} state = {.level = LOG_INFO};

void log_set_sink(log_sink *sink, void *context)
{
    state.sink = sink;
    state.context = context;
}

void log_set_level(enum log_level level)
{
    state.level = level;
}

bool log_enabled(enum log_level level)
{
    return state.sink != NULL && level <= state.level;
}

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

int log_level_parse(const char *name, enum log_level *level)
{
    for (unsigned i = 0; i < sizeof level_names / sizeof level_names[0]; i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return 0;
        }
    }
    return -1;
}

/* A newline in a value would forge a line, an escape sequence would reach a terminal. */
static void replace_control_characters(char *line)
{
    for (; *line != '\0'; line++) {
        if ((unsigned char)*line < 0x20 || *line == 0x7f)
            *line = '?';
    }
}

static void write_line(enum log_level level, const char *module, uint32_t suppressed,
                       const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

static void write_line(enum log_level level, const char *module, uint32_t suppressed,
                       const char *format, va_list arguments)
{
    char line[LOG_LINE_BYTES];
    int head;

    if (suppressed > 0)
        head = snprintf(line, sizeof line, "level=%s module=%s suppressed=%u ",
                        log_level_name(level), module, (unsigned)suppressed);
    else
        head = snprintf(line, sizeof line, "level=%s module=%s ", log_level_name(level), module);
    if (head < 0 || (size_t)head >= sizeof line)
        return;
    if (vsnprintf(line + head, sizeof line - (size_t)head, format, arguments) < 0)
        return;
    replace_control_characters(line);
    state.sink(state.context, level, line);
}

void log_write(enum log_level level, const char *module, const char *format, ...)
{
    va_list arguments;

    if (!log_enabled(level))
        return;
    va_start(arguments, format);
    write_line(level, module, 0, format, arguments);
    va_end(arguments);
}

/* Whether one more line may go out; *suppressed is how many were held back before it. */
static bool limit_allows(struct log_limit *limit, uint64_t now_us, uint32_t *suppressed)
{
    *suppressed = 0;
    if (now_us - limit->window_start_us >= LOG_LIMIT_WINDOW_US) {
        *suppressed = limit->suppressed;
        *limit = (struct log_limit){.window_start_us = now_us};
    }
    if (limit->lines == LOG_LIMIT_LINES) {
        limit->suppressed++;
        return false;
    }
    limit->lines++;
    return true;
}

void log_write_limited(struct log_limit *limit, uint64_t now_us, enum log_level level,
                       const char *module, const char *format, ...)
{
    va_list arguments;
    uint32_t suppressed;

    if (!log_enabled(level) || !limit_allows(limit, now_us, &suppressed))
        return;
    va_start(arguments, format);
    write_line(level, module, suppressed, format, arguments);
    va_end(arguments);
}

const char *log_quote(const char *value, size_t len, char *out, size_t out_bytes)
{
    size_t at = 0;

    if (out_bytes < 3) {
        if (out_bytes > 0)
            out[0] = '\0';
        return out;
    }
    out[at++] = '"';
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];
        bool escape = c == '"' || c == '\\';

        if (at + (escape ? 2u : 1u) + 2u > out_bytes)
            break;
        if (escape)
            out[at++] = '\\';
        out[at++] = (char)(c < 0x20 || c == 0x7f ? '?' : c);
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}
