#include "test.h"

#include <stdio.h>
#include <string.h>

#include "engine/demux.h"
#include "wire/stun.h"

static struct net_path path_of(uint16_t port)
{
    return (struct net_path){.remote = {.ip = {203, 0, 113, 5}, .port = port, .family = NET_IPV4}};
}

static size_t make_check(const char *username, uint8_t *bytes, size_t size)
{
    static const uint8_t transaction[STUN_TRANSACTION_BYTES] = {9};
    struct writer writer = writer_of(bytes, size);
    const struct stun_check check = {
        .transaction = transaction,
        .username = {(const uint8_t *)username, strlen(username)},
        .role = STUN_CONTROLLING,
    };
    assert_int_equal(stun_write_check(&writer, &check, (struct span){(const uint8_t *)"k", 1}), 0);
    return writer_len(&writer);
}

static uint64_t find_check(const struct demux *demux, const char *username)
{
    uint8_t bytes[512];
    const size_t len = make_check(username, bytes, sizeof bytes);
    const struct net_path path = path_of(1);
    return demux_find(demux, &path, bytes, len);
}

static void checks_go_by_our_ufrag(void **state)
{
    struct demux demux;

    (void)state;
    assert_int_equal(demux_init(&demux, 8, 1234), 0);
    const uint64_t key = demux_add_ufrag(&demux, "abcdEFGH", 77);
    assert_true(key != 0);
    assert_true(find_check(&demux, "abcdEFGH:theirs") == 77);
    assert_true(find_check(&demux, "abcdEFG:theirs") == 0);
    assert_true(find_check(&demux, "theirs:abcdEFGH") == 0);
    assert_true(find_check(&demux, "abcdEFGH") == 0);
    /* Somebody else's removal does nothing. */
    demux_remove_ufrag(&demux, key, 78);
    assert_true(find_check(&demux, "abcdEFGH:x") == 77);
    demux_remove_ufrag(&demux, key, 77);
    assert_true(find_check(&demux, "abcdEFGH:x") == 0);
    demux_remove_ufrag(&demux, 0, 77);
    demux_fini(&demux);
}

static void media_goes_by_its_path(void **state)
{
    struct demux demux;
    const struct net_path path = path_of(4000), other = path_of(4001);
    const uint8_t rtp[12] = {0x80, 96}, rtcp[8] = {0x80, 200, 0, 1}, dtls[20] = {22},
                  junk[4] = {99};

    (void)state;
    assert_int_equal(demux_init(&demux, 8, 1), 0);
    const uint64_t key = demux_add_path(&demux, &path, 5);
    assert_true(demux_find(&demux, &path, rtp, sizeof rtp) == 5);
    assert_true(demux_find(&demux, &path, rtcp, sizeof rtcp) == 5);
    assert_true(demux_find(&demux, &path, dtls, sizeof dtls) == 5);
    assert_true(demux_find(&demux, &path, junk, sizeof junk) == 0);
    assert_true(demux_find(&demux, &path, rtp, 0) == 0);
    assert_true(demux_find(&demux, &other, rtp, sizeof rtp) == 0);
    /* The address moves to who proved to be there. */
    assert_true(demux_add_path(&demux, &path, 6) == key);
    demux_remove_path(&demux, key, 5);
    assert_true(demux_find(&demux, &path, rtp, sizeof rtp) == 6);
    demux_fini(&demux);
}

static void a_full_table_says_so(void **state)
{
    struct demux demux;
    char ufrag[16];

    (void)state;
    assert_int_equal(demux_init(&demux, 1, 1), 0);
    for (unsigned i = 0; i < 2; i++) {
        (void)snprintf(ufrag, sizeof ufrag, "ufrag%u", i);
        assert_true(demux_add_ufrag(&demux, ufrag, 1) != 0);
    }
    assert_true(demux_add_ufrag(&demux, "onemore", 1) == 0);
    demux_fini(&demux);
    demux_fini(&demux);
}

static void stun_that_is_no_request_belongs_to_nobody(void **state)
{
    struct demux demux;
    uint8_t bytes[512];

    (void)state;
    assert_int_equal(demux_init(&demux, 8, 1), 0);
    assert_true(demux_add_ufrag(&demux, "ours", 3) != 0);
    const size_t len = make_check("ours:theirs", bytes, sizeof bytes);
    const struct net_path path = path_of(1);
    assert_true(demux_find(&demux, &path, bytes, len) == 3);
    assert_true(demux_find(&demux, &path, bytes, len - 1) == 0);
    bytes[0] = 1; /* a success response */
    assert_true(demux_find(&demux, &path, bytes, len) == 0);
    demux_fini(&demux);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_go_by_our_ufrag),
        cmocka_unit_test(media_goes_by_its_path),
        cmocka_unit_test(a_full_table_says_so),
        cmocka_unit_test(stun_that_is_no_request_belongs_to_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
