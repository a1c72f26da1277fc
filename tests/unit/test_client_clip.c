#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "client/client_clip.h"
#include "client/client_source.h"

#define FILE_BYTES (512u * 1024u)

struct file {
    uint8_t *bytes;
    size_t len;
};

static void put_u32_le(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static int begin(void **state)
{
    struct file *file = calloc(1, sizeof *file);

    assert_non_null(file);
    file->bytes = calloc(1, FILE_BYTES);
    assert_non_null(file->bytes);
    memcpy(file->bytes, "DKIF\0\0\x20\0VP80\x40\x01\xb4\0", 16);
    file->len = 32;
    *state = file;
    return 0;
}

static int end(void **state)
{
    struct file *file = *state;

    free(file->bytes);
    free(file);
    return 0;
}

/* Its first byte says whether it is a key frame, as VP8's does. */
static void add(struct file *file, bool key, size_t len, uint8_t content)
{
    uint8_t *at = file->bytes + file->len;

    put_u32_le(at, (uint32_t)len);
    memset(at + 12, content, len);
    at[12] = key ? 0x10 : 0x11;
    file->len += 12 + len;
}

static void add_group(struct file *file)
{
    add(file, true, 3000, 1);
    for (uint8_t i = 2; i <= 8; i++)
        add(file, false, 900, i);
}

static void a_file_is_indexed(void **state)
{
    struct file *file = *state;
    struct client_clip clip;

    add_group(file);
    add_group(file);
    assert_int_equal(client_clip_init(&clip, file->bytes, file->len), 0);
    assert_int_equal(clip.count, 16);
    assert_true(clip.video);
    assert_int_equal(clip.width, 320);
    assert_int_equal(clip.height, 180);
    assert_int_equal(client_clip_next_key(&clip, 0), 0);
    assert_int_equal(client_clip_next_key(&clip, 1), 8);
    assert_int_equal(client_clip_next_key(&clip, 9), 0);
    assert_int_equal(client_clip_next_key(&clip, 16), 0);
    client_clip_fini(&clip);
}

static void what_is_no_such_file_is_refused(void **state)
{
    struct file *file = *state;
    struct client_clip clip;

    assert_int_equal(client_clip_init(&clip, file->bytes, file->len), -1); /* no frame */
    add(file, false, 100, 1);
    assert_int_equal(client_clip_init(&clip, file->bytes, file->len), -1); /* none to begin with */
    file->len = 32;
    add(file, true, 300000, 1);
    assert_int_equal(client_clip_init(&clip, file->bytes, file->len), -1); /* too large */
    file->len = 32;
    add(file, true, 100, 1);
    for (size_t len = 0; len < file->len; len++)
        assert_int_equal(client_clip_init(&clip, file->bytes, len), -1);
    file->bytes[8] = 'A';
    assert_int_equal(client_clip_init(&clip, file->bytes, file->len), -1);
}

/* Sends a frame; whether each packet holds its part of it, after a descriptor with the temporal
 * layer. */
static struct client_tag send(struct client_source *source, uint8_t content)
{
    uint8_t payload[CLIENT_PAYLOAD_BYTES];
    unsigned pieces = client_source_frame(source);
    size_t total = 0;

    for (unsigned piece = 0; piece < pieces; piece++) {
        const struct client_sent *sent = client_source_next(source, piece, pieces);
        size_t len = client_source_payload(source, sent, payload);

        assert_true(len > CLIENT_DESCRIPTOR_BYTES && len <= CLIENT_PAYLOAD_BYTES);
        assert_int_equal((payload[0] & 0x10) != 0, piece == 0);
        assert_int_equal(payload[5] >> 6, source->tag.temporal);
        assert_int_equal(payload[len - 1], content);
        assert_int_equal(sent->marker, piece + 1 == pieces);
        total += len - CLIENT_DESCRIPTOR_BYTES;
    }
    assert_int_equal(total, content == 1 ? 3000 : 900);
    return source->tag;
}

static void a_source_sends_it(void **state)
{
    static const uint8_t temporal[] = {0, 2, 1, 2, 0, 2, 1, 2};
    struct file *file = *state;
    struct client_source *source = calloc(1, sizeof *source);
    struct client_clip clip;
    struct rng rng;

    assert_non_null(source);
    add_group(file);
    add_group(file);
    assert_int_equal(client_clip_init(&clip, file->bytes, file->len), 0);
    rng_init(&rng, 1, 2);
    *source = (struct client_source){
        .video = true, .clip = &clip, .temporal_layers = 3, .timestamp_step = 3000, .clip_next = 3};
    client_source_init(source, &rng);
    for (unsigned round = 0; round < 3; round++) {
        for (uint8_t i = 0; i < 8; i++) {
            struct client_tag tag = send(source, (uint8_t)(i + 1));

            assert_int_equal(tag.key, i == 0);
            assert_int_equal(tag.temporal, temporal[i]);
        }
    }
    assert_false(send(source, 1).temporal);
    (void)send(source, 2);
    source->key_wanted = true;
    assert_true(send(source, 1).key);
    assert_int_equal(source->key_frames, 5);
    client_clip_fini(&clip);
    free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_indexed, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_such_file_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_source_sends_it, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
