/* control/pass.c */
#include "control/pass.h"

#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "control/token.h"
#include "test.h"

static const char key[] = "0123456789abcdef0123456789abcdef";
static const char other_key[] = "0123456789abcdef0123456789abcdeX";
static const struct pass pass = {
    .room = 0x7f0000013f54dcc1u, .name = "Ad\xc3\xa9 \"L\"", .role = ROLE_HOST, .expires_s = 1000};

static void test_a_pass_comes_back(void **state)
{
    (void)state;
    struct pass got = {0};
    char *text = pass_sign(key, &pass);
    assert_non_null(text);
    assert_int_equal(pass_verify(key, text, 999, &got), 0);
    assert_memory_equal(&got, &pass, sizeof got);
    assert_int_equal(pass_verify(key, text, 1000, &got), TOKEN_EXPIRED);
    assert_int_equal(pass_verify(other_key, text, 1, &got), TOKEN_BAD_SIGNATURE);
    assert_int_equal(pass_verify("", text, 1, &got), TOKEN_BAD_SIGNATURE);
    free(text);
}

/* With one claim left out or changed; value NULL: left out. */
static int verify_with(const char *claim, const char *value, jwt_alg_t algorithm)
{
    static const char *const claims[][2] = {{"aud", PASS_AUDIENCE},
                                            {"room", "lusab-babad-gutih-tugad"},
                                            {"sub", "Ada"},
                                            {"role", "viewer"}};
    struct pass got;
    jwt_t *jwt = NULL;
    assert_int_equal(jwt_new(&jwt), 0);
    for (size_t i = 0; i < TEST_COUNT(claims); i++) {
        const char *said = strcmp(claims[i][0], claim) == 0 ? value : claims[i][1];
        if (said != NULL)
            assert_int_equal(jwt_add_grant(jwt, claims[i][0], said), 0);
    }
    if (strcmp(claim, "exp") != 0)
        assert_int_equal(jwt_add_grant_int(jwt, "exp", 1000), 0);
    if (algorithm != JWT_ALG_NONE)
        assert_int_equal(jwt_set_alg(jwt, algorithm, (const unsigned char *)key, (int)strlen(key)),
                         0);
    char *text = jwt_encode_str(jwt);
    jwt_free(jwt);
    int result = pass_verify(key, text, 1, &got);
    free(text);
    return result;
}

static void test_every_claim_is_needed_and_checked(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"aud", NULL}, {"aud", "parley"},     {"room", NULL}, {"room", "lusab"}, {"sub", NULL},
        {"sub", ""},   {"sub", "two\nlines"}, {"role", NULL}, {"role", "boss"},  {"exp", NULL},
    };
    char long_name[66];
    memset(long_name, 'x', 65);
    long_name[65] = '\0';
    assert_int_equal(verify_with("", NULL, JWT_ALG_HS256), 0);
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_int_equal(verify_with(bad[i][0], bad[i][1], JWT_ALG_HS256), TOKEN_BAD_CLAIMS);
    assert_int_equal(verify_with("sub", long_name, JWT_ALG_HS256), TOKEN_BAD_CLAIMS);
}

static void test_only_hs256(void **state)
{
    (void)state;
    static const jwt_alg_t algorithms[] = {JWT_ALG_NONE, JWT_ALG_HS384, JWT_ALG_HS512};
    for (size_t i = 0; i < TEST_COUNT(algorithms); i++)
        assert_int_equal(verify_with("", NULL, algorithms[i]), TOKEN_BAD_ALGORITHM);
}

static void test_what_is_no_pass(void **state)
{
    (void)state;
    static const char *const bad[] = {"", ".", "..", "x.y.z", "e30.e30.", "bnVsbA.bnVsbA.bnVsbA"};
    struct pass got;
    for (size_t i = 0; i < TEST_COUNT(bad); i++)
        assert_true(pass_verify(key, bad[i], 1, &got) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pass_comes_back),
        cmocka_unit_test(test_every_claim_is_needed_and_checked),
        cmocka_unit_test(test_only_hs256),
        cmocka_unit_test(test_what_is_no_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
