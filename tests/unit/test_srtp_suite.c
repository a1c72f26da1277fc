/* Whole packets, byte for byte: RFC 7714 16 and 17. */
#include "test.h"

#include "vectors.h"

#include "engine/srtp_suite.h"

struct packet {
    uint8_t plain[256], sealed[256], key[64], salt[16], auth[20];
    size_t plain_len, sealed_len;
    enum srtp_profile profile;
    struct srtp_nonce nonce;
    bool rtp;
};

static struct packet packet_of(const struct vector_line *line)
{
    struct packet packet = {0};

    assert_int_equal(line->count, 8);
    packet.rtp = strcmp(line->fields[0], "rtp") == 0;
    packet.profile = (enum srtp_profile)atoi(line->fields[1]);
    (void)vector_hex(line->fields[2], packet.key, sizeof(packet.key));
    (void)vector_hex(line->fields[3], packet.salt, sizeof(packet.salt));
    (void)vector_hex(line->fields[4], packet.auth, sizeof(packet.auth));
    packet.nonce.index = strtoull(line->fields[5], NULL, 16);
    packet.plain_len = vector_hex(line->fields[6], packet.plain, sizeof(packet.plain));
    packet.sealed_len = vector_hex(line->fields[7], packet.sealed, sizeof(packet.sealed));
    packet.nonce.ssrc = bytes_get_u32(packet.plain + (packet.rtp ? 8 : 4));
    return packet;
}

static void check_seal(const struct packet *packet)
{
    struct srtp_suite *suite = srtp_suite_new_from_session(packet->profile, packet->key,
                                                           packet->salt, packet->auth, CIPHER_SEAL);
    uint8_t out[256];

    assert_non_null(suite);
    if (packet->rtp) {
        memcpy(out, packet->plain, 12);
        assert_int_equal(srtp_suite_seal_rtp(
                             suite, &packet->nonce, (struct span){packet->plain, 12},
                             (struct span){packet->plain + 12, packet->plain_len - 12}, out + 12),
                         0);
    } else {
        assert_int_equal(srtp_suite_seal_rtcp(suite, &packet->nonce,
                                              (struct span){packet->plain, packet->plain_len}, out),
                         0);
    }
    assert_memory_equal(out, packet->sealed, packet->sealed_len);
    srtp_suite_free(suite);
}

static void check_open(const struct packet *packet)
{
    struct srtp_suite *suite = srtp_suite_new_from_session(packet->profile, packet->key,
                                                           packet->salt, packet->auth, CIPHER_OPEN);
    uint8_t work[256];

    memcpy(work, packet->sealed, sizeof(work));
    if (packet->rtp)
        assert_int_equal(srtp_suite_open_rtp(suite, &packet->nonce, work, packet->sealed_len, 12),
                         0);
    else
        assert_int_equal(srtp_suite_open_rtcp(suite, &packet->nonce, work, packet->sealed_len), 0);
    assert_memory_equal(work, packet->plain, packet->plain_len);
    srtp_suite_free(suite);
}

static void packets_are_those_of_rfc_7714(void **state)
{
    FILE *file = vector_open("srtp/packets.txt");
    struct vector_line line;
    int packets = 0;

    (void)state;
    assert_non_null(file);
    for (; vector_next(file, &line); packets++) {
        struct packet packet = packet_of(&line);

        check_seal(&packet);
        check_open(&packet);
    }
    (void)fclose(file);
    assert_int_equal(packets, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_those_of_rfc_7714),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
