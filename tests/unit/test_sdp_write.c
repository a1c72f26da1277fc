#include "test.h"

#include <string.h>

#include "wire/sdp_write.h"

static char text[256];
static struct sdp_writer writer;

static void start(size_t size)
{
    memset(text, '#', sizeof text);
    sdp_writer_init(&writer, text, size);
}

static void test_what_fits_exactly_is_written(void **state)
{
    (void)state;
    start(5);
    sdp_write(&writer, "%s", "1234");
    assert_int_equal(sdp_writer_len(&writer), 4);
    assert_string_equal(text, "1234");
}

static void test_too_much_is_remembered_and_cut_off(void **state)
{
    (void)state;
    start(5);
    sdp_write(&writer, "ab");
    sdp_write(&writer, "cde");
    assert_int_equal(sdp_writer_len(&writer), -1);
    assert_string_equal(text, "ab");
    sdp_write(&writer, "f");
    assert_string_equal(text, "ab");
    assert_int_equal(text[5], '#');
}

static void test_writes_the_session(void **state)
{
    (void)state;
    start(sizeof text);
    sdp_write_session(&writer, 7, 2);
    assert_string_equal(text, "v=0\r\no=- 7 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
}

static void test_writes_a_fingerprint(void **state)
{
    const uint8_t bytes[32] = {0x0a, 0xff};
    (void)state;
    start(sizeof text);
    sdp_write_fingerprint(&writer, bytes);
    assert_true(strncmp(text, "a=fingerprint:sha-256 0A:FF:00:", 31) == 0);
    assert_int_equal(sdp_writer_len(&writer), 22 + 95 + 2);
}

static void test_priorities_follow_rfc_8445(void **state)
{
    (void)state;
    assert_int_equal(sdp_host_priority(false, 0), 126u << 24 | 65535u << 8 | 255);
    assert_int_equal(sdp_host_priority(true, 0), 90u << 24 | ((4u << 13) + 8191) << 8 | 255);
    assert_true(sdp_host_priority(false, 0) > sdp_host_priority(false, 1));
    assert_true(sdp_host_priority(true, 0) > sdp_host_priority(true, 8191));
    assert_int_equal(sdp_host_priority(true, 8191), sdp_host_priority(true, SIZE_MAX));
    assert_true(sdp_host_priority(false, SIZE_MAX) > sdp_host_priority(true, 0));
}

static void test_writes_host_candidates(void **state)
{
    const struct sdp_host udp = {"2001:db8::1", 7882, false}, tcp = {"192.0.2.1", 443, true};
    (void)state;
    start(sizeof text);
    sdp_write_host(&writer, &udp, 0);
    assert_string_equal(text, "a=candidate:1 1 udp 2130706431 2001:db8::1 7882 typ host\r\n");
    start(sizeof text);
    sdp_write_host(&writer, &tcp, 1);
    assert_string_equal(
        text, "a=candidate:2 1 tcp 1520434943 192.0.2.1 443 typ host tcptype passive\r\n");
}

static void test_names_directions(void **state)
{
    (void)state;
    assert_string_equal(sdp_direction_name(SDP_INACTIVE), "inactive");
    assert_string_equal(sdp_direction_name(SDP_SENDONLY), "sendonly");
    assert_string_equal(sdp_direction_name(SDP_RECVONLY), "recvonly");
    assert_string_equal(sdp_direction_name(SDP_SENDRECV), "sendrecv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_fits_exactly_is_written),
        cmocka_unit_test(test_too_much_is_remembered_and_cut_off),
        cmocka_unit_test(test_writes_the_session),
        cmocka_unit_test(test_writes_a_fingerprint),
        cmocka_unit_test(test_priorities_follow_rfc_8445),
        cmocka_unit_test(test_writes_host_candidates),
        cmocka_unit_test(test_names_directions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
