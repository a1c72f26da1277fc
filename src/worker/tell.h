/* What the worker tells control: the engine's events, the roster after a control died, counters,
 * and why calls look as they do. */
#ifndef PARLEY_WORKER_TELL_H
#define PARLEY_WORKER_TELL_H

#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "ipc/ipc.h"

struct translate;

/* First message on a new channel. */
void tell_hello(struct translate *translate, uint32_t worker);
void tell_event(struct translate *translate, const struct engine_event *event);
/* offer: whose request, room and participant the answer carries; error: enum engine_error. */
void tell_refused(struct translate *translate, const struct ipc_message *offer, int error,
                  const char *text, size_t text_len);
/* All rooms and participants; then what the engine last said of each, as if it happened now. */
void tell_snapshot(struct translate *translate);
void tell_counters(struct translate *translate, const struct ipc_message *request);
void tell_timeline(struct translate *translate, const struct ipc_message *request);

#endif
