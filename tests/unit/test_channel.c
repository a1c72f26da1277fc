/* ipc/channel.c and ipc/gift.c, over real socket pairs */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/ipc.h"
#include "test.h"

static void make_pair(int pair[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
}

static void messages_arrive_in_order(void **state)
{
    int pair[2];
    (void)state;
    make_pair(pair);
    struct ipc_channel *a = ipc_channel_new(pair[0]), *b = ipc_channel_new(pair[1]);
    struct ipc_message message = {.type = IPC_ROOM_OPEN, .room = 1};
    struct ipc_message got;
    assert_int_equal(ipc_receive(b, &got), 0);
    for (message.room = 1; message.room <= 3; message.room++)
        assert_int_equal(ipc_send(a, &message), 0);
    for (uint64_t room = 1; room <= 3; room++) {
        assert_int_equal(ipc_receive(b, &got), 1);
        assert_true(got.room == room && got.payload_len == 0);
    }
    ipc_channel_free(a);
    assert_int_equal(ipc_receive(b, &got), -1);
    assert_int_equal(ipc_send(b, &message), -1);
    ipc_channel_free(b);
    ipc_channel_free(NULL);
}

/* A stuck reader: what the socket does not take waits, up to a bound, and comes out complete. */
static void a_full_socket_queues_up_to_a_bound(void **state)
{
    int pair[2];
    uint8_t *payload = malloc(64 * 1024);
    struct ipc_message message = {.type = IPC_ANSWER, .payload = payload, .payload_len = 64 * 1024};
    struct ipc_message got;
    uint32_t sent = 0, received = 0;
    (void)state;
    memset(payload, 's', 64 * 1024);
    make_pair(pair);
    struct ipc_channel *a = ipc_channel_new(pair[0]), *b = ipc_channel_new(pair[1]);
    while (sent < 1000 && ipc_send(a, &message) == 0)
        message.request = ++sent;
    assert_true(sent > 32 && sent < 1000); /* more than the socket holds, not without end */
    assert_true(ipc_wants_write(a));
    for (unsigned round = 0; round < 2000 && received < sent; round++) {
        while (ipc_receive(b, &got) == 1) {
            assert_int_equal(got.request, received++);
            assert_int_equal(got.payload_len, 64 * 1024);
        }
        assert_int_equal(ipc_flush(a), 0);
    }
    assert_int_equal(received, sent);
    assert_false(ipc_wants_write(a));
    ipc_channel_free(a);
    ipc_channel_free(b);
    free(payload);
}

static void malformed_messages_are_skipped_and_counted(void **state)
{
    int pair[2];
    static uint8_t too_long[IPC_MAX_BYTES + 1] = {IPC_VERSION, IPC_ANSWER};
    struct ipc_message message = {.type = IPC_HELLO, .request = 77};
    struct ipc_message got;
    (void)state;
    make_pair(pair);
    struct ipc_channel *a = ipc_channel_new(pair[0]), *b = ipc_channel_new(pair[1]);
    assert_int_equal(send(pair[0], "junk", 4, 0), 4);
    assert_int_equal(send(pair[0], too_long, sizeof too_long, 0), (long)sizeof too_long);
    assert_int_equal(ipc_send(a, &message), 0);
    assert_int_equal(ipc_receive(b, &got), 1);
    assert_int_equal(got.request, 77);
    assert_int_equal(ipc_malformed(b), 2);
    ipc_channel_free(a);
    ipc_channel_free(b);
}

static void gifts_carry_a_descriptor(void **state)
{
    int pair[2], inner[2];
    struct ipc_gift gift;
    char byte = 0;
    (void)state;
    make_pair(pair);
    make_pair(inner);
    assert_int_equal(ipc_gift_receive(pair[1], &gift), 0);
    assert_int_equal(ipc_gift_send(pair[0], &(struct ipc_gift){3, 7, inner[0]}), 0);
    assert_int_equal(ipc_gift_receive(pair[1], &gift), 1);
    assert_int_equal(gift.worker, 3);
    assert_int_equal(gift.generation, 7);
    assert_int_equal(write(gift.fd, "x", 1), 1);
    assert_int_equal(read(inner[1], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    close(gift.fd);
    /* words without a descriptor are no gifts */
    assert_int_equal(send(pair[0], "word", 4, 0), 4);
    assert_int_equal(ipc_gift_receive(pair[1], &gift), 0);
    close(pair[0]);
    assert_int_equal(ipc_gift_receive(pair[1], &gift), -1);
    close(pair[1]);
    close(inner[0]);
    close(inner[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_arrive_in_order),
        cmocka_unit_test(a_full_socket_queues_up_to_a_bound),
        cmocka_unit_test(malformed_messages_are_skipped_and_counted),
        cmocka_unit_test(gifts_carry_a_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
