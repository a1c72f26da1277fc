/* Who is in a room, as JSON text. A newcomer is told all of it (`joined`; `join-room` too, if it
 * does not say how many it wants): in a room of a thousand that is most of what a join costs. So
 * each member's part is written when it changed, and else copied. */
#ifndef PARLEY_CONTROL_PEOPLE_H
#define PARLEY_CONTROL_PEOPLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/store.h"

struct member;
struct room;

/* A member's part, and what it was written from. Zeroed: none yet. */
struct people_part {
    char *text; /* owned */
    size_t len;
    char name[STORE_WHO_BYTES];
    uint8_t enabled, decodes;
    bool present;
};

/* Zeroed: nobody. */
struct people_wanted {
    const struct room *room;     /* NULL: nobody's */
    size_t most;                 /* in the order of joining */
    bool changed;                /* only who did (announce.h) */
    const struct member *except; /* may be NULL */
};

#define PEOPLE_ALL SIZE_MAX

/* The object's text with one member more at its end, `participants`: who is wanted. Takes over
 * json, a non-empty object. The caller frees the text; NULL: out of memory. */
char *people_dump(json_t *json, const struct people_wanted *wanted);
void people_part_fini(struct people_part *part);

#endif
