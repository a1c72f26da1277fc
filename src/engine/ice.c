/* The ICE-lite agent. Must never send anything but the response to a check. */
#include "engine/ice.h"

#include <string.h>

#include "base/assert.h"
#include "base/prefetch.h"
#include "base/rng.h"
#include "wire/stun.h"

static struct span span_of(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

static bool span_is(struct span span, const char *text)
{
    return span.len == strlen(text) && memcmp(span.bytes, text, span.len) == 0;
}

static void make_names(struct ice_session *session, struct rng *rng)
{
    rng_text(rng, session->ufrag, ICE_UFRAG_CHARS);
    rng_text(rng, session->pwd, ICE_PWD_CHARS);
}

static void set_remote(struct ice_session *session, const char *remote_ufrag)
{
    size_t len = strlen(remote_ufrag);

    PARLEY_ASSERT(len <= LIMIT_ICE_UFRAG_BYTES);
    memcpy(session->remote_ufrag, remote_ufrag, len + 1);
}

void ice_init(struct ice *ice, struct rng *rng)
{
    memset(ice, 0, sizeof(*ice));
    make_names(&ice->now, rng);
}

void ice_start(struct ice *ice, uint64_t now_us, const char *remote_ufrag)
{
    set_remote(&ice->now, remote_ufrag);
    ice->last_checked_us = now_us;
}

void ice_restart(struct ice *ice, uint64_t now_us, struct rng *rng, const char *remote_ufrag)
{
    ice->before = ice->now;
    make_names(&ice->now, rng);
    set_remote(&ice->now, remote_ufrag);
    ice->session++;
    ice->last_checked_us = now_us;
}

/* ---- paths ----------------------------------------------------------------------------------- */

static struct ice_path *path_find(struct ice *ice, const struct net_path *path)
{
    for (unsigned i = 0; i < ice->path_count; i++)
        if (net_path_equal(&ice->paths[i].path, path))
            return &ice->paths[i];
    return NULL;
}

/* The path that was nominated last; before any nomination the one that was checked first, so that
 * DTLS can begin while the peer is still making up its mind. */
static unsigned path_best(const struct ice *ice)
{
    unsigned best = 0;

    for (unsigned i = 1; i < ice->path_count; i++)
        if (ice->paths[i].nomination > ice->paths[best].nomination)
            best = i;
    return best; /* == path_count if there is none */
}

static void path_remove(struct ice *ice, unsigned place)
{
    unsigned selected = ice->selected;

    ice->path_count--;
    memmove(&ice->paths[place], &ice->paths[place + 1],
            (ice->path_count - place) * sizeof(ice->paths[0]));
    if (selected == place)
        ice->selected = path_best(ice);
    else if (selected > place)
        ice->selected--;
}

static unsigned path_oldest_unused(const struct ice *ice)
{
    unsigned oldest = ice->selected == 0 ? 1 : 0;

    for (unsigned i = 0; i < ice->path_count; i++)
        if (i != ice->selected && ice->paths[i].checked_us < ice->paths[oldest].checked_us)
            oldest = i;
    return oldest;
}

/* Room for one more: of what is kept, the selected path is never given up. */
static struct ice_path *path_add(struct ice *ice, const struct net_path *path)
{
    bool first = ice->path_count == 0;

    if (ice->path_count == LIMIT_ICE_PATHS)
        path_remove(ice, path_oldest_unused(ice));
    ice->paths[ice->path_count] = (struct ice_path){.path = *path};
    if (first)
        ice->selected = 0;
    return &ice->paths[ice->path_count++];
}

/* The first check of a new session: the old one's names and paths have served. */
static void session_begin(struct ice *ice)
{
    memset(&ice->before, 0, sizeof(ice->before));
    for (unsigned i = ice->path_count; i-- > 0;)
        if (ice->paths[i].session != ice->session)
            path_remove(ice, i);
}

/* The latest nomination wins (RFC 8445 8.1.1). But an agent may nominate aggressively, several
 * paths in turn; moving each time would make the media flap. So a path that was nominated before
 * takes over only once the selected one was passed over, or after a long time. */
static bool takes_over(const struct ice *ice, const struct ice_path *path, uint64_t former)
{
    const struct ice_path *selected = &ice->paths[ice->selected];

    return former == 0 || selected->nomination < former ||
           path->nomination - former > LIMIT_ICE_PATHS;
}

static void path_nominate(struct ice *ice, struct ice_path *path)
{
    uint64_t former = path->nomination;

    path->nomination = ++ice->nominations;
    if (takes_over(ice, path, former))
        ice->selected = (unsigned)(path - ice->paths);
}

static void path_checked(struct ice *ice, uint64_t now_us, const struct net_path *path,
                         const struct stun_message *check, bool current)
{
    struct ice_path *found = path_find(ice, path);

    if (found == NULL)
        found = path_add(ice, path);
    found->path = *path; /* the local address may have changed */
    found->checked_us = now_us;
    ice->last_checked_us = now_us;
    if (current) {
        found->session = ice->session;
        if (ice->before.ufrag[0] != '\0') {
            session_begin(ice);
            found = path_find(ice, path);
        }
    }
    if (check->use_candidate)
        path_nominate(ice, found);
}

bool ice_is_checked(const struct ice *ice, const struct net_path *path)
{
    for (unsigned i = 0; i < ice->path_count; i++)
        if (net_path_equal(&ice->paths[i].path, path))
            return true;
    return false;
}

const struct net_path *ice_selected(const struct ice *ice)
{
    return ice->path_count == 0 ? NULL : &ice->paths[ice->selected].path;
}

bool ice_has_failed(const struct ice *ice, uint64_t now_us)
{
    return now_us - ice->last_checked_us >= ICE_FAILED_US;
}

void ice_tick(struct ice *ice, uint64_t now_us)
{
    for (unsigned i = ice->path_count; i-- > 0;)
        if (now_us - ice->paths[i].checked_us >= ICE_SILENT_US)
            path_remove(ice, i);
}

uint64_t ice_wake_at(const struct ice *ice)
{
    uint64_t wake_us = ice->last_checked_us + ICE_FAILED_US;

    for (unsigned i = 0; i < ice->path_count; i++)
        if (ice->paths[i].checked_us + ICE_SILENT_US < wake_us)
            wake_us = ice->paths[i].checked_us + ICE_SILENT_US;
    return wake_us;
}

void ice_connection_closed(struct ice *ice, uint32_t connection)
{
    for (unsigned i = ice->path_count; i-- > 0;)
        if (ice->paths[i].path.proto == NET_TCP && ice->paths[i].path.connection == connection)
            path_remove(ice, i);
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* RFC 8445 7.2.2: "<our ufrag>:<peer's ufrag>". NULL: neither session's. */
static const struct ice_session *session_of(const struct ice *ice, const struct stun_message *check)
{
    struct span receiver, sender;

    if (!stun_username_split(check, &receiver, &sender))
        return NULL;
    if (span_is(receiver, ice->now.ufrag))
        return span_is(sender, ice->now.remote_ufrag) ? &ice->now : NULL;
    if (ice->before.ufrag[0] != '\0' && span_is(receiver, ice->before.ufrag))
        return span_is(sender, ice->before.remote_ufrag) ? &ice->before : NULL;
    return NULL;
}

/* 0, or the error code to answer with (RFC 8489 9.1.3, RFC 8445 7.3). */
static uint16_t check_refusal(const struct stun_message *check, const struct ice_session *session)
{
    if (check->integrity_at == 0 || check->username.len == 0)
        return STUN_ERROR_BAD_REQUEST;
    if (session == NULL || !stun_integrity_ok(check, span_of(session->pwd)))
        return STUN_ERROR_UNAUTHENTICATED;
    if (check->unknown_count > 0)
        return STUN_ERROR_UNKNOWN_ATTRIBUTE;
    /* RFC 8445 6.1.1: towards a lite agent the full one "MUST take the controlling role". */
    if (check->role == STUN_ROLE_NONE)
        return STUN_ERROR_BAD_REQUEST;
    return check->role == STUN_CONTROLLED ? STUN_ERROR_ROLE_CONFLICT : 0;
}

/* RFC 8489 9.1.4: what was not authenticated is answered without integrity. */
static struct span refusal_key(uint16_t code, const struct ice_session *session)
{
    if (session == NULL || code == STUN_ERROR_UNAUTHENTICATED)
        return (struct span){NULL, 0};
    return span_of(session->pwd);
}

enum ice_result ice_receive(struct ice *ice, uint64_t now_us, const struct net_path *path,
                            struct span datagram, struct writer *response)
{
    const struct ice_session *session;
    struct stun_message check;
    uint16_t refusal;

    if (stun_parse(datagram.bytes, datagram.len, &check) != 0 || check.method != STUN_BINDING ||
        check.class != STUN_REQUEST || !check.has_fingerprint)
        return ICE_IGNORED;
    session = session_of(ice, &check);
    refusal = check_refusal(&check, session);
    if (refusal != 0)
        return stun_write_failure(response, &check, refusal,
                                  check.integrity_at == 0 ? (struct span){NULL, 0}
                                                          : refusal_key(refusal, session)) == 0
                   ? ICE_REFUSED
                   : ICE_IGNORED;
    if (stun_write_success(response, check.transaction, &path->remote, span_of(session->pwd)) != 0)
        return ICE_IGNORED;
    path_checked(ice, now_us, path, &check, session == &ice->now);
    return ICE_CHECKED;
}

bool ice_ufrag_of(struct span datagram, struct span *ufrag)
{
    struct stun_message message;
    struct span sender;

    return stun_parse(datagram.bytes, datagram.len, &message) == 0 &&
           message.class == STUN_REQUEST && stun_username_split(&message, ufrag, &sender);
}

void ice_prefetch(const struct ice *ice)
{
    PREFETCH(ice->paths[0]);
    PREFETCH(ice->selected);
}
