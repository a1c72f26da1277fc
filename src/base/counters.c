/* Names and help texts of the counters, in the enums' order. */
#include "base/counters.h"

const struct counter_text engine_counter_texts[ENGINE_COUNTERS] = {
#define ENGINE_COUNTER(name, help) {#name, help},
#include "base/counters.def"
#undef ENGINE_COUNTER
};

const struct counter_text worker_counter_texts[WORKER_COUNTERS] = {
#define WORKER_COUNTER(name, help) {#name, help},
#include "base/counters.def"
#undef WORKER_COUNTER
};

const struct counter_text control_counter_texts[CONTROL_COUNTERS] = {
#define CONTROL_COUNTER(name, help) {#name, help},
#include "base/counters.def"
#undef CONTROL_COUNTER
};
