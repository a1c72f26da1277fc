/* Where base/log.h's lines go in a process: standard error, one write each so that processes do not
 * mix:
 *
 *   2026-01-31T12:00:00.123Z control level=info module=rooms event=created … */
#ifndef PARLEY_CONFIG_LOG_SINK_H
#define PARLEY_CONFIG_LOG_SINK_H

/* process ("supervisor", "control", "media0") is borrowed for ever. */
void log_sink_open(const char *process);

#endif
