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
    bytes[1] = IPC_ROOM_PARTS + 1;
    assert_int_equal(ipc_parse(bytes, sizeof bytes, &out), -1);
    bytes[1] = IPC_TIMELINE + 1;
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
    struct ipc_views in = {
        .audio_only = true,
        .views = {{7, 0, 0, 0, true, false}, {UINT64_MAX, 1, 1280, 720, false, true}},
        .count = 2};
    struct ipc_views out;
    uint8_t bytes[64];
    (void)state;
    long len = ipc_encode_views(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_views(bytes, (size_t)len, &out), 0);
    assert_true(out.audio_only && out.count == 2);
    assert_true(out.views[0].visible && !out.views[0].pinned && out.views[0].width == 0);
    assert_true(out.views[1].participant == UINT64_MAX && out.views[1].group == 1);
    assert_true(out.views[1].width == 1280 && out.views[1].height == 720);
    assert_true(!out.views[1].visible && out.views[1].pinned);
    REFUSES_PREFIXES(ipc_decode_views, bytes, (size_t)len, struct ipc_views);
    assert_int_equal(ipc_decode_views(bytes, (size_t)len + 1, &out), -1);
    in.views[0].width = IPC_MAX_PIXELS + 1;
    len = ipc_encode_views(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_views(bytes, (size_t)len, &out), -1);
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
    struct ipc_seats in = {.seats = {{9, 1, true, false, 0, 0}, {0, 0, false, true, 1, 3}},
                           .count = 2};
    struct ipc_seats out;
    uint8_t bytes[64];
    (void)state;
    long len = ipc_encode_seats(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_seats(bytes, (size_t)len, &out), 0);
    assert_int_equal(out.count, 2);
    assert_true(out.seats[0].participant == 9 && out.seats[0].group == 1);
    assert_true(out.seats[0].audio && !out.seats[0].video);
    assert_true(!out.seats[1].audio && out.seats[1].video && out.seats[1].problem == 1);
    assert_true(out.seats[0].paused == 0 && out.seats[1].paused == 3);
    REFUSES_PREFIXES(ipc_decode_seats, bytes, (size_t)len, struct ipc_seats);
    bytes[len - 1] = 4; /* a pause that there is not */
    assert_int_equal(ipc_decode_seats(bytes, (size_t)len, &out), -1);
    bytes[len - 1] = 3;
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

static void publishes_survive(void **state)
{
    struct ipc_publish in = {.sources = {{1, 5, 2}, {2, 0, 0}}, .count = 2};
    struct ipc_publish out;
    uint8_t bytes[64];
    (void)state;
    long len = ipc_encode_publish(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_publish(bytes, (size_t)len, &out), 0);
    assert_true(out.count == 2 && out.sources[0].source == 1);
    assert_true(out.sources[0].layers == 5 && out.sources[0].max_temporal == 2);
    assert_true(out.sources[1].source == 2 && out.sources[1].layers == 0);
    REFUSES_PREFIXES(ipc_decode_publish, bytes, (size_t)len, struct ipc_publish);
    in.sources[0].layers = 8; /* a fourth layer */
    len = ipc_encode_publish(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_publish(bytes, (size_t)len, &out), -1);
    in.count = IPC_SOURCES + 1;
    assert_int_equal(ipc_encode_publish(&in, bytes, sizeof bytes), -1);
}

static void qualities_survive(void **state)
{
    struct ipc_qualities in = {.participants = {{7, 2000, 1500, 900, 12, 1000, 80, 4, 0},
                                                {8, 0, UINT32_MAX, 0, 0, 0, 0, 0, 5}},
                               .count = 2};
    struct ipc_qualities out;
    uint8_t bytes[64];
    (void)state;
    long len = ipc_encode_qualities(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_qualities(bytes, (size_t)len, &out), 0);
    assert_int_equal(out.count, 2);
    assert_memory_equal(&out.participants[0], &in.participants[0], sizeof in.participants[0]);
    assert_true(out.participants[1].participant == 8 && out.participants[1].reason == 5);
    assert_true(out.participants[1].sent_kbps == UINT32_MAX);
    REFUSES_PREFIXES(ipc_decode_qualities, bytes, (size_t)len, struct ipc_qualities);
    bytes[len - 1] = 6; /* a reason that there is not */
    assert_int_equal(ipc_decode_qualities(bytes, (size_t)len, &out), -1);
    in.participants[0].up_loss_permille = 1001;
    len = ipc_encode_qualities(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_qualities(bytes, (size_t)len, &out), -1);
    in.count = IPC_MAX_QUALITIES + 1;
    assert_int_equal(ipc_encode_qualities(&in, bytes, sizeof bytes), -1);
}

static int decode_request(uint16_t max, struct ipc_timeline_request *out)
{
    struct ipc_timeline_request in = {.after = UINT64_MAX, .max = max};
    uint8_t bytes[16];
    long len = ipc_encode_timeline_request(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_timeline_request(bytes, (size_t)len - 1, out), -1);
    return ipc_decode_timeline_request(bytes, (size_t)len, out);
}

static void timeline_requests_survive(void **state)
{
    struct ipc_timeline_request out;
    (void)state;
    assert_int_equal(decode_request(IPC_MAX_TIMELINE, &out), 0);
    assert_true(out.after == UINT64_MAX && out.max == IPC_MAX_TIMELINE);
    assert_int_equal(decode_request(IPC_MAX_TIMELINE + 1, &out), -1);
    assert_int_equal(decode_request(0, &out), -1);
}

static void timelines_survive(void **state)
{
    static struct ipc_timeline in = {
        .more = true,
        .after = 2,
        .entries = {{3, UINT64_C(1700000000123), 7, 8, 1, "layer", "budget", 515, 257},
                    {4, 0, 0, 0, IPC_NO_SOURCE, "no_such_word_yet_known", "none", 0, UINT32_MAX}},
        .count = 2};
    static struct ipc_timeline out;
    uint8_t bytes[256];
    (void)state;
    long len = ipc_encode_timeline(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_timeline(bytes, (size_t)len, &out), 0);
    assert_true(out.more && out.after == 2 && out.count == 2);
    assert_true(out.entries[0].number == 3 && out.entries[0].at_ms == UINT64_C(1700000000123));
    assert_true(out.entries[0].participant == 7 && out.entries[0].about == 8);
    assert_true(out.entries[0].a == 515 && out.entries[0].b == 257);
    assert_string_equal(out.entries[1].what, "no_such_word_yet_known");
    REFUSES_PREFIXES(ipc_decode_timeline, bytes, (size_t)len, struct ipc_timeline);
    bytes[len - 1] = '"'; /* what no word holds */
    assert_int_equal(ipc_decode_timeline(bytes, (size_t)len, &out), -1);
    in.entries[0].source = IPC_SOURCES;
    len = ipc_encode_timeline(&in, bytes, sizeof bytes);
    assert_int_equal(ipc_decode_timeline(bytes, (size_t)len, &out), -1);
    in.count = IPC_MAX_TIMELINE + 1;
    assert_int_equal(ipc_encode_timeline(&in, bytes, sizeof bytes), -1);
}

/* The largest timeline fits into a message. */
static void a_full_timeline_fits(void **state)
{
    static struct ipc_timeline in, out;
    static uint8_t bytes[IPC_MAX_BYTES - IPC_HEADER_BYTES];
    (void)state;
    in.count = IPC_MAX_TIMELINE;
    for (size_t i = 0; i < in.count; i++) {
        in.entries[i].number = i + 1;
        memset(in.entries[i].what, 'w', IPC_MAX_WORD_BYTES);
        memset(in.entries[i].why, 'y', IPC_MAX_WORD_BYTES);
    }
    long len = ipc_encode_timeline(&in, bytes, sizeof bytes);
    assert_true(len > 0);
    assert_int_equal(ipc_decode_timeline(bytes, (size_t)len, &out), 0);
    assert_memory_equal(&out, &in, sizeof out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_survives),   cmocka_unit_test(bad_headers_are_refused),
        cmocka_unit_test(offers_survive),    cmocka_unit_test(bad_offers_are_refused),
        cmocka_unit_test(views_survive),     cmocka_unit_test(refusals_survive),
        cmocka_unit_test(seats_survive),     cmocka_unit_test(speakers_survive),
        cmocka_unit_test(counters_survive),  cmocka_unit_test(publishes_survive),
        cmocka_unit_test(qualities_survive), cmocka_unit_test(timeline_requests_survive),
        cmocka_unit_test(timelines_survive), cmocka_unit_test(a_full_timeline_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
