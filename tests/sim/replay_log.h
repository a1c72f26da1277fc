/* A room's timeline as GET /rooms/{id}/timeline gives it: read from JSON, or from an engine by way
 * of the same encoder (control/timeline_json.h), so that a recording and its replay are compared in
 * one form. */
#ifndef PARLEY_TESTS_SIM_REPLAY_LOG_H
#define PARLEY_TESTS_SIM_REPLAY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "engine/engine.h"

#define REPLAY_WORD_BYTES 32u
#define REPLAY_VALUES     4u

struct replay_value {
    char name[REPLAY_WORD_BYTES];
    int64_t value;
};

struct replay_entry {
    uint64_t number;
    uint64_t at_us;              /* since the first entry of the recording */
    uint64_t participant, about; /* 0: none */
    uint8_t source;              /* enum engine_source; ENGINE_SOURCES: none */
    char what[REPLAY_WORD_BYTES], why[REPLAY_WORD_BYTES];
    struct replay_value values[REPLAY_VALUES];
    unsigned value_count;
};

struct replay_log {
    struct replay_entry *entries; /* owned */
    size_t count, capacity;
    uint64_t first_ms; /* where time begins; 0: with the first entry */
};

void replay_log_fini(struct replay_log *log);

/* All pages of a file, one after another; what came twice is taken once. False: this is no
 * timeline, said on stderr. */
bool replay_log_read(struct replay_log *log, FILE *file, const char *name);

/* One page. False: it does not look like one. */
bool replay_log_add(struct replay_log *log, const json_t *page);

/* What an engine's log holds after that number, as REST would answer; unix_offset_us + the engine's
 * clock: Unix time. NULL: nothing new. *after: for the next page. */
json_t *replay_log_page(const struct engine *engine, uint64_t room, uint64_t unix_offset_us,
                        uint64_t *after);

/* "camera"; "none". */
const char *replay_source(uint8_t source);
bool replay_is(const struct replay_entry *entry, const char *what);
/* missing: if there is no such value. */
int64_t replay_value(const struct replay_entry *entry, const char *name, int64_t missing);

#endif
