/* STUN, pure: bytes to struct stun_message and back. Decides nothing about ICE. */
#define OPENSSL_SUPPRESS_DEPRECATED /* for SHA1_*: see hmac_begin() */
#include "wire/stun.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "wire/wire.h"

/* RFC 8489 5:
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |0 0|     STUN Message Type     |         Message Length        |
 * |                         Magic Cookie                          |
 * |                     Transaction ID (96 bits)                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * then attributes: type (16), length (16), value padded to 4 bytes. */
#define MAGIC_COOKIE           0x2112a442u
#define ATTRIBUTE_HEADER_BYTES 4u
#define INTEGRITY_BYTES        20u /* HMAC-SHA1 */
#define INTEGRITY_SHA256_MAX   32u
#define FINGERPRINT_BYTES      4u
/* RFC 8489 14.7: "XOR'ed with the 32-bit value 0x5354554e" */
#define FINGERPRINT_XOR 0x5354554eu

/* RFC 8489 18.4, RFC 8445 16.1 */
enum attribute_type {
    MAPPED_ADDRESS = 0x0001,
    USERNAME = 0x0006,
    MESSAGE_INTEGRITY = 0x0008,
    ERROR_CODE = 0x0009,
    UNKNOWN_ATTRIBUTES = 0x000a,
    REALM = 0x0014,
    NONCE = 0x0015,
    MESSAGE_INTEGRITY_SHA256 = 0x001c,
    PASSWORD_ALGORITHM = 0x001d,
    USERHASH = 0x001e,
    XOR_MAPPED_ADDRESS = 0x0020,
    PRIORITY = 0x0024,
    USE_CANDIDATE = 0x0025,
    FINGERPRINT = 0x8028,
    ICE_CONTROLLED = 0x8029,
    ICE_CONTROLLING = 0x802a,
};

/* RFC 8489 14.2 */
#define ADDRESS_IPV4 0x01u
#define ADDRESS_IPV6 0x02u

/* ISO 3309, as RFC 8489 14.7 asks; four bits at a time keeps the table small. */
static uint32_t crc32_of(const uint8_t *bytes, size_t len)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* The class bits are spread through the type: M11..M7 C1 M6..M4 C0 M3..M0. */
static uint16_t type_of(uint16_t method, uint8_t class)
{
    return (uint16_t)((method & 0x000fu) | (class & 1u) << 4 | (method & 0x0070u) << 1 |
                      (class & 2u) << 7 | (method & 0x0f80u) << 2);
}

static uint8_t class_of(uint16_t type)
{
    return (uint8_t)(type >> 4 & 1u) | (uint8_t)(type >> 7 & 2u);
}

static uint16_t method_of(uint16_t type)
{
    return (uint16_t)((type & 0x000fu) | (type >> 1 & 0x0070u) | (type >> 2 & 0x0f80u));
}

/* ---- parsing -------------------------------------------------------------------------------- */

/* RFC 8489 14.2: the port is XORed with the cookie's first half, the address with the cookie and
 * the transaction id, which lie next to each other in the header. */
static int parse_xor_address(const struct stun_message *message, struct reader value,
                             struct net_address *out)
{
    const uint8_t *mask = message->bytes.bytes + 4;
    struct net_address address = {0};
    const uint8_t *ip;
    size_t ip_len;
    uint8_t family;

    reader_skip(&value, 1);
    family = reader_u8(&value);
    address.port = (uint16_t)(reader_u16(&value) ^ (MAGIC_COOKIE >> 16));
    ip_len = reader_left(&value);
    ip = reader_bytes(&value, ip_len);
    if (family == ADDRESS_IPV4 && ip_len == 4)
        address.family = NET_IPV4;
    else if (family == ADDRESS_IPV6 && ip_len == 16)
        address.family = NET_IPV6;
    else
        return WIRE_MALFORMED;
    for (size_t i = 0; i < ip_len; i++)
        address.ip[i] = ip[i] ^ mask[i];
    if (out->family == NET_NONE)
        *out = address;
    return 0;
}

/* RFC 8489 14.8: 21 bits reserved, class 3..6, number 0..99, reason phrase. */
static int parse_error_code(struct reader value, uint16_t *out)
{
    uint32_t word = reader_u32(&value);
    uint16_t hundreds = word >> 8 & 7u;
    uint16_t rest = word & 0xffu;

    if (value.failed || hundreds < 3 || hundreds > 6 || rest > 99)
        return WIRE_MALFORMED;
    if (*out == 0)
        *out = (uint16_t)(hundreds * 100u + rest);
    return 0;
}

static int parse_role(struct stun_message *out, uint8_t role, struct reader value)
{
    uint64_t tie_breaker = reader_u64(&value);

    if (value.failed || reader_left(&value) != 0)
        return WIRE_MALFORMED;
    if (out->role == STUN_ROLE_NONE) {
        out->role = role;
        out->tie_breaker = tie_breaker;
    }
    return 0;
}

static int parse_priority(struct stun_message *out, struct reader value)
{
    uint32_t priority = reader_u32(&value);

    if (value.failed || reader_left(&value) != 0)
        return WIRE_MALFORMED;
    if (!out->has_priority) {
        out->priority = priority;
        out->has_priority = true;
    }
    return 0;
}

/* RFC 8489 14.3: USERNAME has "less than 509 bytes"; 14.9, 14.10: REALM and NONCE "less than 128
 * characters", "which can be as long as 763 bytes". */
#define MAX_USERNAME_BYTES 508u
#define MAX_REALM_BYTES    763u
#define MAX_NONCE_BYTES    763u

static int parse_text(struct reader value, size_t max_len, struct span *out)
{
    struct span text = reader_rest(&value);

    if (text.len == 0 || text.len > max_len)
        return WIRE_MALFORMED;
    if (out->len == 0)
        *out = text;
    return 0;
}

static void note_unknown(struct stun_message *out, uint16_t type)
{
    /* RFC 8489 5: types 0x0000..0x7fff are comprehension-required. */
    if (type < 0x8000 && out->unknown_count < STUN_MAX_UNKNOWN)
        out->unknown[out->unknown_count++] = type;
}

static int parse_attribute(struct stun_message *out, uint16_t type, struct reader value)
{
    switch (type) {
    case USERNAME:
        return parse_text(value, MAX_USERNAME_BYTES, &out->username);
    case REALM:
        return parse_text(value, MAX_REALM_BYTES, &out->realm);
    case NONCE:
        return parse_text(value, MAX_NONCE_BYTES, &out->nonce);
    case XOR_MAPPED_ADDRESS:
        return parse_xor_address(out, value, &out->mapped);
    case ERROR_CODE:
        return parse_error_code(value, &out->error_code);
    case PRIORITY:
        return parse_priority(out, value);
    case ICE_CONTROLLED:
        return parse_role(out, STUN_CONTROLLED, value);
    case ICE_CONTROLLING:
        return parse_role(out, STUN_CONTROLLING, value);
    case USE_CANDIDATE:
        out->use_candidate = true;
        return 0;
    case MAPPED_ADDRESS:
    case UNKNOWN_ATTRIBUTES:
    case PASSWORD_ALGORITHM:
    case USERHASH:
        return 0; /* known, of no use here */
    default:
        note_unknown(out, type);
        return 0;
    }
}

/* RFC 8489 14.7: the CRC covers the message up to, not including, FINGERPRINT itself, which "MUST
 * be the last attribute in the message". */
static int check_fingerprint(struct stun_message *out, size_t at, struct reader value)
{
    uint32_t crc = reader_u32(&value);

    if (value.failed || reader_left(&value) != 0 ||
        at + ATTRIBUTE_HEADER_BYTES + FINGERPRINT_BYTES != out->bytes.len)
        return WIRE_MALFORMED;
    if ((crc ^ FINGERPRINT_XOR) != crc32_of(out->bytes.bytes, at))
        return WIRE_CHECKSUM;
    out->has_fingerprint = true;
    return 0;
}

static int note_integrity(struct stun_message *out, size_t at, size_t value_len)
{
    if (value_len != INTEGRITY_BYTES)
        return WIRE_MALFORMED;
    if (out->integrity_at == 0)
        out->integrity_at = (uint16_t)at;
    return 0;
}

static int parse_attributes(struct stun_message *out, struct reader reader)
{
    bool sealed = false;
    int result = 0;

    while (result == 0 && reader_left(&reader) > 0) {
        size_t at = reader.at;
        uint16_t type = reader_u16(&reader);
        uint16_t len = reader_u16(&reader);
        struct reader value = reader_sub(&reader, len);

        reader_skip(&reader, (4u - len % 4u) % 4u);
        if (reader.failed)
            return WIRE_TRUNCATED;
        if (type == FINGERPRINT) {
            result = check_fingerprint(out, at, value);
        } else if (type == MESSAGE_INTEGRITY) {
            result = sealed ? 0 : note_integrity(out, at, len);
            sealed = true;
        } else if (type == MESSAGE_INTEGRITY_SHA256) {
            sealed = true;
        } else if (!sealed) {
            result = parse_attribute(out, type, value);
        }
    }
    return result;
}

int stun_parse(const uint8_t *bytes, size_t len, struct stun_message *out)
{
    struct reader reader = reader_of(bytes, len);
    uint16_t type, body_len;

    memset(out, 0, sizeof *out);
    if (len > WIRE_DATAGRAM_BYTES)
        return WIRE_OVERSIZE;
    type = reader_u16(&reader);
    body_len = reader_u16(&reader);
    if (reader_u32(&reader) != MAGIC_COOKIE || type >= 0x4000 || body_len % 4 != 0)
        return reader.failed ? WIRE_TRUNCATED : WIRE_MALFORMED;
    out->transaction = reader_bytes(&reader, STUN_TRANSACTION_BYTES);
    if (reader.failed || reader_left(&reader) != body_len)
        return WIRE_TRUNCATED;
    out->bytes = (struct span){bytes, len};
    out->method = method_of(type);
    out->class = class_of(type);
    return parse_attributes(out, reader);
}

/* RFC 2104. HMAC() and the EVP ways allocate a dozen times for each message (OpenSSL 3.0), and
 * anyone who knows a ufrag can make us do it; SHA_CTX lies on the stack. */
static void hmac_begin(SHA_CTX *state, struct span key, uint8_t filler)
{
    uint8_t pad[SHA_CBLOCK], digest[SHA_DIGEST_LENGTH];

    if (key.len > sizeof(pad)) {
        SHA1(key.bytes, key.len, digest);
        key = (struct span){digest, sizeof(digest)};
    }
    memset(pad, filler, sizeof(pad));
    for (size_t i = 0; i < key.len; i++)
        pad[i] ^= key.bytes[i];
    SHA1_Init(state);
    SHA1_Update(state, pad, sizeof(pad));
}

static void hmac_sha1(struct span key, struct span text, uint8_t out[static INTEGRITY_BYTES])
{
    SHA_CTX state;

    hmac_begin(&state, key, 0x36);
    SHA1_Update(&state, text.bytes, text.len);
    SHA1_Final(out, &state);
    hmac_begin(&state, key, 0x5c);
    SHA1_Update(&state, out, INTEGRITY_BYTES);
    SHA1_Final(out, &state);
}

/* RFC 8489 14.5: HMAC over the message up to the attribute, with the header's length as if the
 * message ended after MESSAGE-INTEGRITY. bytes is a copy whose length field may be changed. */
static void hmac_of(uint8_t *bytes, size_t integrity_at, struct span key,
                    uint8_t out[static INTEGRITY_BYTES])
{
    bytes_put_u16(bytes + 2, (uint16_t)(integrity_at + ATTRIBUTE_HEADER_BYTES + INTEGRITY_BYTES -
                                        STUN_HEADER_BYTES));
    hmac_sha1(key, (struct span){bytes, integrity_at}, out);
}

bool stun_integrity_ok(const struct stun_message *message, struct span key)
{
    uint8_t copy[WIRE_DATAGRAM_BYTES];
    uint8_t expected[INTEGRITY_BYTES];
    size_t at = message->integrity_at;

    if (at == 0 || key.len == 0 || key.len > WIRE_DATAGRAM_BYTES)
        return false;
    memcpy(copy, message->bytes.bytes, at);
    hmac_of(copy, at, key, expected);
    return CRYPTO_memcmp(expected, message->bytes.bytes + at + ATTRIBUTE_HEADER_BYTES,
                         INTEGRITY_BYTES) == 0;
}

bool stun_username_split(const struct stun_message *message, struct span *receiver,
                         struct span *sender)
{
    struct span name = message->username;
    const uint8_t *colon = name.len > 0 ? memchr(name.bytes, ':', name.len) : NULL;

    if (colon == NULL)
        return false;
    *receiver = (struct span){name.bytes, (size_t)(colon - name.bytes)};
    *sender = (struct span){colon + 1, name.len - receiver->len - 1};
    return receiver->len > 0 && sender->len > 0;
}

/* ---- writing -------------------------------------------------------------------------------- */

static void write_header(struct writer *writer, uint8_t class, const uint8_t *transaction)
{
    writer_u16(writer, type_of(STUN_BINDING, class));
    writer_u16(writer, 0); /* the length, patched by finish() */
    writer_u32(writer, MAGIC_COOKIE);
    writer_bytes(writer, transaction, STUN_TRANSACTION_BYTES);
}

static void write_attribute_header(struct writer *writer, uint16_t type, size_t len)
{
    writer_u16(writer, type);
    writer_u16(writer, (uint16_t)len);
}

static void write_attribute(struct writer *writer, uint16_t type, struct span value)
{
    write_attribute_header(writer, type, value.len);
    writer_bytes(writer, value.bytes, value.len);
    writer_zeros(writer, (4u - value.len % 4u) % 4u);
}

static void write_xor_address(struct writer *writer, size_t start,
                              const struct net_address *address)
{
    size_t ip_len = address->family == NET_IPV6 ? 16 : 4;

    write_attribute_header(writer, XOR_MAPPED_ADDRESS, 4 + ip_len);
    writer_u8(writer, 0);
    writer_u8(writer, address->family == NET_IPV6 ? ADDRESS_IPV6 : ADDRESS_IPV4);
    writer_u16(writer, (uint16_t)(address->port ^ (MAGIC_COOKIE >> 16)));
    for (size_t i = 0; i < ip_len && !writer->failed; i++)
        writer_u8(writer, (uint8_t)(address->ip[i] ^ writer->bytes[start + 4 + i]));
}

static void write_integrity(struct writer *writer, size_t start, struct span key)
{
    size_t at = writer->at - start;
    uint8_t *value;

    write_attribute_header(writer, MESSAGE_INTEGRITY, INTEGRITY_BYTES);
    value = writer_reserve(writer, INTEGRITY_BYTES);
    if (value != NULL)
        hmac_of(writer->bytes + start, at, key, value);
}

/* Integrity, then fingerprint over the header with its final length (RFC 8489 14.7: the length
 * "MUST [...] include the CRC attribute itself, prior to computation of the CRC"). */
static int finish(struct writer *writer, size_t start, struct span key)
{
    size_t before_crc;

    if (key.len > 0)
        write_integrity(writer, start, key);
    before_crc = writer->at - start;
    writer_patch_u16(
        writer, start + 2,
        (uint16_t)(before_crc + ATTRIBUTE_HEADER_BYTES + FINGERPRINT_BYTES - STUN_HEADER_BYTES));
    if (writer->failed)
        return WIRE_NO_ROOM;
    write_attribute_header(writer, FINGERPRINT, FINGERPRINT_BYTES);
    writer_u32(writer, crc32_of(writer->bytes + start, before_crc) ^ FINGERPRINT_XOR);
    return writer->failed ? WIRE_NO_ROOM : 0;
}

int stun_write_check(struct writer *writer, const struct stun_check *check, struct span key)
{
    size_t start = writer->at;

    write_header(writer, STUN_REQUEST, check->transaction);
    write_attribute(writer, USERNAME, check->username);
    write_attribute_header(writer, PRIORITY, 4);
    writer_u32(writer, check->priority);
    if (check->use_candidate)
        write_attribute_header(writer, USE_CANDIDATE, 0);
    if (check->role != STUN_ROLE_NONE) {
        write_attribute_header(
            writer, check->role == STUN_CONTROLLING ? ICE_CONTROLLING : ICE_CONTROLLED, 8);
        writer_u64(writer, check->tie_breaker);
    }
    return finish(writer, start, key);
}

int stun_write_success(struct writer *writer, const uint8_t *transaction,
                       const struct net_address *mapped, struct span key)
{
    size_t start = writer->at;

    write_header(writer, STUN_SUCCESS, transaction);
    write_xor_address(writer, start, mapped);
    return finish(writer, start, key);
}

int stun_write_failure(struct writer *writer, const struct stun_message *request, uint16_t code,
                       struct span key)
{
    size_t start = writer->at;

    write_header(writer, STUN_FAILURE, request->transaction);
    write_attribute_header(writer, ERROR_CODE, 4);
    writer_u32(writer, (uint32_t)(code / 100u) << 8 | code % 100u);
    if (code == STUN_ERROR_UNKNOWN_ATTRIBUTE) {
        write_attribute_header(writer, UNKNOWN_ATTRIBUTES, 2u * (size_t)request->unknown_count);
        for (size_t i = 0; i < request->unknown_count; i++)
            writer_u16(writer, request->unknown[i]);
        writer_zeros(writer, 2u * (request->unknown_count % 2u));
    }
    return finish(writer, start, key);
}
