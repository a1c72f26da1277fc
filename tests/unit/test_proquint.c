/* control/proquint.c */
#include "control/proquint.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

/* The examples of arXiv:0901.4016: 127.0.0.1 is lusab-babad, 63.84.220.193 is gutih-tugad. */
static void test_the_papers_examples(void **state)
{
    (void)state;
    char text[PROQUINT_TEXT_BYTES];
    uint64_t id = 0;
    assert_string_equal(proquint_format(0x7f0000013f54dcc1u, text), "lusab-babad-gutih-tugad");
    assert_int_equal(proquint_parse(text, strlen(text), &id), 0);
    assert_true(id == 0x7f0000013f54dcc1u);
}

static void test_every_bit_comes_back(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        char text[PROQUINT_TEXT_BYTES];
        uint64_t id = 0;
        proquint_format(UINT64_C(1) << bit, text);
        assert_int_equal(strlen(text), PROQUINT_TEXT_LEN);
        assert_int_equal(proquint_parse(text, PROQUINT_TEXT_LEN, &id), 0);
        assert_true(id == UINT64_C(1) << bit);
    }
}

static void test_what_is_no_room_id(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "lusab-babad-gutih",
        "lusab-babad-gutih-tugad-babab",
        "lusab-babad-gutih-tuga",
        "LUSAB-babad-gutih-tugad",
        "lusab babad gutih tugad",
        "lusab-babad-gutih-tuge-",
        "lusab-babad-gutih-tugac",
        "ausab-babad-gutih-tugad",
        "lusab-babad-gutih-tugad\n",
    };
    for (size_t i = 0; i < TEST_COUNT(bad); i++) {
        uint64_t id = 7;
        assert_int_equal(proquint_parse(bad[i], strlen(bad[i]), &id), -1);
        assert_true(id == 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_papers_examples),
        cmocka_unit_test(test_every_bit_comes_back),
        cmocka_unit_test(test_what_is_no_room_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
