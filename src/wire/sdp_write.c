/* See sdp_write.h. */
#include "wire/sdp_write.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void sdp_writer_init(struct sdp_writer *writer, char *text, size_t size)
{
    *writer = (struct sdp_writer){.text = text, .size = size};
    text[0] = '\0';
}

int sdp_writer_len(const struct sdp_writer *writer)
{
    return writer->full ? -1 : (int)writer->len;
}

void sdp_write(struct sdp_writer *writer, const char *format, ...)
{
    if (writer->full)
        return;
    const size_t room = writer->size - writer->len;
    va_list arguments;
    va_start(arguments, format);
    const int wrote = vsnprintf(writer->text + writer->len, room, format, arguments);
    va_end(arguments);
    if (wrote >= 0 && (size_t)wrote < room) {
        writer->len += (size_t)wrote;
        return;
    }
    writer->text[writer->len] = '\0';
    writer->full = true;
}

void sdp_write_session(struct sdp_writer *writer, uint64_t session_id, uint32_t version)
{
    /* RFC 9429 5.2.1: the address means nothing; this one gives nothing away. */
    sdp_write(writer, "v=0\r\no=- %" PRIu64 " %" PRIu32 " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
              session_id, version);
}

void sdp_write_fingerprint(struct sdp_writer *writer, const uint8_t *bytes)
{
    sdp_write(writer, "a=fingerprint:sha-256 ");
    for (size_t i = 0; i < 32; i++)
        sdp_write(writer, i == 0 ? "%02X" : ":%02X", bytes[i]);
    sdp_write(writer, "\r\n");
}

uint32_t sdp_host_priority(bool tcp, size_t rank)
{
    /* RFC 8445 5.1.2.2: "The RECOMMENDED values for type preferences are 126 for host
     * candidates"; RFC 6544 4.2: lower for TCP where UDP is there too (90 as libwebrtc has it).
     * RFC 6544 4.2: local preference is 2^13 * direction-pref + other-pref, 4 for passive hosts. */
    const uint32_t type = tcp ? 90 : 126;
    const uint32_t best = tcp ? (UINT32_C(4) << 13) + 8191 : 65535;
    const uint32_t local = best - (uint32_t)(rank < 8192 ? rank : 8191);
    const uint32_t component = 1;
    return type << 24 | local << 8 | (256 - component);
}

void sdp_write_host(struct sdp_writer *writer, const struct sdp_host *host, size_t rank)
{
    sdp_write(writer, "a=candidate:%zu 1 %s %" PRIu32 " %s %u typ host%s\r\n", rank + 1,
              host->tcp ? "tcp" : "udp", sdp_host_priority(host->tcp, rank), host->address,
              (unsigned)host->port, host->tcp ? " tcptype passive" : "");
}

const char *sdp_direction_name(uint8_t direction)
{
    static const char *const names[] = {"inactive", "sendonly", "recvonly", "sendrecv"};
    return names[direction & 3];
}
