#include "test.h"

#include "vectors.h"

#include "engine/srtp.h"
#include "engine/replay.h"

static const enum srtp_profile profiles[] = {SRTP_PROFILE_CM_128_SHA1_80, SRTP_PROFILE_GCM_128,
                                             SRTP_PROFILE_GCM_256};

struct pair {
    struct srtp *alice, *bob;
};

static struct pair pair_new(enum srtp_profile profile)
{
    struct srtp_config config = {.profile = profile, .max_ssrcs_in = 4, .max_ssrcs_out = 4};
    struct pair pair;

    memset(config.local.key, 'a', srtp_profile_key_bytes(profile));
    memset(config.local.salt, 'b', srtp_profile_salt_bytes(profile));
    memset(config.remote.key, 'c', srtp_profile_key_bytes(profile));
    memset(config.remote.salt, 'd', srtp_profile_salt_bytes(profile));
    pair.alice = srtp_new(&config);
    struct srtp_master local = config.local;
    config.local = config.remote;
    config.remote = local;
    pair.bob = srtp_new(&config);
    assert_non_null(pair.alice);
    assert_non_null(pair.bob);
    return pair;
}

static void pair_free(struct pair *pair)
{
    srtp_free(pair->alice);
    srtp_free(pair->bob);
}

struct wire {
    uint8_t bytes[256];
    size_t len;
};

static int protect(struct srtp *srtp, uint32_t ssrc, uint16_t seq, struct wire *out)
{
    /* One CSRC and a header extension of one word. */
    uint8_t header[24] = {0x91, 96};
    uint8_t payload[30];

    bytes_put_u16(header + 2, seq);
    bytes_put_u32(header + 8, ssrc);
    bytes_put_u32(header + 16, 0xbede0001);
    memset(payload, (uint8_t)seq, sizeof(payload));
    return srtp_protect_rtp(srtp, (struct span){header, sizeof(header)},
                            (struct span){payload, sizeof(payload)}, out->bytes, &out->len);
}

static int unprotect(struct srtp *srtp, const struct wire *packet)
{
    struct wire work = *packet;
    int result = srtp_unprotect_rtp(srtp, work.bytes, &work.len);

    if (result == 0) {
        assert_int_equal(work.len, 24 + 30);
        for (size_t i = 24; i < work.len; i++)
            assert_int_equal(work.bytes[i], (uint8_t)bytes_get_u16(packet->bytes + 2));
    }
    return result;
}

static void packets_go_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(profiles); i++) {
        struct pair pair = pair_new(profiles[i]);
        struct wire packet;

        for (uint16_t seq = 100; seq < 110; seq++) {
            assert_int_equal(protect(pair.alice, 1, seq, &packet), 0);
            assert_int_equal(unprotect(pair.bob, &packet), 0);
            assert_int_equal(protect(pair.bob, 1, seq, &packet), 0);
            assert_int_equal(unprotect(pair.alice, &packet), 0);
        }
        pair_free(&pair);
    }
}

static void a_wrap_survives_loss_and_reordering(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(profiles); i++) {
        struct pair pair = pair_new(profiles[i]);
        struct wire packets[16];

        for (uint16_t n = 0; n < 16; n++)
            assert_int_equal(protect(pair.alice, 1, (uint16_t)(65528 + n), &packets[n]), 0);
        assert_int_equal(unprotect(pair.bob, &packets[0]), 0);
        for (int n = 13; n > 0; n -= 2) /* the even ones and the last are lost */
            assert_int_equal(unprotect(pair.bob, &packets[n]), 0);
        /* A second lap: the rollover counter is 1 on both sides. */
        for (uint32_t n = 100; n < 65536 + 100; n += 200) {
            assert_int_equal(protect(pair.alice, 1, (uint16_t)n, &packets[0]), 0);
            assert_int_equal(unprotect(pair.bob, &packets[0]), 0);
        }
        pair_free(&pair);
    }
}

static void a_replayed_packet_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(profiles); i++) {
        struct pair pair = pair_new(profiles[i]);
        struct wire packets[600];

        for (uint16_t n = 0; n < 600; n++) {
            assert_int_equal(protect(pair.alice, 1, n, &packets[n]), 0);
            assert_int_equal(unprotect(pair.bob, &packets[n]), 0);
        }
        for (uint16_t n = 0; n < 600; n++)
            assert_int_equal(unprotect(pair.bob, &packets[n]), SRTP_ERROR_REPLAY);
        pair_free(&pair);
    }
}

static void what_is_not_authentic_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(profiles); i++) {
        struct pair pair = pair_new(profiles[i]);
        struct wire good, bad;

        assert_int_equal(protect(pair.alice, 1, 5, &good), 0);
        for (size_t bit = 8 * 2; bit < good.len * 8; bit++) {
            bad = good;
            bad.bytes[bit / 8] = (uint8_t)(bad.bytes[bit / 8] ^ (1u << (bit % 8)));
            assert_int_not_equal(unprotect(pair.bob, &bad), 0);
        }
        /* Far ahead, wrong tag: the window must not move. Five foreign SSRCs: no place is taken. */
        for (uint32_t n = 0; n < 5; n++) {
            bad = good;
            bytes_put_u16(bad.bytes + 2, 30000);
            bytes_put_u32(bad.bytes + 8, n);
            assert_int_equal(unprotect(pair.bob, &bad), SRTP_ERROR_TAG);
        }
        assert_int_equal(unprotect(pair.bob, &good), 0);
        pair_free(&pair);
    }
}

static void one_ssrc_too_many_is_refused(void **state)
{
    struct srtp_config config = {
        .profile = SRTP_PROFILE_GCM_128, .max_ssrcs_in = 2, .max_ssrcs_out = 3};
    struct srtp *srtp = srtp_new(&config);
    struct wire packet;

    (void)state;
    for (uint32_t ssrc = 0; ssrc < 3; ssrc++) {
        assert_int_equal(protect(srtp, ssrc, 1, &packet), 0);
        assert_int_equal(unprotect(srtp, &packet), ssrc < 2 ? 0 : SRTP_ERROR_FULL);
    }
    assert_int_equal(protect(srtp, 3, 1, &packet), SRTP_ERROR_FULL);
    srtp_free(srtp);
}

static void an_index_is_never_used_twice(void **state)
{
    struct pair pair = pair_new(SRTP_PROFILE_GCM_128);
    struct wire packet;

    (void)state;
    assert_int_equal(protect(pair.alice, 1, 500, &packet), 0);
    assert_int_equal(protect(pair.alice, 1, 502, &packet), 0);
    assert_int_equal(protect(pair.alice, 1, 501, &packet), 0); /* late, but never sent */
    assert_int_equal(protect(pair.alice, 1, 501, &packet), SRTP_ERROR_REPLAY);
    assert_int_equal(protect(pair.alice, 1, (uint16_t)(502 - REPLAY_WINDOW), &packet),
                     SRTP_ERROR_REPLAY);
    assert_int_equal(protect(pair.alice, 2, 501, &packet), 0);
    pair_free(&pair);
}

static void rtcp_goes_there_and_back_once(void **state)
{
    static const uint8_t report[] = {0x80, 201, 0, 1, 0, 0, 0, 9, 0x81, 202,
                                     0,    2,   0, 0, 0, 9, 1, 1, 'x',  0};

    (void)state;
    for (size_t i = 0; i < TEST_COUNT(profiles); i++) {
        struct pair pair = pair_new(profiles[i]);
        struct wire first, second, work;

        assert_int_equal(srtp_protect_rtcp(pair.alice, (struct span){report, sizeof(report)},
                                           first.bytes, &first.len),
                         0);
        assert_int_equal(srtp_protect_rtcp(pair.alice, (struct span){report, sizeof(report)},
                                           second.bytes, &second.len),
                         0);
        assert_memory_not_equal(first.bytes, second.bytes, first.len);
        work = second;
        assert_int_equal(srtp_unprotect_rtcp(pair.bob, work.bytes, &work.len), 0);
        assert_int_equal(work.len, sizeof(report));
        assert_memory_equal(work.bytes, report, sizeof(report));
        work = first;
        assert_int_equal(srtp_unprotect_rtcp(pair.bob, work.bytes, &work.len), 0);
        work = first;
        assert_int_equal(srtp_unprotect_rtcp(pair.bob, work.bytes, &work.len), SRTP_ERROR_REPLAY);
        for (size_t bit = 0; bit < second.len * 8; bit++) {
            work = second;
            work.bytes[bit / 8] = (uint8_t)(work.bytes[bit / 8] ^ (1u << (bit % 8)));
            assert_int_not_equal(srtp_unprotect_rtcp(pair.bob, work.bytes, &work.len), 0);
        }
        pair_free(&pair);
    }
}

static void short_and_lying_packets_are_malformed(void **state)
{
    struct pair pair = pair_new(SRTP_PROFILE_GCM_128);
    struct wire packet, work;

    (void)state;
    assert_int_equal(protect(pair.alice, 1, 5, &packet), 0);
    for (size_t len = 0; len < 24 + 16; len++) {
        work = packet;
        work.len = len;
        assert_int_equal(srtp_unprotect_rtp(pair.bob, work.bytes, &work.len), SRTP_ERROR_MALFORMED);
        work.len = len;
        assert_true(srtp_unprotect_rtcp(pair.bob, work.bytes, &work.len) < 0);
    }
    work = packet;
    bytes_put_u16(work.bytes + 18, 0xffff); /* an extension longer than the packet */
    assert_int_equal(srtp_unprotect_rtp(pair.bob, work.bytes, &work.len), SRTP_ERROR_MALFORMED);
    pair_free(&pair);
}

/* Master key, derivation and packet together, against another implementation's packets. */
static void packets_are_those_of_others(void **state)
{
    FILE *file = vector_open("srtp/masters.txt");
    struct vector_line line;
    int packets = 0;

    (void)state;
    assert_non_null(file);
    for (; vector_next(file, &line); packets++) {
        struct srtp_config config = {
            .profile = SRTP_PROFILE_CM_128_SHA1_80, .max_ssrcs_in = 1, .max_ssrcs_out = 1};
        struct wire plain, sealed;
        struct srtp *srtp;

        assert_int_equal(line.count, 5);
        (void)vector_hex(line.fields[1], config.remote.key, sizeof(config.remote.key));
        (void)vector_hex(line.fields[2], config.remote.salt, sizeof(config.remote.salt));
        plain.len = vector_hex(line.fields[3], plain.bytes, sizeof(plain.bytes));
        sealed.len = vector_hex(line.fields[4], sealed.bytes, sizeof(sealed.bytes));
        srtp = srtp_new(&config);
        assert_int_equal(strcmp(line.fields[0], "rtp") == 0
                             ? srtp_unprotect_rtp(srtp, sealed.bytes, &sealed.len)
                             : srtp_unprotect_rtcp(srtp, sealed.bytes, &sealed.len),
                         0);
        assert_int_equal(sealed.len, plain.len);
        assert_memory_equal(sealed.bytes, plain.bytes, plain.len);
        srtp_free(srtp);
    }
    (void)fclose(file);
    assert_int_equal(packets, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_go_there_and_back),
        cmocka_unit_test(a_wrap_survives_loss_and_reordering),
        cmocka_unit_test(a_replayed_packet_is_refused),
        cmocka_unit_test(what_is_not_authentic_changes_nothing),
        cmocka_unit_test(one_ssrc_too_many_is_refused),
        cmocka_unit_test(an_index_is_never_used_twice),
        cmocka_unit_test(rtcp_goes_there_and_back_once),
        cmocka_unit_test(short_and_lying_packets_are_malformed),
        cmocka_unit_test(packets_are_those_of_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
