/* wire/rtp_ext.h */
#include <string.h>

#include "wire/rtp_ext.h"
#include "test.h"

/* id 1 is kind 1 and so on, and id 200 is one more mid. */
static struct rtp_ext_ids all_ids(void)
{
    struct rtp_ext_ids ids = {{0}};

    for (uint8_t kind = 1; kind < RTP_EXT_KINDS; kind++)
        ids.kind_of_id[kind] = kind;
    ids.kind_of_id[200] = RTP_EXT_MID;
    return ids;
}

/* A packet that carries one extension, read. */
static struct rtp_ext_values read_one(uint8_t id, const void *value, uint8_t len)
{
    static uint8_t out[400];
    const struct rtp_header header = {.payload_type = 96};
    const struct rtp_extension extension = {.id = id, .len = len, .value = value};
    const struct rtp_ext_ids ids = all_ids();
    struct writer w = writer_of(out, sizeof out);
    struct rtp_ext_values values;
    struct rtp_packet p;

    assert_int_equal(rtp_write_header(&w, &header, &extension, 1), 0);
    assert_int_equal(rtp_parse(out, writer_len(&w), &p), 0);
    rtp_ext_read(&p, out, &ids, &values);
    return values;
}

static void uris_and_kinds_match_both_ways(void **state)
{
    (void)state;
    for (unsigned kind = 1; kind < RTP_EXT_KINDS; kind++) {
        const char *uri = rtp_ext_uri((enum rtp_ext_kind)kind);

        assert_non_null(uri);
        assert_int_equal(rtp_ext_kind_of_uri(uri, strlen(uri)), kind);
        assert_int_equal(rtp_ext_kind_of_uri(uri, strlen(uri) - 1), RTP_EXT_NONE);
    }
    assert_null(rtp_ext_uri(RTP_EXT_NONE));
    assert_int_equal(rtp_ext_kind_of_uri("", 0), RTP_EXT_NONE);
}

static void reads_texts(void **state)
{
    struct rtp_ext_values v = read_one(RTP_EXT_MID, "audio0", 6);

    (void)state;
    assert_int_equal(v.mid.len, 6);
    assert_memory_equal(v.mid.bytes, "audio0", 6);
    v = read_one(RTP_EXT_RID, "h", 1);
    assert_true(v.rid.len == 1 && v.rid.bytes[0] == 'h' && v.mid.len == 0);
    v = read_one(RTP_EXT_REPAIRED_RID, "lo", 2);
    assert_true(v.repaired_rid.len == 2 && v.rid.len == 0);
    v = read_one(200, "in-two-byte-form", 16);
    assert_int_equal(v.mid.len, 16);
}

static void texts_that_no_sdp_can_hold_are_absent(void **state)
{
    (void)state;
    assert_int_equal(read_one(RTP_EXT_MID, "a\nb", 3).mid.len, 0);
    assert_int_equal(read_one(RTP_EXT_MID, "a b", 3).mid.len, 0);
    assert_int_equal(read_one(RTP_EXT_RID, "\x80", 1).rid.len, 0);
    assert_int_equal(read_one(RTP_EXT_MID, "abcdefghijklmnopqrstuvwxyz012345", 32).mid.len, 0);
    assert_int_equal(read_one(RTP_EXT_MID, "abcdefghijklmnopqrstuvwxyz01234", 31).mid.len, 31);
}

static void reads_numbers(void **state)
{
    struct rtp_ext_values v = read_one(RTP_EXT_ABS_SEND_TIME, "\x01\x02\x03", 3);

    (void)state;
    assert_true(v.has_abs_send_time && v.abs_send_time == 0x010203);
    v = read_one(RTP_EXT_TRANSPORT_SEQ, "\xab\xcd", 2);
    assert_true(v.has_transport_seq && v.transport_seq == 0xabcd);
    v = read_one(RTP_EXT_TRANSPORT_SEQ, "\xab\xcd\x80\x01", 4);
    assert_true(v.has_transport_seq && v.transport_seq == 0xabcd);
    v = read_one(RTP_EXT_AUDIO_LEVEL, "\x9e", 1);
    assert_true(v.has_audio_level && v.voice && v.audio_level_dbov == 30);
    v = read_one(RTP_EXT_AUDIO_LEVEL, "\x7f", 1);
    assert_true(v.has_audio_level && !v.voice && v.audio_level_dbov == 127);
    v = read_one(RTP_EXT_VIDEO_ORIENTATION, "\x03", 1);
    assert_true(v.has_video_orientation && v.video_orientation == 3);
    v = read_one(RTP_EXT_PLAYOUT_DELAY, "\x00\xa0\x14", 3);
    assert_true(v.has_playout_delay && v.playout_min_ms == 100 && v.playout_max_ms == 200);
}

static void passes_opaque_values(void **state)
{
    (void)state;
    assert_int_equal(read_one(RTP_EXT_ABS_CAPTURE_TIME, "12345678", 8).abs_capture_time.len, 8);
    assert_int_equal(
        read_one(RTP_EXT_VIDEO_LAYERS_ALLOCATION, "123", 3).video_layers_allocation.len, 3);
    assert_int_equal(read_one(RTP_EXT_DEPENDENCY_DESCRIPTOR, "0123456789012345678901234", 25)
                         .dependency_descriptor.len,
                     25);
}

static void wrong_sizes_and_unknown_ids_are_absent(void **state)
{
    struct rtp_ext_values v = read_one(RTP_EXT_ABS_SEND_TIME, "\x01\x02", 2);
    struct rtp_ext_values nothing;

    (void)state;
    memset(&nothing, 0, sizeof nothing);
    assert_false(v.has_abs_send_time);
    assert_false(read_one(RTP_EXT_TRANSPORT_SEQ, "\x01", 1).has_transport_seq);
    assert_false(read_one(RTP_EXT_PLAYOUT_DELAY, "\x01", 1).has_playout_delay);
    assert_false(read_one(RTP_EXT_AUDIO_LEVEL, "", 0).has_audio_level);
    v = read_one(99, "x", 1);
    assert_memory_equal(&v, &nothing, sizeof v);
}

static void writers_and_reader_agree(void **state)
{
    uint8_t three[3], two[2], one[1];
    struct rtp_ext_values v;

    (void)state;
    /* 1 s is 1 << 18; 64 s later it is the same number. */
    rtp_ext_put_abs_send_time(three, 1000000);
    assert_int_equal(read_one(RTP_EXT_ABS_SEND_TIME, three, 3).abs_send_time, 1 << 18);
    rtp_ext_put_abs_send_time(three, 65000000);
    assert_int_equal(read_one(RTP_EXT_ABS_SEND_TIME, three, 3).abs_send_time, 1 << 18);
    rtp_ext_put_abs_send_time(three, UINT64_MAX);
    rtp_ext_put_transport_seq(two, 0xfffe);
    assert_int_equal(read_one(RTP_EXT_TRANSPORT_SEQ, two, 2).transport_seq, 0xfffe);
    rtp_ext_put_audio_level(one, 55, true);
    v = read_one(RTP_EXT_AUDIO_LEVEL, one, 1);
    assert_true(v.audio_level_dbov == 55 && v.voice);
    rtp_ext_put_playout_delay(three, 0, 60000);
    v = read_one(RTP_EXT_PLAYOUT_DELAY, three, 3);
    assert_true(v.playout_min_ms == 0 && v.playout_max_ms == 40950);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uris_and_kinds_match_both_ways),
        cmocka_unit_test(reads_texts),
        cmocka_unit_test(texts_that_no_sdp_can_hold_are_absent),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(passes_opaque_values),
        cmocka_unit_test(wrong_sizes_and_unknown_ids_are_absent),
        cmocka_unit_test(writers_and_reader_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
