#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "cli/load_report.h"

static struct load_options options;

static struct load_report *report_new(void)
{
    struct load_report *report = calloc(1, sizeof *report);

    assert_non_null(report);
    options = (struct load_options){.host = "localhost", .threads = 1, .duration_s = 10};
    report->options = &options;
    report->window_s = 10;
    return report;
}

static double number(const json_t *json, const char *section, const char *name)
{
    const json_t *value = json_object_get(json_object_get(json, section), name);

    assert_true(json_is_number(value));
    return json_number_value(value);
}

static void rates_and_losses_are_those_of_the_window(void **state)
{
    struct load_report *report = report_new();
    json_t *json;

    (void)state;
    report->before = (struct load_counts){
        .packets = 1000, .media_bytes_in = 1000000, .expected = 1010, .lost = 10, .repaired = 3};
    report->after = (struct load_counts){.packets = 21000, .media_bytes_in = 26000000};
    report->end = (struct load_counts){
        .packets = 21100, .expected = 21130, .lost = 12, .repaired = 18, .socket_drops = 0};
    json = load_report_json(report);
    assert_non_null(json);
    assert_true(number(json, "received", "packets_per_s") == 2000);
    assert_true(number(json, "received", "mbps") == 20);
    assert_true(number(json, "loss", "expected") == 20120);
    assert_true(number(json, "loss", "lost") == 2);
    assert_true(number(json, "loss", "repaired") == 15);
    assert_true(json_is_array(json_object_get(json, "series")));
    json_decref(json);
    free(report);
}

static void what_the_server_leaves_out_is_seen(void **state)
{
    struct load_report *report = report_new();
    json_t *json;

    (void)state;
    /* Two send; three watch both, and they each other: eight ways. */
    options.publishers = 2;
    options.subscribers = 3;
    options.publishers_watch = true;
    report->after = (struct load_counts){.packets_out = 1000, .packets = 3000};
    json = load_report_json(report);
    assert_true(number(json, "received", "delivered_ratio") == 0.75);
    json_decref(json);
    options.simulcast = true;
    json = load_report_json(report);
    assert_true(number(json, "received", "delivered_ratio") == -1);
    json_decref(json);
    free(report);
}

static void joins_are_counted_by_what_became_of_them(void **state)
{
    struct load_report *report = report_new();
    struct load_peer peers[5] = {
        {.begun_us = 1000000, .connected_us = 1020000}, /* only sends */
        {.begun_us = 1000000,
         .connected_us = 1030000,
         .media_us = 1500000,
         .key_frame_us = 1600000,
         .watches = true},
        {.begun_us = 1000000, .connected_us = 1040000, .watches = true}, /* sees nothing */
        {.begun_us = 1000000, .reason = "join-room: 409 room_full"},
        {.begun_us = 1000000, .reason = "join-room: 409 room_full", .watches = true},
    };

    (void)state;
    load_report_joins(report, peers, 5);
    assert_int_equal(report->wanted, 5);
    assert_int_equal(report->joined, 3);
    assert_int_equal(report->watching, 3);
    assert_int_equal(report->with_media, 1);
    assert_int_equal(report->connect_us.count, 3);
    assert_int_equal(report->connect_us.max, 40000);
    assert_int_equal(report->media_us.max, 500000);
    assert_int_equal(report->with_key_frame, 1);
    assert_int_equal(report->key_frame_us.max, 600000);
    assert_int_equal(report->reason_count, 2);
    assert_string_equal(report->reasons[0].text, "joined, but no media came");
    assert_int_equal(report->reasons[1].count, 2);
    assert_false(load_report_fine(report));
    free(report);
}

static void who_joined_and_received_is_fine(void **state)
{
    struct load_report *report = report_new();
    struct load_peer peers[2] = {
        {.begun_us = 10, .connected_us = 20},
        {.begun_us = 10, .connected_us = 30, .media_us = 40, .watches = true},
    };

    (void)state;
    load_report_joins(report, peers, 2);
    assert_true(load_report_fine(report));
    free(report);
}

static void more_reasons_than_there_is_room_for_are_still_counted(void **state)
{
    struct load_report *report = report_new();
    struct load_peer peers[100] = {{0}};
    unsigned sum = 0;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        snprintf(peers[i].reason, sizeof peers[i].reason, "reason %u", i);
    load_report_joins(report, peers, 100);
    for (size_t i = 0; i < report->reason_count; i++)
        sum += report->reasons[i].count;
    assert_int_equal(sum, 100);
    free(report);
}

static void a_generator_with_time_to_spare_is_no_limit(void **state)
{
    struct load_report *report = report_new();
    json_t *json;

    (void)state;
    report->thread_after[0] = (struct load_counts){.cpu_us = 5000000, .waited_us = 1000000};
    for (unsigned i = 0; i < 1000; i++)
        histogram_add(&report->spread.read_late_us, i < 995 ? 100 : 20000);
    load_report_limits(report);
    assert_int_equal(report->limit_count, 0);
    json = load_report_json(report);
    assert_true(json_is_false(json_object_get(json, "generator_limited")));
    json_decref(json);
    free(report);
}

static void a_generator_that_was_too_slow_says_why(void **state)
{
    struct load_report *report = report_new();
    json_t *json;

    (void)state;
    report->thread_after[0] = (struct load_counts){.cpu_us = 9500000};
    report->end.socket_drops = 7;
    report->after.send_failed = 1;
    for (unsigned i = 0; i < 1000; i++) {
        histogram_add(&report->spread.read_late_us, i < 900 ? 100 : 20000);
        histogram_add(&report->spread.timer_late_us, i < 900 ? 100 : 20000);
    }
    load_report_limits(report);
    assert_int_equal(report->limit_count, 5);
    assert_non_null(strstr(report->limits[0], "thread 0 ran for 95 %"));
    json = load_report_json(report);
    assert_true(json_is_true(json_object_get(json, "generator_limited")));
    assert_int_equal(json_array_size(json_object_get(json, "generator_limits")), 5);
    json_decref(json);
    free(report);
}

static void waiting_for_a_cpu_counts_as_busy(void **state)
{
    struct load_report *report = report_new();

    (void)state;
    report->thread_after[0] = (struct load_counts){.cpu_us = 5000000, .waited_us = 4500000};
    load_report_limits(report);
    assert_int_equal(report->limit_count, 1);
    assert_non_null(strstr(report->limits[0], "waited for a CPU 45 %"));
    free(report);
}

static double spread(const json_t *json, const char *section, const char *name, const char *p)
{
    const json_t *one = json_object_get(json_object_get(json, section), name);

    assert_true(json_is_number(json_object_get(one, p)));
    return json_number_value(json_object_get(one, p));
}

static void pauses_of_all_threads_and_of_new_connections_are_told(void **state)
{
    struct load_report *report = report_new();
    struct load_spread *thread = calloc(1, sizeof *thread);
    json_t *json;

    (void)state;
    assert_non_null(thread);
    thread->pauses.replaced = 2;
    thread->pauses.absent = 1;
    histogram_add(&thread->pauses.longest_us[0], 40000);
    histogram_add(&thread->pauses.longest_us[1], 70000);
    histogram_add(&thread->pauses.resumed_us[0], 500000);
    histogram_add(&thread->pauses.resumed_us[1], 900000);
    load_spread_add(&report->spread, thread);
    load_spread_add(&report->spread, thread);
    histogram_add(&report->resume_us, 300000);
    json = load_report_json(report);
    assert_true(number(json, "restarts", "connections") == 4);
    assert_true(number(json, "restarts", "absent") == 2);
    assert_true(spread(json, "restarts", "audio_ms", "count") == 2);
    assert_true(spread(json, "restarts", "audio_ms", "max") == 500);
    assert_true(spread(json, "restarts", "video_ms", "max") == 900);
    assert_true(spread(json, "pauses_ms", "audio", "max") == 40);
    assert_true(spread(json, "pauses_ms", "video", "max") == 70);
    assert_true(spread(json, "joins", "resume_ms", "max") == 300);
    json_decref(json);
    free(thread);
    free(report);
}

static void the_text_says_what_matters(void **state)
{
    struct load_report *report = report_new();
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    report->end.socket_drops = 7;
    snprintf(report->reasons[0].text, sizeof report->reasons[0].text, "429 too_many_requests");
    report->reasons[0].count = 3;
    report->reason_count = 1;
    load_report_limits(report);
    load_report_text(report, out);
    fclose(out);
    assert_non_null(strstr(text, "one-way delay"));
    assert_non_null(strstr(text, "at its limit"));
    assert_non_null(strstr(text, "3: 429 too_many_requests (docs/load.md"));
    free(text);
    free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_and_losses_are_those_of_the_window),
        cmocka_unit_test(what_the_server_leaves_out_is_seen),
        cmocka_unit_test(joins_are_counted_by_what_became_of_them),
        cmocka_unit_test(who_joined_and_received_is_fine),
        cmocka_unit_test(more_reasons_than_there_is_room_for_are_still_counted),
        cmocka_unit_test(a_generator_with_time_to_spare_is_no_limit),
        cmocka_unit_test(a_generator_that_was_too_slow_says_why),
        cmocka_unit_test(waiting_for_a_cpu_counts_as_busy),
        cmocka_unit_test(pauses_of_all_threads_and_of_new_connections_are_told),
        cmocka_unit_test(the_text_says_what_matters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
