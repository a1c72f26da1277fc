/* ipc/codec.c */
#include <stdlib.h>
#include <string.h>

#include "ipc/ipc.h"
#include "test.h"

/* A decoder must refuse every strict prefix of what it takes, or take it as something valid; under
 * the sanitizers a read past the end is found, since each prefix has a block of its own. */
#define REFUSES_PREFIXES(decode, bytes, len, type)                                                 \
    for (size_t cut = 0; cut < (len); cut++) {                                                     \
        type refused;                                                                              \
        uint8_t *copy = malloc(cut + 1);                                                           \
        memcpy(copy + 1, bytes, cut);                                                              \
        assert_int_equal(decode(copy + 1, cut, &refused), -1);                                     \
        free(copy);                                                                                \
    }

static void header_survives(void **state)
{
    uint8_t bytes[IPC_HEADER_BYTES + 3];
    struct ipc_message in = {.type = IPC_ANSWER,
                             .flags = 0xabcd,
                             .request = 0x12345678,
                             .room = UINT64_C(0x0102030405060708),
                             .participant = UINT64_MAX,
                             .payload_len = 3};
    struct ipc_message out;
    (void)state;
    assert_int_equal(ipc_header_write(&in, bytes), 0);
    memcpy(bytes + IPC_HEADER_BYTES, "sdp", 3);
    assert_int_equal(ipc_parse(bytes, sizeof bytes, &out), 0);
    assert_int_equal(out.type, IPC_ANSWER);
    assert_int_equal(out.flags, 0xabcd);
    assert_int_equal(out.request, 0x12345678);
    assert_true(out.room == in.room && out.participant == in.participant);
    assert_int_equal(out.payload_len, 3);
    assert_memory_equal(out.payload, "sdp", 3);
}

static void bad_headers_are_refused(void **state)
{
    uint8_t bytes[IPC_HEADER_BYTES];
    struct ipc_message in = {.type = IPC_ROOM_OPEN};
    struct ipc_message out;
    (void)state;
    assert_int_equal(ipc_header_write(&in, bytes), 0);
    for (size_t len = 0; len < IPC_HEADER_BYTES; len++)
        assert_int_equal(ipc_parse(bytes, len, &out), -1);
    bytes[0] = IPC_VERSION + 1;
    assert_int_equal(ipc_parse(bytes, sizeof bytes, &out), -1);
    bytes[0] = IPC_VERSION;
    bytes[1] = 0;
    assert_int_equal(ipc_parse(bytes, sizeof bytes, &out), -1);
    bytes[1] = IPC_SHUTDOWN + 1;
    assert_int_equal(ipc_parse(bytes, sizeof bytes, &out), -1);
    bytes[1] = IPC_COUNTERS + 1;
    assert_int_equal(ipc_parse(bytes, sizeof bytes, &out), -1);
    in.payload_len = IPC_MAX_BYTES;
    assert_int_equal(ipc_header_write(&in, bytes), -1);
}

static void offers_survive(void **state)
{
    static const char sdp[] = "v=0\r\n";
    struct ipc_offer in = {.new_leg = true,
                           .sources = {{"0", 0}, {"audio-mid", 3}},
                           .source_count = 2,
                           .sdp = sdp,
                           .sdp_len = 5};
    struct ipc_offer out;
    uint8_t bytes[64];
    (void)state;
    long len = ipc_encode_offer(&in, bytes, sizeof bytes);
    assert_true(len > 0);
    assert_int_equal(ipc_decode_offer(bytes, (size_t)len, &out), 0);
    assert_true(out.new_leg);
    assert_int_equal(out.source_count, 2);
    assert_string_equal(out.sources[1].mid, "audio-mid");
    assert_int_equal(out.sources[1].source, 3);
    assert_int_equal(out.sdp_len, 5);
    assert_memory_equal(out.sdp, sdp, 5);
    REFUSES_PREFIXES(ipc_decode_offer, bytes, (size_t)len - 5, struct ipc_offer);
    assert_int_equal(ipc_encode_offer(&in, bytes, (size_t)len - 1), -1);
}

static void bad_offers_are_refused(void **state)
{
    static const uint8_t bad_flag[] = {2, 0, 0};
    static const uint8_t many_sources[] = {0, 0, 5, 0, 0, 1, 0, 2, 0, 3, 0, 3, 0};
    static const uint8_t bad_source[] = {0, 0, 1, 4, 1, 'a'};
    static const uint8_t nul_in_mid[] = {0, 0, 1, 0, 2, 'a', 0};
    uint8_t long_mid[5 + 32] = {0, 0, 1, 0, 32};
    struct ipc_offer out;
    (void)state;
    memset(long_mid + 5, 'm', 32);
    assert_int_equal(ipc_decode_offer(bad_flag, sizeof bad_flag, &out), -1);
    assert_int_equal(ipc_decode_offer(many_sources, sizeof many_sources, &out), -1);
    assert_int_equal(ipc_decode_offer(bad_source, sizeof bad_source, &out), -1);
    assert_int_equal(ipc_decode_offer(nul_in_mid, sizeof nul_in_mid, &out), -1);
    assert_int_equal(ipc_decode_offer(long_mid, sizeof long_mid, &out), -1);
}

static void views_survive(void **state)
{
    struct ipc_views in = {.views = {{7, 0}, {UINT64_MAX, 1}}, .count = 2};
    struct ipc_views out;
    uint8_t bytes[64];
    (void)state;
    long len = ipc_encode_views(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_views(bytes, (size_t)len, &out), 0);
    assert_int_equal(out.count, 2);
    assert_true(out.views[1].participant == UINT64_MAX && out.views[1].group == 1);
    REFUSES_PREFIXES(ipc_decode_views, bytes, (size_t)len, struct ipc_views);
    assert_int_equal(ipc_decode_views(bytes, (size_t)len + 1, &out), -1);
    in.count = IPC_MAX_VIEWS + 1;
    assert_int_equal(ipc_encode_views(&in, bytes, sizeof bytes), -1);
}

static void refusals_survive(void **state)
{
    struct ipc_refusal in = {"bad_sdp", "line 12: no colon"};
    struct ipc_refusal out;
    uint8_t bytes[300];
    (void)state;
    long len = ipc_encode_refusal(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_refusal(bytes, (size_t)len, &out), 0);
    assert_string_equal(out.code, in.code);
    assert_string_equal(out.text, in.text);
    REFUSES_PREFIXES(ipc_decode_refusal, bytes, (size_t)len, struct ipc_refusal);
    bytes[0] = 32; /* a code longer than its field */
    assert_int_equal(ipc_decode_refusal(bytes, sizeof bytes, &out), -1);
}

static void seats_survive(void **state)
{
    struct ipc_seats in = {.seats = {{9, 1, true, false, 0}, {0, 0, false, true, 1}}, .count = 2};
    struct ipc_seats out;
    uint8_t bytes[64];
    (void)state;
    long len = ipc_encode_seats(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_seats(bytes, (size_t)len, &out), 0);
    assert_int_equal(out.count, 2);
    assert_true(out.seats[0].participant == 9 && out.seats[0].group == 1);
    assert_true(out.seats[0].audio && !out.seats[0].video);
    assert_true(!out.seats[1].audio && out.seats[1].video && out.seats[1].problem == 1);
    REFUSES_PREFIXES(ipc_decode_seats, bytes, (size_t)len, struct ipc_seats);
    bytes[10] = 2; /* a group that there is not */
    assert_int_equal(ipc_decode_seats(bytes, (size_t)len, &out), -1);
}

static void speakers_survive(void **state)
{
    struct ipc_speakers in = {.dominant = 5, .speakers = {{5, 30}, {6, 127}}, .count = 2};
    struct ipc_speakers out;
    uint8_t bytes[64];
    (void)state;
    long len = ipc_encode_speakers(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_speakers(bytes, (size_t)len, &out), 0);
    assert_true(out.dominant == 5 && out.count == 2 && out.speakers[1].level_dbov == 127);
    REFUSES_PREFIXES(ipc_decode_speakers, bytes, (size_t)len, struct ipc_speakers);
    bytes[len - 1] = 128; /* quieter than silence (RFC 6464: 0..127) */
    assert_int_equal(ipc_decode_speakers(bytes, (size_t)len, &out), -1);
}

static void counters_survive(void **state)
{
    struct ipc_counters in = {.values = {1, 2, UINT64_MAX}, .count = 3};
    struct ipc_counters out;
    uint8_t bytes[64];
    (void)state;
    long len = ipc_encode_counters(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_counters(bytes, (size_t)len, &out), 0);
    assert_true(out.count == 3 && out.values[2] == UINT64_MAX);
    REFUSES_PREFIXES(ipc_decode_counters, bytes, (size_t)len, struct ipc_counters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_survives),  cmocka_unit_test(bad_headers_are_refused),
        cmocka_unit_test(offers_survive),   cmocka_unit_test(bad_offers_are_refused),
        cmocka_unit_test(views_survive),    cmocka_unit_test(refusals_survive),
        cmocka_unit_test(seats_survive),    cmocka_unit_test(speakers_survive),
        cmocka_unit_test(counters_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
