/* Who is in a room, as JSON text. A newcomer is told all of it twice (`join-room`, `joined`): in a
 * room of a thousand that is most of what a join costs. So each member's part is written when it
 * changed, and else copied. */
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

enum people_who { PEOPLE_EVERYONE, PEOPLE_CHANGED };

/* The object's text with one member more at its end, `participants`: these, without except. room
 * may be NULL: nobody. Takes over json, a non-empty object. The caller frees the text; NULL: out of
 * memory. */
char *people_dump(json_t *json, const struct room *room, enum people_who who,
                  const struct member *except);
void people_part_fini(struct people_part *part);

#endif
