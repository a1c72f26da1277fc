/* control/token.c */
#include "control/token.h"

#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

static const uint8_t key[TOKEN_KEY_BYTES] = {1, 2, 3};
static const uint8_t other_key[TOKEN_KEY_BYTES] = {1, 2, 4};
static const struct token token = {
    .room = 0x7f0000013f54dcc1u, .participant = 42, .role = ROLE_VIEWER, .expires_s = 1000};

static void test_a_token_comes_back(void **state)
{
    (void)state;
    struct token got = {0};
    char *text = token_sign(key, &token);
    assert_non_null(text);
    assert_int_equal(token_verify(key, text, 999, &got), 0);
    assert_memory_equal(&got, &token, sizeof got);
    free(text);
}

static void test_a_name_comes_back(void **state)
{
    (void)state;
    struct token got = {0};
    struct token wanted = token;
    strcpy(wanted.name, "Ad\xc3\xa9 \"L\"");
    char *text = token_sign(key, &wanted);
    assert_int_equal(token_verify(key, text, 999, &got), 0);
    assert_string_equal(got.name, wanted.name);
    free(text);
}

static void test_every_role_comes_back(void **state)
{
    (void)state;
    for (int role = 0; role < ROLES; role++) {
        struct token got = {0};
        struct token wanted = token;
        wanted.role = (enum role)role;
        char *text = token_sign(key, &wanted);
        assert_int_equal(token_verify(key, text, 999, &got), 0);
        assert_int_equal(got.role, role);
        free(text);
    }
}

static void test_an_expired_token_still_names_its_room(void **state)
{
    (void)state;
    struct token got = {0};
    char *text = token_sign(key, &token);
    assert_int_equal(token_verify(key, text, 1000, &got), TOKEN_EXPIRED);
    assert_true(got.room == token.room);
    free(text);
}

static void test_another_key_and_a_changed_token(void **state)
{
    (void)state;
    struct token got;
    char *text = token_sign(key, &token);
    assert_int_equal(token_verify(other_key, text, 1, &got), TOKEN_BAD_SIGNATURE);
    char *claims = strchr(text, '.') + 10;
    *claims = *claims == 'A' ? 'B' : 'A';
    assert_true(token_verify(key, text, 1, &got) < 0);
    free(text);
}

/* A token with the given algorithm and claims, by the library that an attacker may have too. */
static char *forge_role(jwt_alg_t algorithm, const char *audience, const char *room,
                        const char *subject, const char *role)
{
    jwt_t *jwt = NULL;
    assert_int_equal(jwt_new(&jwt), 0);
    if (audience != NULL)
        assert_int_equal(jwt_add_grant(jwt, "aud", audience), 0);
    if (room != NULL)
        assert_int_equal(jwt_add_grant(jwt, "room", room), 0);
    assert_int_equal(jwt_add_grant(jwt, "sub", subject), 0);
    if (role != NULL)
        assert_int_equal(jwt_add_grant(jwt, "role", role), 0);
    assert_int_equal(jwt_add_grant_int(jwt, "exp", 1000), 0);
    if (algorithm != JWT_ALG_NONE)
        assert_int_equal(jwt_set_alg(jwt, algorithm, key, sizeof key), 0);
    char *text = jwt_encode_str(jwt);
    jwt_free(jwt);
    return text;
}

static char *forge(jwt_alg_t algorithm, const char *audience, const char *room, const char *subject)
{
    return forge_role(algorithm, audience, room, subject, "host");
}

static void test_only_hs256(void **state)
{
    (void)state;
    static const jwt_alg_t algorithms[] = {JWT_ALG_NONE, JWT_ALG_HS384, JWT_ALG_HS512};
    struct token got;
    for (size_t i = 0; i < TEST_COUNT(algorithms); i++) {
        char *text = forge(algorithms[i], "parley", "lusab-babad-gutih-tugad", "000000000000002a");
        assert_int_equal(token_verify(key, text, 1, &got), TOKEN_BAD_ALGORITHM);
        free(text);
    }
}

static void test_claims_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *audience, *room, *subject;
        int result;
    } cases[] = {
        {"parley", "lusab-babad-gutih-tugad", "000000000000002a", 0},
        {"other", "lusab-babad-gutih-tugad", "000000000000002a", TOKEN_BAD_CLAIMS},
        {NULL, "lusab-babad-gutih-tugad", "000000000000002a", TOKEN_BAD_CLAIMS},
        {"parley", NULL, "000000000000002a", TOKEN_BAD_CLAIMS},
        {"parley", "lusab", "000000000000002a", TOKEN_BAD_CLAIMS},
        {"parley", "lusab-babad-gutih-tugad", "0000000000000000", TOKEN_BAD_CLAIMS},
        {"parley", "lusab-babad-gutih-tugad", "2a", TOKEN_BAD_CLAIMS},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct token got;
        char *text = forge(JWT_ALG_HS256, cases[i].audience, cases[i].room, cases[i].subject);
        assert_int_equal(token_verify(key, text, 1, &got), cases[i].result);
        free(text);
    }
}

static void test_a_role_is_known_or_none(void **state)
{
    (void)state;
    static const struct {
        const char *role;
        int result;
        enum role expected;
    } cases[] = {
        {"host", 0, ROLE_HOST},
        {NULL, 0, ROLE_PARTICIPANT}, /* made before there were roles */
        {"", TOKEN_BAD_CLAIMS, ROLE_PARTICIPANT},
        {"owner", TOKEN_BAD_CLAIMS, ROLE_PARTICIPANT},
    };
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct token got = {.role = ROLE_VIEWER};
        char *text = forge_role(JWT_ALG_HS256, "parley", "lusab-babad-gutih-tugad",
                                "000000000000002a", cases[i].role);
        assert_int_equal(token_verify(key, text, 1, &got), cases[i].result);
        if (cases[i].result == 0)
            assert_int_equal(got.role, cases[i].expected);
        free(text);
    }
}

static void test_what_is_no_token(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        ".",
        "..",
        "...",
        "x.y.z",
        "eyJhbGciOiJub25lIn0.e30.",
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9",
        "e30.e30.",
        "bnVsbA.bnVsbA.bnVsbA",
        "{\"alg\":\"HS256\"}.{}.x",
    };
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        struct token got;
        assert_true(token_verify(key, bad[i], 1, &got) < 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_comes_back),
        cmocka_unit_test(test_a_name_comes_back),
        cmocka_unit_test(test_every_role_comes_back),
        cmocka_unit_test(test_an_expired_token_still_names_its_room),
        cmocka_unit_test(test_another_key_and_a_changed_token),
        cmocka_unit_test(test_only_hs256),
        cmocka_unit_test(test_claims_are_checked),
        cmocka_unit_test(test_a_role_is_known_or_none),
        cmocka_unit_test(test_what_is_no_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
