/* SRTP key derivation (RFC 3711 4.3, key derivation rate 0): session keys out of a master key. */
#ifndef PARLEY_ENGINE_SRTP_KDF_H
#define PARLEY_ENGINE_SRTP_KDF_H

#include <stddef.h>
#include <stdint.h>

/* RFC 3711 4.1: "the session salt is 112 bits". AEAD profiles have 96 bits (RFC 7714 12.1);
 * their master salt is padded with two zero bytes for the derivation (RFC 7714 11). */
#define SRTP_KDF_SALT_BYTES 14u

/* RFC 3711 4.3.1 and 4.3.2: "k_e: <label> = 0x00 …" */
enum srtp_label {
    SRTP_LABEL_RTP_KEY = 0x00,
    SRTP_LABEL_RTP_AUTH = 0x01,
    SRTP_LABEL_RTP_SALT = 0x02,
    SRTP_LABEL_RTCP_KEY = 0x03,
    SRTP_LABEL_RTCP_AUTH = 0x04,
    SRTP_LABEL_RTCP_SALT = 0x05,
};

struct srtp_kdf; /* one master key and salt */

/* key_len: 16 or 32. NULL: out of memory. */
struct srtp_kdf *srtp_kdf_new(const uint8_t *key, size_t key_len,
                              const uint8_t salt[static SRTP_KDF_SALT_BYTES]);
void srtp_kdf_free(struct srtp_kdf *kdf); /* accepts NULL */
/* 0, or -1: the library failed. */
int srtp_kdf_derive(struct srtp_kdf *kdf, enum srtp_label label, uint8_t *out, size_t out_len)
    __attribute__((warn_unused_result));

#endif
