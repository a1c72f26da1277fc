#include "test.h"

#include "client/client_key_frame.h"

/* RFC 7741 4.2: S set, partition 0; RFC 6386 9.1: the frame tag's lowest bit is 0 in key frames. */
static const uint8_t key[] = {0x10, 0x00, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00};
static const uint8_t delta[] = {0x10, 0x01, 0, 0};
static const uint8_t rest[] = {0x00, 0x55, 0x55};

#define KEY   ((struct span){key, sizeof(key)})
#define DELTA ((struct span){delta, sizeof(delta)})
#define REST  ((struct span){rest, sizeof(rest)})

static void take(struct client_key_frame *frame, uint64_t now_us, uint16_t seq, uint32_t timestamp,
                 bool marker, struct span payload)
{
    struct rtp_packet packet = {.seq = seq, .timestamp = timestamp, .marker = marker};

    client_key_frame_take(frame, now_us, 1, &packet, payload);
}

static void a_key_frame_is_whole_with_its_last_packet(void **state)
{
    struct client_key_frame frame = {0};

    (void)state;
    take(&frame, 10, 65534, 3000, true, DELTA);
    take(&frame, 20, 65535, 6000, false, KEY);
    take(&frame, 30, 0, 6000, false, REST);
    assert_int_equal(frame.whole_us, 0);
    take(&frame, 40, 1, 6000, true, REST);
    assert_int_equal(frame.whole_us, 40);
    take(&frame, 50, 2, 9000, true, KEY);
    assert_int_equal(frame.whole_us, 40);
}

static void what_is_missing_is_waited_for(void **state)
{
    struct client_key_frame frame = {0};

    (void)state;
    take(&frame, 10, 5, 3000, false, KEY);
    take(&frame, 20, 7, 3000, true, REST);
    take(&frame, 30, 8, 6000, true, DELTA);
    assert_int_equal(frame.whole_us, 0);
    take(&frame, 40, 6, 3000, false, REST);
    assert_int_equal(frame.whole_us, 40);
}

static void another_begins_anew(void **state)
{
    struct client_key_frame frame = {0};
    struct rtp_packet other = {.seq = 6, .timestamp = 3000, .marker = true};

    (void)state;
    take(&frame, 10, 5, 3000, false, KEY);
    client_key_frame_take(&frame, 20, 3, &other, REST); /* of another seat */
    take(&frame, 30, 4, 3000, true, REST);              /* before it */
    take(&frame, 40, 9, 6000, true, KEY);
    assert_int_equal(frame.whole_us, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_frame_is_whole_with_its_last_packet),
        cmocka_unit_test(what_is_missing_is_waited_for),
        cmocka_unit_test(another_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
