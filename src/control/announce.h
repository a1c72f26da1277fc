/* What the others are told of one who comes, goes or changes. In a small room at once. In a large
 * one, which fills with N people at N messages each, together with whatever else comes within a
 * moment, the longer the larger it is (100 ms to a second), and not to all at once: those who asked
 * for it (`participants`) get one message for all that happened then, the others each message, in
 * order. */
#ifndef PARLEY_CONTROL_ANNOUNCE_H
#define PARLEY_CONTROL_ANNOUNCE_H

#include <stdint.h>

#define ANNOUNCE_TICK_MS 100u

struct member;
struct room;

void announce_joined(struct member *member);
/* Name, sources, presence. */
void announce_changed(struct member *member);
/* It is in the room no more. reason: protocol.md. */
void announce_left(struct member *member, const char *reason);
/* Puts together what has waited long enough, and sends some of what waits to be sent. Every
 * ANNOUNCE_TICK_MS. */
void announce_tick(struct room *room, uint64_t now_ms);

#endif
