/* STUN messages (RFC 8489) with ICE's attributes (RFC 8445 16.1). Parsing allocates nothing and
 * gives views into the datagram; FINGERPRINT is checked while parsing, integrity by its own call
 * because the key depends on the user name. */
#ifndef PARLEY_WIRE_STUN_H
#define PARLEY_WIRE_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/net.h"

#define STUN_HEADER_BYTES      20u
#define STUN_TRANSACTION_BYTES 12u
#define STUN_BINDING           0x001u /* RFC 8489 18.2 */

/* RFC 8489 18.3, RFC 8445 7.3.1.1 */
#define STUN_ERROR_BAD_REQUEST       400u
#define STUN_ERROR_UNAUTHENTICATED   401u
#define STUN_ERROR_UNKNOWN_ATTRIBUTE 420u
#define STUN_ERROR_ROLE_CONFLICT     487u

enum stun_class { STUN_REQUEST = 0, STUN_INDICATION = 1, STUN_SUCCESS = 2, STUN_FAILURE = 3 };
enum stun_role { STUN_ROLE_NONE, STUN_CONTROLLING, STUN_CONTROLLED };

#define STUN_MAX_UNKNOWN 8u

struct stun_message {
    struct span bytes;          /* the whole message */
    const uint8_t *transaction; /* STUN_TRANSACTION_BYTES */
    uint16_t method;
    uint8_t class; /* enum stun_class */

    /* Absent ones have len 0. */
    struct span username;
    struct span realm;
    struct span nonce;

    uint32_t priority;
    bool has_priority;
    bool use_candidate;
    uint8_t role;              /* enum stun_role */
    uint64_t tie_breaker;      /* with a role */
    uint16_t error_code;       /* 300..699; 0: absent */
    struct net_address mapped; /* XOR-MAPPED-ADDRESS; family NET_NONE: absent */

    uint16_t integrity_at; /* offset of the MESSAGE-INTEGRITY attribute; 0: absent */
    bool has_fingerprint;  /* present and right */
    /* Comprehension-required attributes that are not known here (RFC 8489 5). */
    uint16_t unknown[STUN_MAX_UNKNOWN];
    uint8_t unknown_count;
};

/* 0 or enum wire_error. The message must fill all len bytes. Attributes after MESSAGE-INTEGRITY
 * other than FINGERPRINT are ignored; of duplicates the first one counts (RFC 8489 14). */
int stun_parse(const uint8_t *bytes, size_t len, struct stun_message *out)
    __attribute__((warn_unused_result));

/* Whether MESSAGE-INTEGRITY is there and was made with this key: short-term the password,
 * long-term MD5(username ":" realm ":" password). Compares in constant time. */
bool stun_integrity_ok(const struct stun_message *message, struct span key);

/* USERNAME of an ICE check is "<receiver's ufrag>:<sender's ufrag>" (RFC 8445 7.2.2). False: no
 * such form. The parts are views. */
bool stun_username_split(const struct stun_message *message, struct span *receiver,
                         struct span *sender);

struct stun_check {
    const uint8_t *transaction; /* STUN_TRANSACTION_BYTES */
    struct span username;
    uint32_t priority;
    bool use_candidate;
    uint8_t role; /* enum stun_role */
    uint64_t tie_breaker;
};

/* These append one message with MESSAGE-INTEGRITY (unless key.len is 0) and FINGERPRINT.
 * 0 or WIRE_NO_ROOM. */
int stun_write_check(struct writer *writer, const struct stun_check *check, struct span key)
    __attribute__((warn_unused_result));
int stun_write_success(struct writer *writer, const uint8_t *transaction,
                       const struct net_address *mapped, struct span key)
    __attribute__((warn_unused_result));
/* Lists the request's unknown attributes if code is 420. */
int stun_write_failure(struct writer *writer, const struct stun_message *request, uint16_t code,
                       struct span key) __attribute__((warn_unused_result));

#endif
