#include "test.h"

#include <string.h>

#include "base/rng.h"
#include "engine/ice.h"
#include "wire/stun.h"

#define START_US 5000000u

struct peer {
    struct ice ice;
    struct rng rng;
    uint64_t now_us;
    uint8_t response[256];
    size_t response_len;
};

struct check {
    const char *username; /* NULL: the right one */
    const char *pwd;      /* NULL: the right one */
    bool use_candidate;
    uint8_t role;
    bool no_integrity;
};

static struct peer peer_new(void)
{
    struct peer peer = {.now_us = START_US};

    rng_init(&peer.rng, 1, 2);
    ice_init(&peer.ice, &peer.rng);
    ice_start(&peer.ice, peer.now_us, "them");
    return peer;
}

static struct net_path path_of(uint8_t host)
{
    struct net_path path = {.remote = {.ip = {192, 0, 2, host}, .port = 5000, .family = NET_IPV4}};

    return path;
}

static size_t write_check(const struct peer *peer, const struct check *check, uint8_t *out,
                          size_t size)
{
    static const uint8_t transaction[STUN_TRANSACTION_BYTES] = {1, 2, 3};
    const char *pwd = check->pwd != NULL ? check->pwd : peer->ice.now.pwd;
    struct writer writer = writer_of(out, size);
    struct stun_check fields = {.transaction = transaction,
                                .priority = 1,
                                .use_candidate = check->use_candidate,
                                .role = check->role != 0 ? check->role : STUN_CONTROLLING,
                                .tie_breaker = 7};
    char username[64];

    strcpy(username, peer->ice.now.ufrag);
    strcat(username, ":them");
    if (check->username != NULL)
        strcpy(username, check->username);
    fields.username = (struct span){(const uint8_t *)username, strlen(username)};
    assert_int_equal(stun_write_check(&writer, &fields,
                                      (struct span){(const uint8_t *)pwd,
                                                    check->no_integrity ? 0 : strlen(pwd)}),
                     0);
    return writer_len(&writer);
}

static enum ice_result receive(struct peer *peer, const struct net_path *path, const uint8_t *bytes,
                               size_t len)
{
    struct writer response = writer_of(peer->response, sizeof(peer->response));
    enum ice_result result =
        ice_receive(&peer->ice, peer->now_us, path, (struct span){bytes, len}, &response);

    peer->response_len = writer_len(&response);
    return result;
}

static enum ice_result check_from(struct peer *peer, uint8_t host, const struct check *check)
{
    struct net_path path = path_of(host);
    uint8_t bytes[256];
    size_t len = write_check(peer, check, bytes, sizeof(bytes));

    return receive(peer, &path, bytes, len);
}

static const struct check plain = {0};
static const struct check nominating = {.use_candidate = true};

static void assert_selected(const struct peer *peer, uint8_t host)
{
    struct net_path path = path_of(host);

    assert_non_null(ice_selected(&peer->ice));
    assert_true(net_path_equal(ice_selected(&peer->ice), &path));
}

static void a_check_is_answered_with_its_address(void **state)
{
    struct peer peer = peer_new();
    struct net_path path = path_of(9);
    struct stun_message answer;

    (void)state;
    assert_null(ice_selected(&peer.ice));
    assert_false(ice_is_checked(&peer.ice, &path));
    assert_int_equal(check_from(&peer, 9, &plain), ICE_CHECKED);
    assert_int_equal(stun_parse(peer.response, peer.response_len, &answer), 0);
    assert_int_equal(answer.class, STUN_SUCCESS);
    assert_true(net_address_equal(&answer.mapped, &path.remote));
    assert_true(stun_integrity_ok(&answer,
                                  (struct span){(const uint8_t *)peer.ice.now.pwd, ICE_PWD_CHARS}));
    assert_true(ice_is_checked(&peer.ice, &path));
    assert_selected(&peer, 9);
}

static void refuses(const struct check *check, uint16_t code)
{
    struct peer peer = peer_new();
    struct net_path path = path_of(9);
    struct stun_message answer;

    assert_int_equal(check_from(&peer, 9, check), ICE_REFUSED);
    assert_int_equal(stun_parse(peer.response, peer.response_len, &answer), 0);
    assert_int_equal(answer.class, STUN_FAILURE);
    assert_int_equal(answer.error_code, code);
    assert_false(ice_is_checked(&peer.ice, &path));
    assert_null(ice_selected(&peer.ice));
}

static void wrong_checks_are_refused(void **state)
{
    (void)state;
    refuses(&(struct check){.pwd = "not the password at all!"}, 401);
    refuses(&(struct check){.username = "someone:them"}, 401);
    refuses(&(struct check){.username = "nonsense"}, 401);
    refuses(&(struct check){.no_integrity = true}, 400);
    refuses(&(struct check){.role = STUN_CONTROLLED}, 487);
}

static void a_foreign_sender_is_refused(void **state)
{
    struct peer peer = peer_new();
    char username[32];

    (void)state;
    strcpy(username, peer.ice.now.ufrag);
    strcat(username, ":other");
    assert_int_equal(check_from(&peer, 9, &(struct check){.username = username}), ICE_REFUSED);
}

static void what_is_no_check_is_ignored(void **state)
{
    struct peer peer = peer_new();
    struct net_path path = path_of(9);
    uint8_t bytes[256];
    size_t len = write_check(&peer, &plain, bytes, sizeof(bytes));

    (void)state;
    for (size_t short_len = 0; short_len < len; short_len++)
        assert_int_equal(receive(&peer, &path, bytes, short_len), ICE_IGNORED);
    bytes[len - 1] ^= 1; /* FINGERPRINT */
    assert_int_equal(receive(&peer, &path, bytes, len), ICE_IGNORED);
    assert_int_equal(check_from(&peer, 9, &plain), ICE_CHECKED);
    /* Our own response, sent back to us. */
    assert_int_equal(receive(&peer, &path, peer.response, peer.response_len), ICE_IGNORED);
}

static void the_first_path_serves_until_one_is_nominated(void **state)
{
    struct peer peer = peer_new();

    (void)state;
    (void)check_from(&peer, 1, &plain);
    (void)check_from(&peer, 2, &plain);
    assert_selected(&peer, 1);
    (void)check_from(&peer, 2, &nominating);
    assert_selected(&peer, 2);
    (void)check_from(&peer, 1, &plain);
    assert_selected(&peer, 2);
}

static void a_new_address_takes_over_at_once(void **state)
{
    struct peer peer = peer_new();

    (void)state;
    (void)check_from(&peer, 1, &nominating);
    (void)check_from(&peer, 2, &nominating);
    assert_selected(&peer, 2);
}

static void going_back_takes_two_checks(void **state)
{
    struct peer peer = peer_new();

    (void)state;
    (void)check_from(&peer, 1, &nominating);
    (void)check_from(&peer, 2, &nominating);
    (void)check_from(&peer, 1, &nominating);
    (void)check_from(&peer, 1, &nominating);
    assert_selected(&peer, 1);
}

static void aggressive_nomination_does_not_flap(void **state)
{
    struct peer peer = peer_new();

    (void)state;
    for (uint8_t host = 1; host <= 3; host++)
        (void)check_from(&peer, host, &nominating);
    for (int round = 0; round < 20; round++)
        for (uint8_t host = 1; host <= 3; host++) {
            (void)check_from(&peer, host, &nominating);
            assert_selected(&peer, 3);
        }
}

static void paths_are_limited_and_the_selected_one_stays(void **state)
{
    struct peer peer = peer_new();
    struct net_path path = path_of(1);

    (void)state;
    (void)check_from(&peer, 1, &nominating);
    for (uint8_t host = 2; host < 40; host++) {
        peer.now_us += 1000;
        assert_int_equal(check_from(&peer, host, &plain), ICE_CHECKED);
        assert_selected(&peer, 1);
    }
    assert_int_equal(peer.ice.path_count, LIMIT_ICE_PATHS);
    assert_true(ice_is_checked(&peer.ice, &path));
    path = path_of(2);
    assert_false(ice_is_checked(&peer.ice, &path));
}

static void silence_ends_sending_and_then_the_session(void **state)
{
    struct peer peer = peer_new();

    (void)state;
    (void)check_from(&peer, 1, &nominating);
    peer.now_us += ICE_SILENT_US - 1;
    assert_int_equal(ice_wake_at(&peer.ice), START_US + ICE_SILENT_US);
    ice_tick(&peer.ice, peer.now_us);
    assert_non_null(ice_selected(&peer.ice));
    peer.now_us++;
    ice_tick(&peer.ice, peer.now_us);
    assert_null(ice_selected(&peer.ice));
    assert_false(ice_has_failed(&peer.ice, peer.now_us));
    assert_int_equal(ice_wake_at(&peer.ice), START_US + ICE_FAILED_US);
    assert_true(ice_has_failed(&peer.ice, START_US + ICE_FAILED_US));
}

static void a_silent_path_gives_way_to_a_live_one(void **state)
{
    struct peer peer = peer_new();

    (void)state;
    (void)check_from(&peer, 1, &nominating);
    peer.now_us += ICE_SILENT_US;
    (void)check_from(&peer, 2, &plain);
    ice_tick(&peer.ice, peer.now_us);
    assert_selected(&peer, 2);
}

static void a_restart_keeps_the_old_path_until_the_new_one_works(void **state)
{
    struct peer peer = peer_new();
    struct net_path path = path_of(1);
    uint8_t old_check[256];
    size_t old_len = write_check(&peer, &nominating, old_check, sizeof(old_check));
    struct ice_session old = peer.ice.now;

    (void)state;
    assert_int_equal(receive(&peer, &path, old_check, old_len), ICE_CHECKED);
    ice_restart(&peer.ice, peer.now_us, &peer.rng, "them");
    assert_string_not_equal(peer.ice.now.ufrag, old.ufrag);
    assert_selected(&peer, 1);
    assert_int_equal(receive(&peer, &path, old_check, old_len), ICE_CHECKED);
    assert_int_equal(check_from(&peer, 2, &plain), ICE_CHECKED);
    assert_selected(&peer, 2);
    assert_false(ice_is_checked(&peer.ice, &path));
    assert_int_equal(receive(&peer, &path, old_check, old_len), ICE_REFUSED);
}

static void a_closed_connection_is_no_path(void **state)
{
    struct peer peer = peer_new();
    struct net_path tcp = path_of(1);
    uint8_t bytes[256];
    size_t len = write_check(&peer, &nominating, bytes, sizeof(bytes));

    (void)state;
    tcp.proto = NET_TCP;
    tcp.connection = 77;
    (void)check_from(&peer, 2, &plain);
    assert_int_equal(receive(&peer, &tcp, bytes, len), ICE_CHECKED);
    assert_true(net_path_equal(ice_selected(&peer.ice), &tcp));
    ice_connection_closed(&peer.ice, 76);
    assert_true(ice_is_checked(&peer.ice, &tcp));
    ice_connection_closed(&peer.ice, 77);
    assert_false(ice_is_checked(&peer.ice, &tcp));
    assert_selected(&peer, 2);
}

static void the_ufrag_is_found_for_routing(void **state)
{
    struct peer peer = peer_new();
    uint8_t bytes[256];
    size_t len = write_check(&peer, &plain, bytes, sizeof(bytes));
    struct span ufrag;

    (void)state;
    assert_true(ice_ufrag_of((struct span){bytes, len}, &ufrag));
    assert_int_equal(ufrag.len, ICE_UFRAG_CHARS);
    assert_memory_equal(ufrag.bytes, peer.ice.now.ufrag, ICE_UFRAG_CHARS);
    assert_false(ice_ufrag_of((struct span){bytes, len - 1}, &ufrag));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_is_answered_with_its_address),
        cmocka_unit_test(wrong_checks_are_refused),
        cmocka_unit_test(a_foreign_sender_is_refused),
        cmocka_unit_test(what_is_no_check_is_ignored),
        cmocka_unit_test(the_first_path_serves_until_one_is_nominated),
        cmocka_unit_test(a_new_address_takes_over_at_once),
        cmocka_unit_test(going_back_takes_two_checks),
        cmocka_unit_test(aggressive_nomination_does_not_flap),
        cmocka_unit_test(paths_are_limited_and_the_selected_one_stays),
        cmocka_unit_test(silence_ends_sending_and_then_the_session),
        cmocka_unit_test(a_silent_path_gives_way_to_a_live_one),
        cmocka_unit_test(a_restart_keeps_the_old_path_until_the_new_one_works),
        cmocka_unit_test(a_closed_connection_is_no_path),
        cmocka_unit_test(the_ufrag_is_found_for_routing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
