/* config/: the table of keys, YAML, the environment, printing */
#include <stdlib.h>
#include <string.h>

#include "config/check.h"
#include "config/config.h"
#include "config/keys.h"
#include "test.h"

static struct config config;
static char error[CONFIG_ERROR_BYTES];

static int load(const char *text)
{
    config_default(&config);
    error[0] = '\0';
    return config_load_text(&config, "config.yaml", text, strlen(text), error);
}

static void expect_error(const char *text, const char *expected)
{
    assert_int_equal(load(text), -1);
    assert_string_equal(error, expected);
}

static void every_default_is_allowed(void **state)
{
    (void)state;
    memset(&config, 0, sizeof config);
    for (size_t i = 0; i < config_key_count; i++) {
        char allowed[CONFIG_TEXT_BYTES];
        assert_int_equal(config_key_set(&config, &config_keys[i], config_keys[i].standard, error),
                         0);
        config_key_allowed(&config_keys[i], allowed);
        assert_true(strlen(allowed) > 0 && strlen(config_keys[i].help) > 0);
    }
    assert_int_equal(config_check(&config, error), 0);
    assert_int_equal(config.http.port, 8080);
    assert_int_equal(config.turn.credential_ttl_s, 3600);
    assert_string_equal(config.http.addresses.items[0], "::");
}

static void values_are_read(void **state)
{
    (void)state;
    assert_int_equal(load("# comment\n"
                          "data_dir: /var/lib/parley\n"
                          "log: {level: debug}\n"
                          "http:\n"
                          "  port: 80\n"
                          "  trusted_proxies: [10.0.0.1, 192.168.0.0/16, \"fd00::/8\"]\n"
                          "media:\n"
                          "  public_addresses: 198.51.100.7,2001:db8::7\n"
                          "rooms:\n"
                          "turn:\n"
                          "  managed: false\n"
                          "  allow_loopback_peers: yes\n"),
                     0);
    assert_string_equal(config.general.data_dir, "/var/lib/parley");
    assert_int_equal(config.log.level, CONFIG_LOG_DEBUG);
    assert_int_equal(config.http.port, 80);
    assert_int_equal(config.http.trusted_proxies.count, 3);
    assert_string_equal(config.http.trusted_proxies.items[2], "fd00::/8");
    assert_int_equal(config.media.public_addresses.count, 2);
    assert_int_equal(config.turn.managed, CONFIG_MANAGED_FALSE);
    assert_true(config.turn.allow_loopback_peers);
    assert_int_equal(config.rooms.capacity, 50);
    assert_int_equal(load(""), 0);
    assert_int_equal(load("# nothing\n"), 0);
}

static void mistakes_name_line_key_and_what_is_allowed(void **state)
{
    (void)state;
    expect_error("log:\n  level: info\nhttp:\n  port: abc\n",
                 "config.yaml:4: http.port must be 0..65535, is \"abc\"");
    expect_error("log:\n  levle: info\n",
                 "config.yaml:2: unknown key \"levle\" in section log (allowed: level)");
    expect_error("htp:\n  port: 1\n",
                 "config.yaml:1: unknown key \"htp\" at the top (allowed: data_dir, user, log, "
                 "http, media, rooms, turn, limits)");
    expect_error("log:\n  level: loud\n",
                 "config.yaml:2: log.level must be error, warn, info or debug, is \"loud\"");
    expect_error("http:\n  port: 1\n  port: 2\n", "config.yaml:3: http.port is given twice");
    expect_error("http:\n  port: [1, 2]\n",
                 "config.yaml:2: http.port must be 0..65535, is a list or a section");
    expect_error("http: 80\n", "config.yaml:1: http must be a section with keys below it");
    expect_error("turn:\n  allow_loopback_peers: maybe\n",
                 "config.yaml:2: turn.allow_loopback_peers must be true or false, is \"maybe\"");
    expect_error("media:\n  addresses:\n    - 10.0.0.1\n    - here\n",
                 "config.yaml:4: media.addresses must be IP addresses, is \"here\"");
    expect_error("rooms:\n  capacity: 4097\n",
                 "config.yaml:2: rooms.capacity must be 2..4096 people, is \"4097\"");
    assert_int_equal(load("http: {port: 1\n"), -1);
    assert_non_null(strstr(error, "config.yaml:2: not YAML: "));
    assert_int_equal(load("- a\n- b\n"), -1);
    assert_int_equal(load("http:\n  ? [a]\n  : b\n"), -1);
}

static void numbers_are_strict(void **state)
{
    static const char *const wrong[] = {
        "-1", "+1", " 1", "1 ", "1.0", "0x50", "65536", "4294967297", "99999999999999999999", ""};
    const struct config_key *key = config_key_find("http", "port", 4);
    (void)state;
    assert_non_null(key);
    for (size_t i = 0; i < TEST_COUNT(wrong); i++)
        assert_int_equal(config_key_set(&config, key, wrong[i], error), -1);
    assert_int_equal(config_key_set(&config, key, "65535", error), 0);
}

static void lists_are_bounded(void **state)
{
    char text[4000] = "10.0.0.1";
    const struct config_key *key = config_key_find("media", "addresses", 9);
    (void)state;
    for (size_t i = 1; i < CONFIG_LIST_ITEMS; i++)
        strcat(text, ",10.0.0.1");
    assert_int_equal(config_key_set(&config, key, text, error), 0);
    strcat(text, ",10.0.0.1");
    assert_int_equal(config_key_set(&config, key, text, error), -1);
    memset(text, '1', 300);
    text[300] = '\0';
    assert_int_equal(config_key_set(&config, key, text, error), -1);
}

static void the_environment_wins(void **state)
{
    static char port[] = "PARLEY_HTTP_PORT=81", list[] = "PARLEY_TURN_URLS=stun:a.example, "
                                                         "turn:b.example:3478?transport=tcp";
    static char top[] = "PARLEY_DATA_DIR=/data", kubernetes[] = "PARLEY_SERVICE_HOST=10.0.0.1";
    static char other[] = "PATH=/bin", unknown[] = "PARLEY_HTTP_PROT=1";
    char *environment[] = {other, port, list, top, kubernetes, NULL, NULL};
    (void)state;
    assert_int_equal(load("http:\n  port: 80\n"), 0);
    assert_int_equal(config_load_environment(&config, environment, error), 0);
    assert_int_equal(config.http.port, 81);
    assert_int_equal(config.turn.urls.count, 2);
    assert_string_equal(config.turn.urls.items[1], "turn:b.example:3478?transport=tcp");
    assert_string_equal(config.general.data_dir, "/data");
    environment[5] = unknown;
    assert_int_equal(config_load_environment(&config, environment, error), -1);
    assert_non_null(strstr(error, "PARLEY_HTTP_PROT"));
    strcpy(port, "PARLEY_HTTP_PORT=x");
    assert_int_equal(config_load_environment(&config, environment, error), -1);
    assert_string_equal(error,
                        "environment PARLEY_HTTP_PORT: http.port must be 0..65535, is \"x\"");
}

static void keys_must_fit_together(void **state)
{
    (void)state;
    assert_int_equal(load("http: {port: 0, tls_port: 0}"), 0);
    assert_int_equal(config_check(&config, error), -1);
    assert_int_equal(load("http: {certificate: a.pem}"), 0);
    assert_int_equal(config_check(&config, error), -1);
    assert_int_equal(load("turn: {min_port: 5000, max_port: 4000}"), 0);
    assert_int_equal(config_check(&config, error), -1);
    assert_int_equal(load("turn: {managed: true, urls: [stun:a]}"), 0);
    assert_int_equal(config_check(&config, error), -1);
    assert_int_equal(load("http: {port: 8443}"), 0);
    assert_int_equal(config_check(&config, error), -1);
}

static char *print(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    config_print(&config, out);
    fclose(out);
    return text;
}

static void what_is_printed_loads_again(void **state)
{
    (void)state;
    assert_int_equal(load("data_dir: 'a \"quoted\" \\ name'\n"
                          "http: {allowed_origins: [https://a.example, 'http://[::1]:80']}\n"
                          "rooms: {mode: sfu}\nturn: {managed: true}\n"),
                     0);
    struct config before = config;
    char *text = print();
    config_default(&config);
    assert_int_equal(config_load_text(&config, "printed", text, strlen(text), error), 0);
    assert_memory_equal(&config, &before, sizeof config);
    free(text);
}

static void texts_are_checked(void **state)
{
    (void)state;
    assert_int_equal(check_url("https://meet.example.org"), 0);
    assert_int_equal(check_url("https://[2001:db8::1]:8443"), 0);
    assert_int_equal(check_url("https://meet.example.org/"), -1);
    assert_int_equal(check_url("https://a:70000"), -1);
    assert_int_equal(check_url("ftp://a"), -1);
    assert_int_equal(check_ip_or_cidr("10.0.0.0/8"), 0);
    assert_int_equal(check_ip_or_cidr("10.0.0.0/33"), -1);
    assert_int_equal(check_ip_or_range("203.0.113.0-203.0.113.255"), 0);
    assert_int_equal(check_ip_or_range("203.0.113.0-::1"), -1);
    assert_int_equal(check_turn_url("turns:a.example:5349?transport=tcp"), 0);
    assert_int_equal(check_turn_url("stun:a.example?transport=udp"), -1);
    assert_int_equal(check_turn_url("turn:a b"), -1);
    /* nothing that could start a line of its own in coturn's file */
    assert_int_equal(check_word("secret\nallow-loopback-peers"), -1);
    assert_int_equal(load("turn: {secret: \"a\\nb\"}"), -1);
    assert_int_equal(load("data_dir: \"a\\nb\""), -1);
}

static void secrets_are_not_told(void **state)
{
    (void)state;
    expect_error("http:\n  api_key: tooshort\n",
                 "config.yaml:2: http.api_key must be 32 or more letters and digits, or empty");
    expect_error("turn:\n  secret: \"no spaces\"\n",
                 "config.yaml:2: turn.secret must be letters and digits, or empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_is_allowed),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(mistakes_name_line_key_and_what_is_allowed),
        cmocka_unit_test(numbers_are_strict),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(the_environment_wins),
        cmocka_unit_test(keys_must_fit_together),
        cmocka_unit_test(what_is_printed_loads_again),
        cmocka_unit_test(texts_are_checked),
        cmocka_unit_test(secrets_are_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
