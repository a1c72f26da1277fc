/* control/rights.c. The whole table, against a running server, is tests/control/access.test.mjs. */
#include "control/rights.h"

#include "test.h"

static bool allows(enum role role, enum message_type type)
{
    const struct message message = {.type = type};
    return rights_allow(role, &message);
}

static void test_hosts_may_do_everything(void **state)
{
    (void)state;
    for (int type = 0; type < MESSAGE_TYPES; type++)
        assert_true(allows(ROLE_HOST, (enum message_type)type));
}

static void test_what_is_for_hosts_alone(void **state)
{
    (void)state;
    static const enum message_type types[] = {MESSAGE_MUTE, MESSAGE_REMOVE, MESSAGE_LOCK,
                                              MESSAGE_END, MESSAGE_ADMIT};
    for (size_t i = 0; i < TEST_COUNT(types); i++) {
        assert_false(allows(ROLE_PARTICIPANT, types[i]));
        assert_false(allows(ROLE_VIEWER, types[i]));
    }
}

static void test_viewers_publish_nothing(void **state)
{
    (void)state;
    struct message offer = {.type = MESSAGE_OFFER};
    struct message sources = {.type = MESSAGE_SOURCES_ENABLED};
    assert_true(rights_allow(ROLE_VIEWER, &offer)); /* seats alone */
    assert_true(rights_allow(ROLE_VIEWER, &sources));
    offer.offer.source_count = 1;
    sources.sources.enabled = 8;
    assert_false(rights_allow(ROLE_VIEWER, &offer));
    assert_false(rights_allow(ROLE_VIEWER, &sources));
    assert_false(allows(ROLE_VIEWER, MESSAGE_DESCRIPTION));
    assert_true(rights_allow(ROLE_PARTICIPANT, &offer));
    assert_true(rights_allow(ROLE_PARTICIPANT, &sources));
}

static void test_names_of_roles(void **state)
{
    (void)state;
    for (int i = 0; i < ROLES; i++) {
        enum role role = ROLES;
        assert_int_equal(rights_parse_role(rights_role_name((enum role)i), &role), 0);
        assert_int_equal(role, i);
    }
    enum role untouched = ROLE_VIEWER;
    assert_int_equal(rights_parse_role("Host", &untouched), -1);
    assert_int_equal(rights_parse_role("", &untouched), -1);
    assert_int_equal(rights_parse_role(NULL, &untouched), -1);
    assert_int_equal(untouched, ROLE_VIEWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts_may_do_everything),
        cmocka_unit_test(test_what_is_for_hosts_alone),
        cmocka_unit_test(test_viewers_publish_nothing),
        cmocka_unit_test(test_names_of_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
