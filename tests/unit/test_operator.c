/* ipc/operator.c */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/operator.h"
#include "test.h"

/* Longer than a socket's address may be. */
#define LONG_NAME                                                                                  \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"

static void states_are_written_and_read(void **state)
{
    static const struct operator_state some = {true, 2, 5}, most = {false, 1024, 4096};
    struct operator_state read;
    char text[OPERATOR_TEXT_BYTES];
    (void)state;
    operator_format(&some, text);
    assert_string_equal(text, "draining=1 rooms=2 participants=5");
    assert_true(operator_parse(text, &read));
    assert_true(read.draining);
    assert_int_equal(read.rooms, 2);
    assert_int_equal(read.participants, 5);
    operator_format(&most, text);
    assert_true(operator_parse(text, &read));
    assert_false(read.draining);
    assert_int_equal(read.rooms, 1024);
    assert_int_equal(read.participants, 4096);
    /* of a later release */
    assert_true(operator_parse("draining=1 rooms=2 participants=5 recordings=1", &read));
}

static void what_is_no_state_is_not_read(void **state)
{
    static const char *const texts[] = {"", "draining", "draining=1 rooms=2",
                                        "draining=x rooms=2 participants=5", "rooms=2"};
    struct operator_state read;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(operator_parse(texts[i], &read));
}

static void a_socket_is_the_owners_alone_and_replaces_a_former_one(void **state)
{
    char folder[] = "/tmp/parley-operator-XXXXXX", deep[200], path[256], byte = 0;
    struct stat status;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(deep, sizeof deep, "%s/%s", folder, LONG_NAME);
    assert_int_equal(mkdir(deep, 0700), 0);
    assert_int_equal(operator_connect(deep), -1);
    assert_int_equal(errno, ENOENT);
    int former = operator_listen(deep);
    assert_true(former >= 0);
    close(former);
    assert_int_equal(operator_connect(deep), -1);
    assert_int_equal(errno, ECONNREFUSED);
    int listener = operator_listen(deep);
    assert_true(listener >= 0);
    snprintf(path, sizeof path, "%s/parley.sock", deep);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    int asker = operator_connect(deep);
    assert_true(asker >= 0);
    int answerer = accept(listener, NULL, NULL);
    assert_true(answerer >= 0);
    assert_int_equal(send(asker, "x", 1, 0), 1);
    assert_int_equal(recv(answerer, &byte, 1, 0), 1);
    assert_int_equal(byte, 'x');
    close(asker);
    close(answerer);
    close(listener);
    assert_int_equal(operator_listen("/nowhere"), -1);
    unlink(path);
    rmdir(deep);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_written_and_read),
        cmocka_unit_test(what_is_no_state_is_not_read),
        cmocka_unit_test(a_socket_is_the_owners_alone_and_replaces_a_former_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
