/* The counters of counters.def as enums (indices into arrays of uint64_t) and as texts. */
#ifndef PARLEY_BASE_COUNTERS_H
#define PARLEY_BASE_COUNTERS_H

/* ENGINE_COUNTER_datagrams_in, … and their number, ENGINE_COUNTERS. */
enum engine_counter {
#define ENGINE_COUNTER(name, help) ENGINE_COUNTER_##name,
#include "base/counters.def"
#undef ENGINE_COUNTER
    ENGINE_COUNTERS
};

enum worker_counter {
#define WORKER_COUNTER(name, help) WORKER_COUNTER_##name,
#include "base/counters.def"
#undef WORKER_COUNTER
    WORKER_COUNTERS
};

enum control_counter {
#define CONTROL_COUNTER(name, help) CONTROL_COUNTER_##name,
#include "base/counters.def"
#undef CONTROL_COUNTER
    CONTROL_COUNTERS
};

struct counter_text {
    const char *name; /* without prefix and suffix: "datagrams_in" */
    const char *help;
};

extern const struct counter_text engine_counter_texts[ENGINE_COUNTERS];
extern const struct counter_text worker_counter_texts[WORKER_COUNTERS];
extern const struct counter_text control_counter_texts[CONTROL_COUNTERS];

#endif
