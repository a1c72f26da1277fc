/* As much of TURN's client side as an allocation needs (RFC 8656 7, RFC 8489 9.2). Pure; responses
 * are read by wire/stun.h, but for what only TURN has. */
#ifndef PARLEY_CLI_DOCTOR_TURN_MESSAGE_H
#define PARLEY_CLI_DOCTOR_TURN_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/net.h"

enum doctor_turn_method { DOCTOR_TURN_BINDING = 1, DOCTOR_TURN_ALLOCATE = 3, DOCTOR_TURN_REFRESH };

struct doctor_turn_request {
    enum doctor_turn_method method;
    const uint8_t *transaction; /* 12 bytes */
    /* With a nonce the request is authenticated. */
    const char *username, *credential;
    const char *realm, *nonce; /* "": none */
};
/* Appends the request: an allocation of UDP, or a refresh that ends one. 0, or -1: no room. */
int doctor_turn_write(struct writer *writer, const struct doctor_turn_request *request)
    __attribute__((warn_unused_result));
/* XOR-RELAYED-ADDRESS of a response that stun_parse() took. False: there is none. */
bool doctor_turn_relayed(struct span message, struct net_address *out);

#define DOCTOR_TURN_HOST_BYTES 256u

struct doctor_turn_url {
    char host[DOCTOR_TURN_HOST_BYTES]; /* without brackets */
    unsigned port;
    bool relays; /* turn: or turns:, not stun: */
    bool tcp, tls;
};
/* "turn:host:port?transport=tcp" (RFC 7064, RFC 7065). 0, or -1: it is none. */
int doctor_turn_parse_url(const char *text, struct doctor_turn_url *out)
    __attribute__((warn_unused_result));

#endif
