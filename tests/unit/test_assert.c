/* base/assert.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "test.h"

static const char *seen_condition;
static int seen_line;
static jmp_buf after;

/* Leaves before abort() gets its turn. */
static void jump_out(const char *file, int line, const char *condition)
{
    assert_non_null(strstr(file, "test_assert.c"));
    seen_condition = condition;
    seen_line = line;
    longjmp(after, 1);
}

static void calls_hook_with_place_and_condition(void **state)
{
    volatile int line = 0;
    int one = 1;

    (void)state;
    assert_set_hook(jump_out);
    if (setjmp(after) == 0) {
        line = __LINE__ + 1;
        PARLEY_ASSERT(one == 2);
        fail();
    }
    assert_string_equal(seen_condition, "one == 2");
    assert_int_equal(seen_line, line);
    assert_set_hook(NULL);
}

static void says_nothing_when_true(void **state)
{
    (void)state;
    seen_condition = NULL;
    assert_set_hook(jump_out);
    if (setjmp(after) == 0)
        PARLEY_ASSERT(1 + 1 == 2);
    assert_null(seen_condition);
    assert_set_hook(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_hook_with_place_and_condition),
        cmocka_unit_test(says_nothing_when_true),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
