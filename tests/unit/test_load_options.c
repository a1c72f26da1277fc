#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "cli/load_options.h"

#define MAX_ARGUMENTS 16

static enum load_options_result parse(const char *line, struct load_options *out,
                                      char error[static LOAD_ERROR_BYTES])
{
    static char copy[512];
    char *arguments[MAX_ARGUMENTS + 1] = {NULL};
    int count = 0;

    snprintf(copy, sizeof copy, "load %s", line);
    for (char *word = strtok(copy, " "); word && count < MAX_ARGUMENTS; word = strtok(NULL, " "))
        arguments[count++] = word;
    error[0] = '\0';
    return load_options_parse(count, arguments, out, error);
}

static void refused(const char *line, const char *why)
{
    struct load_options options;
    char error[LOAD_ERROR_BYTES];

    assert_int_equal(parse(line, &options, error), LOAD_OPTIONS_BAD);
    if (strstr(error, why) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", line, error, why);
    assert_null(strchr(error, '\n'));
}

static void without_arguments_there_are_defaults(void **state)
{
    struct load_options options;
    char error[LOAD_ERROR_BYTES];

    (void)state;
    assert_int_equal(parse("", &options, error), LOAD_OPTIONS_RUN);
    assert_string_equal(options.host, "localhost");
    assert_int_equal(options.port, 8080);
    assert_false(options.tls);
    assert_int_equal(load_options_clients(&options), 11);
    assert_false(options.decrypt_all);
    assert_true(options.gro);
}

static void every_option_is_read(void **state)
{
    struct load_options options;
    char error[LOAD_ERROR_BYTES];

    (void)state;
    assert_int_equal(parse("--url https://[2001:db8::7]:8443/ --insecure --rooms 3 --publishers 8 "
                           "--subscribers 0 --video-kbps=900",
                           &options, error),
                     LOAD_OPTIONS_RUN);
    assert_string_equal(options.host, "2001:db8::7");
    assert_int_equal(options.port, 8443);
    assert_true(options.tls && options.insecure);
    assert_int_equal(options.rooms, 3);
    assert_int_equal(options.video_kbps, 900);
    assert_int_equal(load_options_clients(&options), 24);
    assert_int_equal(parse("--fps 25 --simulcast --publishers-watch no --decrypt all --threads 2 "
                           "--json - --quiet --gro no",
                           &options, error),
                     LOAD_OPTIONS_RUN);
    assert_true(options.simulcast && options.decrypt_all && options.quiet);
    assert_false(options.publishers_watch || options.gro);
    assert_string_equal(options.json_path, "-");
    assert_string_equal(options.name, "load");
    assert_null(options.room);
    assert_int_equal(options.threads, 2);
    assert_int_equal(
        parse("--room abc-def --name Ada --pictures a.ivf,b.ivf --sound c.ivf", &options, error),
        LOAD_OPTIONS_RUN);
    assert_string_equal(options.room, "abc-def");
    assert_string_equal(options.name, "Ada");
    assert_string_equal(options.pictures, "a.ivf,b.ivf");
    assert_string_equal(options.sound, "c.ivf");
    assert_int_equal(parse("--help", &options, error), LOAD_OPTIONS_HELP);
}

static void addresses_may_leave_the_port_out(void **state)
{
    struct load_options options;
    char error[LOAD_ERROR_BYTES];

    (void)state;
    assert_int_equal(parse("--url https://meet.example.org", &options, error), LOAD_OPTIONS_RUN);
    assert_int_equal(options.port, 443);
    assert_int_equal(parse("--url http://meet.example.org/", &options, error), LOAD_OPTIONS_RUN);
    assert_int_equal(options.port, 80);
    assert_string_equal(options.host, "meet.example.org");
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    refused("--rooms 0", "--rooms must be 1..10000, is \"0\"");
    refused("--rooms 3x", "--rooms must be");
    refused("--rooms -3", "--rooms must be");
    refused("--rooms 99999999999999999999", "--rooms must be");
    refused("--rooms", "a value is missing after \"--rooms\"");
    refused("--colour", "unknown option \"--colour\"");
    refused("--decrypt some", "--decrypt must be all or sample, is \"some\"");
    refused("--gro maybe", "--gro must be yes or no");
    refused("--url localhost:8080", "--url must be http://HOST:PORT");
    refused("--url http://:80", "--url must be");
    refused("--url http://[::1", "--url must be");
    refused("--url http://a:0", "--url must be");
    refused("--url http://a:65536", "--url must be");
    refused("--url http://a/b", "--url must be");
    refused("--publishers 1025", "--publishers must be 0..1024");
    refused("--publishers 0", "needs --room");
    refused("--publishers 0 --subscribers 0 --room abc", "leave nobody");
    refused("--publishers 0 --room abc --decrypt all", "judges what is made up");
    refused("--rooms 1000 --subscribers 1000", "20000");
    refused("--audio-only --simulcast", "exclude each other");
    refused("--audio-only --pictures a.ivf", "exclude each other");
    refused("--simulcast --pictures a.ivf", "as many layers as files");
    refused("--sound a.ivf --decrypt all", "judges what is made up");
    refused("--room abc --rooms 2", "--rooms is not for it");
    refused("--room 0123456789012345678901234567890123456789012345678901234567890123456789",
            "no room's id");
    refused("extra", "unexpected \"extra\"");
}

static void seats_are_for_those_to_be_seen(void **state)
{
    struct load_options options;
    char error[LOAD_ERROR_BYTES];

    (void)state;
    assert_int_equal(parse("--publishers 8", &options, error), LOAD_OPTIONS_RUN);
    assert_int_equal(load_options_seats(&options, true), 7);
    assert_int_equal(load_options_seats(&options, false), 8);
    assert_int_equal(parse("--publishers 50", &options, error), LOAD_OPTIONS_RUN);
    assert_int_equal(load_options_seats(&options, false), 24);
    assert_int_equal(parse("--publishers 50 --seats 9 --publishers-watch no", &options, error),
                     LOAD_OPTIONS_RUN);
    assert_int_equal(load_options_seats(&options, false), 9);
    assert_int_equal(load_options_seats(&options, true), 0);
    assert_int_equal(parse("--publishers 0 --room abc", &options, error), LOAD_OPTIONS_RUN);
    assert_int_equal(load_options_seats(&options, false), 1);
    assert_int_equal(parse("--publishers 0 --room abc --seats 4", &options, error),
                     LOAD_OPTIONS_RUN);
    assert_int_equal(load_options_seats(&options, false), 4);
}

static void the_help_names_every_default(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    load_options_help(out);
    fclose(out);
    assert_non_null(strstr(text, "--join-rate N"));
    assert_non_null(strstr(text, "--json FILE"));
    assert_non_null(strstr(text, "Exit status"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_arguments_there_are_defaults),
        cmocka_unit_test(every_option_is_read),
        cmocka_unit_test(addresses_may_leave_the_port_out),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(seats_are_for_those_to_be_seen),
        cmocka_unit_test(the_help_names_every_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
