/* Who may do what: one table, request by role, through which every message of a participant goes.
 * What the table does not name is refused. docs/protocol.md, "Roles", shows it; the two are held
 * against each other in tests/control/access.test.mjs. Pure. */
#ifndef PARLEY_CONTROL_RIGHTS_H
#define PARLEY_CONTROL_RIGHTS_H

#include <stdbool.h>

#include "control/message.h"

/* Zero is who has shown nothing but the link: what tokens and notes of before this table mean. */
enum role {
    ROLE_PARTICIPANT,
    ROLE_HOST,   /* showed the room's host key */
    ROLE_VIEWER, /* sees and hears, writes in the chat, and sends no media */
    ROLES
};

/* "participant", as the schema spells it. */
const char *rights_role_name(enum role role);
/* NULL or another name: -1. */
int rights_parse_role(const char *name, enum role *out) __attribute__((warn_unused_result));

bool rights_allow(enum role role, const struct message *message);

#endif
