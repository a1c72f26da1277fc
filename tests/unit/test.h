/* What every unit test includes: cmocka with the headers it needs before it. */
#ifndef PARLEY_TESTS_UNIT_TEST_H
#define PARLEY_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define TEST_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
