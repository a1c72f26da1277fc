/* Structured log: one line of key=value pairs per event. This side formats and filters; the
 * process sets a sink that adds the time and writes. No addresses, tokens, names or SDP at info.
 *
 *   log_write(LOG_INFO, "ice", "event=connected room=%s participant=%" PRIu64, room, id);
 *   → sink gets: level=info module=ice event=connected room=abc participant=7 */
#ifndef PARLEY_BASE_LOG_H
#define PARLEY_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Longer lines are cut. */
#define LOG_LINE_BYTES 1024

/* line: NUL-terminated, no newline, no control characters. */
typedef void log_sink(void *context, enum log_level level, const char *line);

/* NULL: nothing is logged (the default). Once per process, before its threads start. */
void log_set_sink(log_sink *sink, void *context);
/* Lines above this level are dropped; LOG_INFO at start. */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
/* "error", "warn", "info", "debug". */
const char *log_level_name(enum log_level level);
/* Reads such a word; 0 or -1. */
int log_level_parse(const char *name, enum log_level *level);

/* format makes the pairs after level and module, "event=… key=…". */
void log_write(enum log_level level, const char *module, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What anyone on the network can trigger is logged through a limit: a burst, then nothing until
 * the window is over; the next line then says suppressed=N. Zeroed: fresh. */
struct log_limit {
    uint64_t window_start_us;
    uint32_t lines;
    uint32_t suppressed;
};
#define LOG_LIMIT_LINES     10u
#define LOG_LIMIT_WINDOW_US 10000000u

void log_write_limited(struct log_limit *limit, uint64_t now_us, enum log_level level,
                       const char *module, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Writes value as "…" with quotes, backslashes and control characters escaped, cut to what fits;
 * for values that may hold spaces. Returns out. */
const char *log_quote(const char *value, size_t len, char *out, size_t out_bytes);

#endif
