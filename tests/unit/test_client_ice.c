/* The controlling agent against the lite one. */
#include "test.h"

#include <string.h>

#include "client/client_ice.h"
#include "engine/ice.h"

struct pair {
    struct client_ice client;
    struct ice server;
    struct rng rng;
    struct net_path path;
    uint8_t response[256];
    size_t response_len;
};

static struct pair pair_new(void)
{
    struct pair pair = {
        .path = {.remote = {.ip = {192, 0, 2, 1}, .port = 4000, .family = NET_IPV4}}};

    rng_init(&pair.rng, 1, 1);
    client_ice_init(&pair.client, &pair.rng);
    ice_init(&pair.server, &pair.rng);
    ice_start(&pair.server, 0, pair.client.ufrag);
    strcpy(pair.client.remote_ufrag, pair.server.now.ufrag);
    strcpy(pair.client.remote_pwd, pair.server.now.pwd);
    client_ice_start(&pair.client, 0);
    return pair;
}

static bool check(struct pair *pair, uint64_t now_us)
{
    uint8_t bytes[512];
    struct writer writer = writer_of(bytes, sizeof(bytes));
    struct writer response = writer_of(pair->response, sizeof(pair->response));

    if (!client_ice_tick(&pair->client, now_us, &pair->rng, &writer))
        return false;
    assert_int_equal(ice_receive(&pair->server, now_us, &pair->path,
                                 (struct span){bytes, writer_len(&writer)}, &response),
                     ICE_CHECKED);
    pair->response_len = writer_len(&response);
    return true;
}

static void a_check_nominates_and_its_answer_is_taken(void **state)
{
    struct pair pair = pair_new();

    (void)state;
    assert_true(check(&pair, 0));
    assert_non_null(ice_selected(&pair.server));
    assert_int_equal(pair.server.nominations, 1);
    assert_true(client_ice_receive(&pair.client, (struct span){pair.response, pair.response_len}));
    assert_true(net_address_equal(&pair.client.mapped, &pair.path.remote));
}

static void an_answer_may_take_longer_than_the_next_check(void **state)
{
    struct pair pair = pair_new();
    uint8_t late[256];
    size_t late_len;

    (void)state;
    assert_true(check(&pair, 0));
    late_len = pair.response_len;
    memcpy(late, pair.response, late_len);
    assert_false(check(&pair, 49999));
    assert_true(check(&pair, 50000));
    assert_true(client_ice_receive(&pair.client, (struct span){late, late_len}));
}

static void a_forged_answer_is_not_taken(void **state)
{
    struct pair pair = pair_new();

    (void)state;
    assert_true(check(&pair, 0));
    strcpy(pair.client.remote_pwd, "another password, quite long");
    assert_false(client_ice_receive(&pair.client, (struct span){pair.response, pair.response_len}));
    assert_false(pair.client.checked);
}

static void checks_keep_consent_fresh(void **state)
{
    struct pair pair = pair_new();

    (void)state;
    for (uint64_t now_us = 0; now_us < 60000000; now_us += 100000) {
        if (check(&pair, now_us))
            (void)client_ice_receive(&pair.client, (struct span){pair.response, pair.response_len});
        ice_tick(&pair.server, now_us);
        assert_non_null(ice_selected(&pair.server));
    }
    assert_in_range(pair.client.sent, 20, 30);
}

/* A server that is no lite agent, or whose library forgets that it is: its checks are a second
 * client's here. */
static bool respond(struct client_ice *server, const struct client_ice *client)
{
    const struct net_address from = {.ip = {192, 0, 2, 9}, .port = 9, .family = NET_IPV4};
    uint8_t bytes[512], answer[256];
    struct writer writer = writer_of(bytes, sizeof(bytes));
    struct writer response = writer_of(answer, sizeof(answer));
    struct rng rng;

    rng_init(&rng, 2, 2);
    server->next_us = 0;
    assert_true(client_ice_tick(server, 0, &rng, &writer));
    if (!client_ice_respond(client, (struct span){bytes, writer_len(&writer)}, &from, &response)) {
        assert_int_equal(writer_len(&response), 0);
        return false;
    }
    assert_true(client_ice_receive(server, (struct span){answer, writer_len(&response)}));
    return net_address_equal(&server->mapped, &from);
}

static void checks_of_the_server_are_answered_by_our_names_only(void **state)
{
    struct pair pair = pair_new();
    struct client_ice server;

    (void)state;
    client_ice_init(&server, &pair.rng);
    strcpy(server.remote_ufrag, pair.client.ufrag);
    strcpy(server.remote_pwd, pair.client.pwd);
    assert_true(respond(&server, &pair.client));
    server.remote_pwd[0] ^= 1;
    assert_false(respond(&server, &pair.client));
    server.remote_pwd[0] ^= 1;
    server.remote_ufrag[0] ^= 1;
    assert_false(respond(&server, &pair.client));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_nominates_and_its_answer_is_taken),
        cmocka_unit_test(an_answer_may_take_longer_than_the_next_check),
        cmocka_unit_test(a_forged_answer_is_not_taken),
        cmocka_unit_test(checks_keep_consent_fresh),
        cmocka_unit_test(checks_of_the_server_are_answered_by_our_names_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
