#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "cli/load_message.h"

static void read_text(const char *text, struct load_message *out)
{
    load_message_read(text, strlen(text), out);
}

static void replies_of_rest_are_read(void **state)
{
    static const char room[] = "{\"room_id\":\"babab-babab-babab-babab\",\"url\":\"x\"}";
    static const char ticket[] = "{\"ws_url\":\"ws://a:1/ws\",\"token\":\"t.o.k\",\"room\":{}}";
    struct load_ticket read;
    char id[LOAD_ROOM_BYTES];

    (void)state;
    assert_int_equal(load_message_read_room(room, strlen(room), id), 0);
    assert_string_equal(id, "babab-babab-babab-babab");
    assert_int_equal(load_message_read_ticket(ticket, strlen(ticket), &read), 0);
    assert_string_equal(read.url, "ws://a:1/ws");
    assert_string_equal(read.token, "t.o.k");
    assert_int_equal(load_message_read_room("{}", 2, id), -1);
    assert_int_equal(load_message_read_room("<html>", 6, id), -1);
    assert_int_equal(load_message_read_room("", 0, id), -1);
    assert_int_equal(load_message_read_ticket(room, strlen(room), &read), -1);
}

static void refusals_are_told_as_they_are(void **state)
{
    static const char problem[] = "{\"code\":\"room_full\",\"detail\":\"The room is full\"}";
    char text[64], shorter[8];

    (void)state;
    load_message_problem(409, problem, strlen(problem), text, sizeof text);
    assert_string_equal(text, "409 room_full: The room is full");
    load_message_problem(409, problem, strlen(problem), shorter, sizeof shorter);
    assert_string_equal(shorter, "409 roo");
    load_message_problem(502, "<html>", 6, text, sizeof text);
    assert_string_equal(text, "502");
}

static void messages_of_the_server_are_read(void **state)
{
    struct load_message message;

    (void)state;
    read_text("{\"type\":\"joined\",\"mode\":{\"mode\":\"sfu\",\"epoch\":7,\"switching\":false}}",
              &message);
    assert_int_equal(message.type, LOAD_MESSAGE_JOINED);
    assert_int_equal(message.epoch, 7);
    assert_true(message.sfu);
    assert_string_equal(message.session.secret, "");
    read_text(
        "{\"type\":\"joined\",\"id\":1,\"participant_id\":\"a-b\",\"session\":\"s3cret\",\"mode\":"
        "{\"mode\":\"sfu\",\"epoch\":7}}",
        &message);
    assert_string_equal(message.session.participant, "a-b");
    assert_string_equal(message.session.secret, "s3cret");
    read_text("{\"type\":\"answer\",\"id\":3,\"sdp\":\"v=0\\r\\n\"}", &message);
    assert_int_equal(message.type, LOAD_MESSAGE_ANSWER);
    assert_string_equal(message.sdp, "v=0\r\n");
    assert_int_equal(message.sdp_len, 5);
    free(message.sdp);
    read_text(
        "{\"type\":\"publish\",\"sources\":[{\"source\":\"screen\",\"layers\":[true,true,true]},"
        "{\"source\":\"camera\",\"layers\":[true,false,true]}]}",
        &message);
    assert_int_equal(message.type, LOAD_MESSAGE_PUBLISH);
    assert_int_equal(message.layers, 5);
    read_text("{\"type\":\"error\",\"code\":\"room_full\",\"message\":\"full\"}", &message);
    assert_int_equal(message.type, LOAD_MESSAGE_ERROR);
    assert_string_equal(message.reason, "room_full: full");
    read_text("{\"type\":\"media-restart\",\"epoch\":2}", &message);
    assert_int_equal(message.type, LOAD_MESSAGE_RESTART);
    assert_int_equal(message.epoch, 2);
}

static void joined_is_read_however_it_is_written(void **state)
{
    struct load_message message;

    (void)state;
    read_text("{ \"type\" : \"joined\", \"mode\" : {\"mode\":\"p2p\",\"epoch\":3} }", &message);
    assert_int_equal(message.type, LOAD_MESSAGE_JOINED);
    assert_int_equal(message.epoch, 3);
    assert_false(message.sfu);
    read_text("{\"type\": \"joined\", \"session\": \"s\", \"participant_id\": \"p\", \"mode\": {}}",
              &message);
    assert_string_equal(message.session.participant, "p");
    assert_string_equal(message.session.secret, "s");
    /* a room's mode is a word; somebody's name says what it likes */
    read_text("{\"type\":\"joined\",\"room\":{\"mode\":\"sfu\"},\"participants\":[{\"name\":"
              "\"\\\"mode\\\":{\"}],\"mode\":{\"switching\":false,\"epoch\":9,\"mode\":\"sfu\"},"
              "\"chat\":[]}",
              &message);
    assert_int_equal(message.type, LOAD_MESSAGE_JOINED);
    assert_int_equal(message.epoch, 9);
    assert_true(message.sfu);
    read_text("{\"type\":\"joined\",\"mode\":{\"mode\":", &message);
    assert_int_equal(message.type, LOAD_MESSAGE_OTHER);
    /* who is there comes last, and is not looked at */
    read_text("{\"type\":\"joined\",\"session\":\"s\",\"mode\":{\"mode\":\"sfu\",\"epoch\":4},"
              "\"protocol_minor\":3,\"participants\":[{\"name\":\"\\\"mode\\\"\"}]}",
              &message);
    assert_int_equal(message.type, LOAD_MESSAGE_JOINED);
    assert_int_equal(message.epoch, 4);
    assert_int_equal(message.minor, 3);
    assert_string_equal(message.session.secret, "s");
}

static void what_is_not_understood_does_no_harm(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"type\":7}",
        "{\"type\":\"news\"}",
        "{\"type\":\"publish\",\"sources\":[{\"source\":\"camera\",\"layers\":[true]}]}",
        "{\"type\":\"publish\",\"sources\":3}"};
    struct load_message message;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        read_text(texts[i], &message);
        assert_int_equal(message.type, LOAD_MESSAGE_OTHER);
        assert_null(message.sdp);
    }
}

static void requests_are_what_the_protocol_has(void **state)
{
    struct load_options options = {.publishers = 2, .subscribers = 3};
    char *room = load_message_room(&options), *join = load_message_join("tok", "load");
    char *sources = load_message_sources(true, false);
    char *offer = load_message_offer(4, "v=0", true, true);

    (void)state;
    assert_string_equal(room, "{\"name\":\"parley load\",\"mode\":\"sfu\",\"capacity\":5}");
    assert_string_equal(join, "{\"type\":\"join\",\"id\":1,\"token\":\"tok\",\"name\":\"load\"}");
    assert_string_equal(sources, "{\"type\":\"sources\",\"id\":2,\"sources\":{\"microphone\":true,"
                                 "\"camera\":false,\"screen\":false,\"screen-audio\":false}}");
    assert_string_equal(offer,
                        "{\"type\":\"offer\",\"id\":3,\"epoch\":4,\"new_leg\":true,\"sdp\":\"v=0\","
                        "\"sources\":[{\"mid\":\"mic\",\"source\":\"microphone\"},{\"mid\":\"cam\","
                        "\"source\":\"camera\"}]}");
    free(room);
    free(join);
    free(sources);
    free(offer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_of_rest_are_read),
        cmocka_unit_test(refusals_are_told_as_they_are),
        cmocka_unit_test(messages_of_the_server_are_read),
        cmocka_unit_test(joined_is_read_however_it_is_written),
        cmocka_unit_test(what_is_not_understood_does_no_harm),
        cmocka_unit_test(requests_are_what_the_protocol_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
