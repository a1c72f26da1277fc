/* What happens when an assertion fails. */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

static void print_failure(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
}

static assert_hook *failure_hook = print_failure;

void assert_set_hook(assert_hook *hook)
{
    failure_hook = hook != NULL ? hook : print_failure;
}

_Noreturn void assert_fail(const char *file, int line, const char *condition)
{
    assert_hook *hook = failure_hook;

    /* A hook that asserts itself must not recurse. */
    failure_hook = print_failure;
    hook(file, line, condition);
    abort();
}
