/* Assertions that stay on in release: our own bugs stop the process at once, under a supervisor
 * that starts it again. Never for what a peer or the environment can cause. */
#ifndef PARLEY_BASE_ASSERT_H
#define PARLEY_BASE_ASSERT_H

#define PARLEY_ASSERT(condition)                                                                   \
    ((condition) ? (void)0 : assert_fail(__FILE__, __LINE__, #condition))

/* Called once with the failed assertion, before abort(); may print and dump state. Returning from
 * it is allowed and still ends in abort(). */
typedef void assert_hook(const char *file, int line, const char *condition);

/* NULL: the default, which prints to standard error. */
void assert_set_hook(assert_hook *hook);

_Noreturn void assert_fail(const char *file, int line, const char *condition);

#endif
