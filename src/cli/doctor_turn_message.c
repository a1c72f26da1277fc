#include "cli/doctor_turn_message.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC_COOKIE    0x2112a442u /* RFC 8489 5 */
#define HEADER_BYTES    20u
#define TYPE_BYTES      4u /* of an attribute, with its length */
#define INTEGRITY_BYTES 20u
#define KEY_BYTES       16u
#define KEY_TEXT_BYTES  1024u

/* RFC 8489 18.3, RFC 8656 18 */
#define USERNAME            0x0006u
#define MESSAGE_INTEGRITY   0x0008u
#define LIFETIME            0x000du
#define REALM               0x0014u
#define NONCE               0x0015u
#define XOR_RELAYED_ADDRESS 0x0016u
#define REQUESTED_TRANSPORT 0x0019u
#define PROTOCOL_UDP        17u

#define DEFAULT_PORT     3478u
#define DEFAULT_TLS_PORT 5349u

static void write_attribute(struct writer *writer, unsigned type, const void *bytes, size_t len)
{
    writer_u16(writer, (uint16_t)type);
    writer_u16(writer, (uint16_t)len);
    writer_bytes(writer, bytes, len);
    writer_zeros(writer, (4u - len % 4u) % 4u);
}

/* RFC 8489 9.2.2: key = MD5(username ":" realm ":" OpaqueString(password)) */
static bool make_key(const struct doctor_turn_request *request, uint8_t out[static KEY_BYTES])
{
    char text[KEY_TEXT_BYTES];
    int len = snprintf(text, sizeof text, "%s:%s:%s", request->username, request->realm,
                       request->credential);
    return len > 0 && (size_t)len < sizeof text &&
           EVP_Digest(text, (size_t)len, out, NULL, EVP_md5(), NULL) == 1;
}

/* 14.5: the length in the header counts MESSAGE-INTEGRITY already. */
static int seal(struct writer *writer, size_t start, const struct doctor_turn_request *request)
{
    uint8_t key[KEY_BYTES], mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    write_attribute(writer, USERNAME, request->username, strlen(request->username));
    write_attribute(writer, REALM, request->realm, strlen(request->realm));
    write_attribute(writer, NONCE, request->nonce, strlen(request->nonce));
    if (writer->failed || !make_key(request, key))
        return -1;
    size_t covered = writer->at - start;
    writer_patch_u16(writer, start + 2,
                     (uint16_t)(covered - HEADER_BYTES + TYPE_BYTES + INTEGRITY_BYTES));
    if (!HMAC(EVP_sha1(), key, sizeof key, writer->bytes + start, covered, mac, &len))
        return -1;
    write_attribute(writer, MESSAGE_INTEGRITY, mac, INTEGRITY_BYTES);
    return 0;
}

int doctor_turn_write(struct writer *writer, const struct doctor_turn_request *request)
{
    static const uint8_t udp[4] = {PROTOCOL_UDP}, no_time[4] = {0};
    size_t start = writer->at;
    writer_u16(writer, (uint16_t)request->method);
    writer_u16(writer, 0);
    writer_u32(writer, MAGIC_COOKIE);
    writer_bytes(writer, request->transaction, 12);
    if (request->method == DOCTOR_TURN_ALLOCATE)
        write_attribute(writer, REQUESTED_TRANSPORT, udp, sizeof udp);
    else if (request->method == DOCTOR_TURN_REFRESH)
        write_attribute(writer, LIFETIME, no_time, sizeof no_time);
    if (request->nonce[0] && seal(writer, start, request) != 0)
        return -1;
    if (writer->failed)
        return -1;
    writer_patch_u16(writer, start + 2, (uint16_t)(writer->at - start - HEADER_BYTES));
    return 0;
}

/* RFC 8489 14.2: the port is xor'ed with the cookie's upper half, the address with the cookie and
 * the transaction id. */
static bool read_xor_address(struct reader value, const uint8_t *mask, struct net_address *out)
{
    reader_skip(&value, 1);
    unsigned family = reader_u8(&value);
    uint16_t port = reader_u16(&value);
    size_t len = family == 1 ? 4 : 16;
    const uint8_t *bytes = reader_bytes(&value, len);
    if (!bytes || (family != 1 && family != 2))
        return false;
    *out = (struct net_address){.family = family == 1 ? NET_IPV4 : NET_IPV6,
                                .port = (uint16_t)(port ^ (MAGIC_COOKIE >> 16))};
    for (size_t i = 0; i < len; i++)
        out->ip[i] = bytes[i] ^ mask[i];
    return true;
}

bool doctor_turn_relayed(struct span message, struct net_address *out)
{
    struct reader reader = reader_of(message.bytes, message.len);
    reader_skip(&reader, HEADER_BYTES);
    while (!reader.failed && reader_left(&reader) >= TYPE_BYTES) {
        unsigned type = reader_u16(&reader);
        uint16_t len = reader_u16(&reader);
        struct reader value = reader_sub(&reader, len);
        reader_skip(&reader, (4u - len % 4u) % 4u);
        /* The mask begins with the cookie, 4 bytes into the header. */
        if (type == XOR_RELAYED_ADDRESS && !reader.failed)
            return read_xor_address(value, message.bytes + 4, out);
    }
    return false;
}

/* ---- URLs ------------------------------------------------------------------------------------ */

static bool take_scheme(const char **text, struct doctor_turn_url *out)
{
    static const struct {
        const char *name;
        bool relays, tls;
    } schemes[] = {
        {"stun:", false, false},
        {"stuns:", false, true},
        {"turn:", true, false},
        {"turns:", true, true},
    };
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t len = strlen(schemes[i].name);
        if (strncmp(*text, schemes[i].name, len) != 0)
            continue;
        *text += len;
        out->relays = schemes[i].relays;
        out->tls = schemes[i].tls;
        return true;
    }
    return false;
}

int doctor_turn_parse_url(const char *text, struct doctor_turn_url *out)
{
    *out = (struct doctor_turn_url){.port = 0};
    if (!take_scheme(&text, out))
        return -1;
    out->tcp = out->tls || strstr(text, "?transport=tcp") != NULL;
    bool v6 = text[0] == '[';
    size_t len = strcspn(text, v6 ? "]" : ":?");
    const char *host = text + (v6 ? 1 : 0), *rest = text + len + (v6 && text[len] ? 1 : 0);
    len -= v6 ? 1 : 0;
    if (len == 0 || len >= sizeof out->host)
        return -1;
    memcpy(out->host, host, len);
    out->port = *rest == ':' ? (unsigned)strtoul(rest + 1, NULL, 10)
                : out->tls   ? DEFAULT_TLS_PORT
                             : DEFAULT_PORT;
    return out->port >= 1 && out->port <= 65535 ? 0 : -1;
}
