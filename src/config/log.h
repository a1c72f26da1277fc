/* Lines on standard error, key=value, one write each so that processes do not mix:
 *
 *   2026-01-31T12:00:00.123Z info control event=room_created room=fox-lamp-river
 *
 * At info and above: no addresses, tokens, names or SDP. */
#ifndef PARLEY_CONFIG_LOG_H
#define PARLEY_CONFIG_LOG_H

#include <stdbool.h>

/* The same order as enum config_log_level. */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Who is speaking ("supervisor", "control", "media0"); borrowed for ever. */
void log_set_process(const char *name);
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
/* format: "event=word key=value …"; longer than 1000 bytes is cut; control characters become '?'. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
