#include "client/client_ice.h"

#include <string.h>

#include "wire/stun.h"

#define CHECK_INTERVAL_US 2500000u
/* RFC 8445 14.3: the RTO is at least 500 ms; libwebrtc probes a doubtful path about as often. */
#define RETRY_INTERVAL_US 500000u
/* RFC 8445 14.2: Ta is 50 ms; the first checks of a call go out this close. */
#define FIRST_INTERVAL_US 50000u
/* RFC 8445 5.1.2.1: a peer-reflexive candidate's type preference is 110. */
#define PRIORITY ((110u << 24) | (65535u << 8) | 255u)

static struct span span_of(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

void client_ice_init(struct client_ice *ice, struct rng *rng)
{
    *ice = (struct client_ice){.next_us = UINT64_MAX, .tie_breaker = rng_u64(rng)};
    client_ice_restart(ice, rng);
}

void client_ice_restart(struct client_ice *ice, struct rng *rng)
{
    rng_text(rng, ice->ufrag, CLIENT_ICE_UFRAG_CHARS);
    rng_text(rng, ice->pwd, CLIENT_ICE_PWD_CHARS);
    ice->checked = false;
}

void client_ice_start(struct client_ice *ice, uint64_t now_us)
{
    ice->next_us = now_us;
    ice->answered = false;
}

static void write_check(const struct client_ice *ice, const uint8_t *transaction,
                        struct writer *writer)
{
    uint8_t username[2 * CLIENT_ICE_NAME_BYTES];
    struct writer name = writer_of(username, sizeof(username));
    struct stun_check check = {.transaction = transaction,
                               .priority = PRIORITY,
                               .use_candidate = true,
                               .role = STUN_CONTROLLING,
                               .tie_breaker = ice->tie_breaker};

    writer_bytes(&name, ice->remote_ufrag, strlen(ice->remote_ufrag));
    writer_u8(&name, ':');
    writer_bytes(&name, ice->ufrag, strlen(ice->ufrag));
    check.username = (struct span){username, writer_len(&name)};
    /* A writer that is too small stays marked as failed; the caller sees a length of 0. */
    if (stun_write_check(writer, &check, span_of(ice->remote_pwd)) != 0)
        writer->failed = true;
}

static uint64_t interval_of(const struct client_ice *ice)
{
    if (!ice->checked)
        return FIRST_INTERVAL_US;
    return ice->answered ? CHECK_INTERVAL_US : RETRY_INTERVAL_US;
}

bool client_ice_tick(struct client_ice *ice, uint64_t now_us, struct rng *rng,
                     struct writer *writer)
{
    uint8_t *transaction;

    if (now_us < ice->next_us)
        return false;
    transaction = ice->transactions[ice->sent++ % CLIENT_ICE_TRANSACTIONS];
    rng_bytes(rng, transaction, sizeof(ice->transactions[0]));
    write_check(ice, transaction, writer);
    ice->next_us = now_us + interval_of(ice);
    ice->answered = false;
    return true;
}

static bool is_ours(const struct client_ice *ice, const uint8_t *transaction)
{
    for (unsigned i = 0; i < CLIENT_ICE_TRANSACTIONS && i < ice->sent; i++)
        if (memcmp(transaction, ice->transactions[i], sizeof(ice->transactions[i])) == 0)
            return true;
    return false;
}

bool client_ice_receive(struct client_ice *ice, struct span datagram)
{
    struct stun_message answer;

    if (stun_parse(datagram.bytes, datagram.len, &answer) != 0 || answer.class != STUN_SUCCESS ||
        !is_ours(ice, answer.transaction) || !stun_integrity_ok(&answer, span_of(ice->remote_pwd)))
        return false;
    ice->mapped = answer.mapped;
    ice->answered = true;
    ice->checked = true;
    return true;
}

bool client_ice_respond(const struct client_ice *ice, struct span datagram,
                        const struct net_address *from, struct writer *writer)
{
    struct stun_message check;
    struct span receiver, sender;

    if (stun_parse(datagram.bytes, datagram.len, &check) != 0 || check.class != STUN_REQUEST ||
        check.method != STUN_BINDING || !stun_username_split(&check, &receiver, &sender) ||
        receiver.len != strlen(ice->ufrag) ||
        memcmp(receiver.bytes, ice->ufrag, receiver.len) != 0 ||
        !stun_integrity_ok(&check, span_of(ice->pwd)))
        return false;
    return stun_write_success(writer, check.transaction, from, span_of(ice->pwd)) == 0;
}
