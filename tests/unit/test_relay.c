/* control/relay.c */
#include "control/relay.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

enum { ADA = 1, BEN = 2 };

static enum message_code offer(struct relay *relay, uint64_t from, uint64_t to, uint32_t epoch)
{
    return relay_description(relay, from, to, false, epoch);
}

static enum message_code answer(struct relay *relay, uint64_t from, uint64_t to, uint32_t epoch)
{
    return relay_description(relay, from, to, true, epoch);
}

static void test_an_answer_needs_an_offer(void **state)
{
    (void)state;
    struct relay relay = {0};
    assert_int_equal(answer(&relay, ADA, BEN, 1), CODE_UNEXPECTED_ANSWER);
    assert_int_equal(offer(&relay, BEN, ADA, 1), CODE_NONE);
    assert_int_equal(answer(&relay, BEN, ADA, 1), CODE_UNEXPECTED_ANSWER); /* its own offer */
    assert_int_equal(answer(&relay, ADA, BEN, 1), CODE_NONE);
    assert_int_equal(answer(&relay, ADA, BEN, 1), CODE_UNEXPECTED_ANSWER); /* only once */
}

static void test_glare(void **state)
{
    (void)state;
    struct relay relay = {0};
    assert_int_equal(offer(&relay, ADA, BEN, 1), CODE_NONE);
    assert_int_equal(offer(&relay, BEN, ADA, 1), CODE_NONE);
    assert_int_equal(answer(&relay, BEN, ADA, 1), CODE_NONE);              /* the polite one */
    assert_int_equal(answer(&relay, ADA, BEN, 1), CODE_UNEXPECTED_ANSWER); /* was rolled back */
    assert_int_equal(offer(&relay, BEN, ADA, 1), CODE_NONE);               /* and comes again */
    assert_int_equal(answer(&relay, ADA, BEN, 1), CODE_NONE);
}

static void test_offers_of_another_epoch_are_forgotten(void **state)
{
    (void)state;
    struct relay relay = {0};
    assert_int_equal(offer(&relay, ADA, BEN, 1), CODE_NONE);
    assert_int_equal(answer(&relay, BEN, ADA, 2), CODE_UNEXPECTED_ANSWER);
    assert_int_equal(offer(&relay, ADA, BEN, 2), CODE_NONE);
    assert_int_equal(offer(&relay, ADA, BEN, 2), CODE_NONE); /* a new try */
    assert_int_equal(answer(&relay, BEN, ADA, 2), CODE_NONE);
}

static bool is_special(const char *address)
{
    char line[128];
    int len =
        snprintf(line, sizeof line, "candidate:1 1 udp 2122260223 %s 50000 typ host", address);
    return relay_candidate_is_special(line, (size_t)len);
}

static void test_candidates_at_special_addresses(void **state)
{
    (void)state;
    static const char *const special[] = {
        "127.0.0.1", "10.0.0.1",  "192.168.1.1", "172.31.255.255",   "169.254.1.1",
        "0.0.0.0",   "224.0.0.1", "100.64.0.1",  "255.255.255.255",  "::1",
        "::",        "fe80::1",   "fc00::1",     "::ffff:127.0.0.1", "ff02::1",
        "",          "127.1",     "0x7f.1",      "localhost",        "evil.local.example",
        ".local",    "[::1]",
    };
    for (size_t i = 0; i < TEST_COUNT(special); i++)
        assert_true(is_special(special[i]));
    assert_false(is_special("8.8.8.8"));
    assert_false(is_special("2606:4700::1111"));
    assert_false(is_special("3d5cd9a1-17c7-4d36-b0f1-7a5ea8e34a8e.local"));
}

static void test_lines_that_are_no_candidate(void **state)
{
    (void)state;
    static const char *const bad[] = {"candidate", "candidate:1 1 udp 1", "candidate:1 1 udp 1 ",
                                      "a b c d  e"};
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_true(relay_candidate_is_special(bad[i], strlen(bad[i])));
    assert_false(relay_candidate_is_special("", 0)); /* end of candidates */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_needs_an_offer),
        cmocka_unit_test(test_glare),
        cmocka_unit_test(test_offers_of_another_epoch_are_forgotten),
        cmocka_unit_test(test_candidates_at_special_addresses),
        cmocka_unit_test(test_lines_that_are_no_candidate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
