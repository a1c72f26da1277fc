#include "test.h"

#include <string.h>

#include "client/client_source.h"
#include "wire/vp8.h"

static struct client_source source_new(bool video)
{
    struct client_source source = {.video = video,
                                   .owner = 3,
                                   .frame_bytes = 2500,
                                   .timestamp_step = 3000,
                                   .layer = 1,
                                   .height = 360};
    struct rng rng;

    rng_init(&rng, 2, 2);
    client_source_init(&source, &rng);
    return source;
}

static void frames_are_vp8_that_others_can_read(void **state)
{
    struct client_source source = source_new(true);
    uint8_t bytes[CLIENT_PAYLOAD_BYTES];
    uint16_t picture_id = source.picture_id;

    (void)state;
    for (int i = 0; i < 3; i++) {
        unsigned pieces = client_source_frame(&source);

        assert_int_equal(pieces, i == 0 ? 10 : 3); /* a key frame is four times as large */
        for (unsigned piece = 0; piece < pieces; piece++) {
            const struct client_sent *sent = client_source_next(&source, piece, pieces);
            size_t len = client_source_payload(&source, sent, bytes);
            struct vp8_payload vp8;
            struct client_tag tag;

            assert_int_equal(vp8_parse(bytes, len, &vp8), 0);
            assert_int_equal(vp8.frame_start, piece == 0);
            assert_int_equal(vp8.key_frame, piece == 0 && i == 0);
            assert_int_equal(vp8.picture_id, (picture_id + 1 + i) & 0x7fff);
            if (vp8.key_frame)
                assert_int_equal(vp8.width, 640);
            assert_true(client_tag_read(bytes, len, &tag));
            assert_int_equal(tag.owner, 3);
            assert_int_equal(tag.frame, i + 1);
            assert_int_equal(tag.piece, piece);
            assert_int_equal(tag.pieces, pieces);
            assert_int_equal(sent->marker, piece + 1 == pieces);
        }
    }
}

static void what_was_sent_can_be_made_again(void **state)
{
    struct client_source source = source_new(false);
    uint8_t first[CLIENT_PAYLOAD_BYTES], again[CLIENT_PAYLOAD_BYTES];
    uint16_t seq = source.seq;
    size_t len;

    (void)state;
    (void)client_source_frame(&source);
    len = client_source_payload(&source, client_source_next(&source, 0, 1), first);
    for (unsigned i = 1; i < CLIENT_HISTORY; i++) {
        (void)client_source_frame(&source);
        (void)client_source_next(&source, 0, 1);
    }
    assert_int_equal(client_source_payload(&source, client_source_find(&source, seq), again), len);
    assert_memory_equal(first, again, len);
    (void)client_source_frame(&source);
    (void)client_source_next(&source, 0, 1);
    assert_null(client_source_find(&source, seq));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_vp8_that_others_can_read),
        cmocka_unit_test(what_was_sent_can_be_made_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
