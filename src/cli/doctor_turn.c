/* coturn's turnutils_uclient is no help: it wants a peer to talk to, has no deadline, says what
 * happened in prose alone, and is not there where only --url is to be looked at. */
#include "cli/doctor_turn.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "cli/load_clock.h"
#include "wire/stun.h"
#include "wire/wire.h"

#define RTO_US       UINT64_C(500000) /* RFC 8489 6.2.1 */
#define TRIES        3u               /* 401 with a nonce, 438 with a new one */
#define STALE_NONCE  438u
#define UNAUTHORISED 401u
#define TEXT_BYTES   256u

struct dialogue {
    struct doctor_net net;
    struct doctor_turn_request request;
    uint8_t transaction[STUN_TRANSACTION_BYTES];
    char realm[TEXT_BYTES], nonce[TEXT_BYTES];
    uint8_t bytes[WIRE_DATAGRAM_BYTES];
    size_t len; /* of bytes: what came */
};

static void copy_text(char out[static TEXT_BYTES], struct span text)
{
    size_t len = text.len < TEXT_BYTES ? text.len : TEXT_BYTES - 1;
    memcpy(out, text.bytes, len);
    out[len] = '\0';
}

/* Whether bytes hold one whole message; a stream may give it in parts. */
static bool is_whole(const struct dialogue *dialogue)
{
    return dialogue->len >= STUN_HEADER_BYTES &&
           dialogue->len >= STUN_HEADER_BYTES + (size_t)bytes_get_u16(dialogue->bytes + 2);
}

static bool is_answer(const struct dialogue *dialogue, struct stun_message *out)
{
    return stun_parse(dialogue->bytes, dialogue->len, out) == 0 &&
           memcmp(out->transaction, dialogue->transaction, STUN_TRANSACTION_BYTES) == 0;
}

/* 1: an answer; 0: none until then; -1: the connection is gone. */
static int await(struct dialogue *dialogue, uint64_t until_us, struct stun_message *out)
{
    dialogue->len = 0;
    for (;;) {
        long got = doctor_net_receive(&dialogue->net, dialogue->bytes + dialogue->len,
                                      sizeof dialogue->bytes - dialogue->len, until_us);
        if (got <= 0)
            return (int)got;
        dialogue->len += (size_t)got;
        if (!is_whole(dialogue))
            continue;
        if (is_answer(dialogue, out))
            return 1;
        dialogue->len = 0;
    }
}

/* Repeats it over UDP, since datagrams get lost. 0, or -1: net.error says why. */
static int exchange(struct dialogue *dialogue, struct stun_message *out)
{
    uint8_t request[WIRE_DATAGRAM_BYTES];
    struct writer writer = writer_of(request, sizeof request);
    int result = 0;
    if (getrandom(dialogue->transaction, sizeof dialogue->transaction, 0) < 0 ||
        doctor_turn_write(&writer, &dialogue->request) != 0) {
        snprintf(dialogue->net.error, sizeof dialogue->net.error, "the request cannot be written");
        return -1;
    }
    bool udp = dialogue->net.transport == DOCTOR_UDP;
    for (uint64_t rto_us = RTO_US; result == 0; rto_us *= 2) {
        uint64_t now_us = load_clock_us();
        if (now_us >= dialogue->net.until_us) {
            snprintf(dialogue->net.error, sizeof dialogue->net.error, "no answer");
            return -1;
        }
        if (doctor_net_send(&dialogue->net, request, writer_len(&writer)) != 0)
            return -1;
        result = await(dialogue, udp ? now_us + rto_us : dialogue->net.until_us, out);
    }
    return result == 1 ? 0 : -1;
}

static void talk(struct dialogue *dialogue, struct doctor_turn_result *out)
{
    struct stun_message answer;
    for (unsigned i = 0; i < TRIES; i++) {
        if (exchange(dialogue, &answer) != 0) {
            snprintf(out->error, sizeof out->error, "%s", dialogue->net.error);
            return;
        }
        out->code = answer.class == STUN_FAILURE ? answer.error_code : 0;
        bool first = out->code == UNAUTHORISED && dialogue->nonce[0] == '\0';
        if ((!first && out->code != STALE_NONCE) || answer.nonce.len == 0 || answer.realm.len == 0)
            break;
        copy_text(dialogue->nonce, answer.nonce);
        copy_text(dialogue->realm, answer.realm);
    }
    if (out->code != 0)
        return;
    out->mapped = answer.mapped;
    if (dialogue->request.method != DOCTOR_TURN_ALLOCATE)
        return;
    if (!doctor_turn_relayed(answer.bytes, &out->relayed))
        snprintf(out->error, sizeof out->error, "its allocation has no address");
    dialogue->request.method = DOCTOR_TURN_REFRESH;
    /* Unanswered, the allocation ends by itself after ten minutes. */
    if (exchange(dialogue, &answer) != 0)
        dialogue->net.error[0] = '\0';
}

void doctor_turn_try(const struct doctor_turn_url *url, const char *username,
                     const char *credential, uint64_t timeout_us, struct doctor_turn_result *out)
{
    struct dialogue dialogue = {.len = 0};
    enum doctor_transport transport = url->tls ? DOCTOR_TLS : url->tcp ? DOCTOR_TCP : DOCTOR_UDP;
    *out = (struct doctor_turn_result){.code = 0};
    dialogue.request = (struct doctor_turn_request){
        .method = url->relays ? DOCTOR_TURN_ALLOCATE : DOCTOR_TURN_BINDING,
        .transaction = dialogue.transaction,
        .username = username,
        .credential = credential,
        .realm = dialogue.realm,
        .nonce = dialogue.nonce,
    };
    if (doctor_net_open(&dialogue.net, url->host, url->port, transport, timeout_us) != 0) {
        snprintf(out->error, sizeof out->error, "%s", dialogue.net.error);
    } else {
        if (url->tls && doctor_net_certificate(&dialogue.net, url->host, &out->certificate) != 0)
            out->certificate = (struct doctor_certificate){.name_matches = true};
        talk(&dialogue, out);
    }
    doctor_net_close(&dialogue.net);
}
