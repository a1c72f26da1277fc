/* The rights table. */
#include "control/rights.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const char *const role_names[ROLES] = {
    [ROLE_PARTICIPANT] = "participant",
    [ROLE_HOST] = "host",
    [ROLE_VIEWER] = "viewer",
};

#define HOST   (1u << ROLE_HOST)
#define TALKS  (HOST | 1u << ROLE_PARTICIPANT)
#define ANYONE (TALKS | 1u << ROLE_VIEWER)

/* A bit per role. Join and resume pass: whoever has a role already is told already_joined. */
static const uint8_t who_may[MESSAGE_TYPES] = {
    [MESSAGE_JOIN] = ANYONE,
    [MESSAGE_RESUME] = ANYONE,
    [MESSAGE_LEAVE] = ANYONE,
    [MESSAGE_OFFER] = ANYONE,
    /* Relayed unread, so what a viewer would send that way cannot be seen. mode.h: a room with
     * viewers never talks directly. */
    [MESSAGE_DESCRIPTION] = TALKS,
    [MESSAGE_CANDIDATE] = ANYONE,
    [MESSAGE_MODE_READY] = ANYONE,
    [MESSAGE_MODE_FAILED] = ANYONE,
    [MESSAGE_SOURCES_ENABLED] = ANYONE,
    [MESSAGE_RENAME] = ANYONE,
    [MESSAGE_VIEW] = ANYONE,
    [MESSAGE_CHAT] = ANYONE,
    [MESSAGE_PARTICIPANTS] = ANYONE,
    [MESSAGE_PING] = ANYONE,
    [MESSAGE_MUTE] = HOST,
    [MESSAGE_REMOVE] = HOST,
    [MESSAGE_LOCK] = HOST,
    [MESSAGE_END] = HOST,
    [MESSAGE_ADMIT] = HOST,
};

/* The same for requests that publish. */
static const uint8_t who_may_publish[MESSAGE_TYPES] = {
    [MESSAGE_OFFER] = TALKS,
    [MESSAGE_SOURCES_ENABLED] = TALKS,
};

const char *rights_role_name(enum role role)
{
    return role_names[role];
}

int rights_parse_role(const char *name, enum role *out)
{
    for (size_t i = 0; name != NULL && i < ROLES; i++) {
        if (strcmp(name, role_names[i]) == 0) {
            *out = (enum role)i;
            return 0;
        }
    }
    return -1;
}

/* An m-line that no source names carries nothing: the worker drops what comes on it. */
static bool publishes(const struct message *message)
{
    if (message->type == MESSAGE_OFFER)
        return message->offer.source_count > 0;
    return message->type == MESSAGE_SOURCES_ENABLED && message->sources.enabled != 0;
}

bool rights_allow(enum role role, const struct message *message)
{
    const uint8_t *table = publishes(message) ? who_may_publish : who_may;
    return (table[message->type] & 1u << role) != 0;
}
