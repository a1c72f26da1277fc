#include "test.h"

#include <stdio.h>
#include <string.h>

#include "cli/doctor_judge.h"

#define DAY_S INT64_C(86400)
#define NOW_S INT64_C(1800000000)

static void expect(const struct doctor_finding *finding, enum doctor_verdict verdict,
                   const char *says, const char *change)
{
    if (finding->verdict != verdict || strstr(finding->says, says) == NULL ||
        strstr(finding->change, change) == NULL)
        fail_msg("%d \"%s\" \"%s\"", (int)finding->verdict, finding->says, finding->change);
    if (finding->verdict == DOCTOR_OK)
        assert_string_equal(finding->change, "");
    else
        assert_string_not_equal(finding->change, "");
}

static struct net_address ip(const char *text)
{
    struct net_address address = {.port = 0};
    assert_int_equal(net_ip_parse(text, strlen(text), &address), 0);
    return address;
}

static struct doctor_finding certificate(struct doctor_certificate one, bool own)
{
    struct doctor_finding finding = doctor_finding_of("certificate");
    doctor_judge_certificate(&one, own, NOW_S, &finding);
    return finding;
}

static void certificates(void **state)
{
    struct doctor_certificate good = {.not_after_s = NOW_S + 15 * DAY_S, .name_matches = true};
    struct doctor_certificate one = good;
    struct doctor_finding finding = certificate(good, false);

    (void)state;
    expect(&finding, DOCTOR_OK, "good until 2027-01-30", "");
    one.not_after_s = NOW_S + 14 * DAY_S - 1;
    finding = certificate(one, false);
    expect(&finding, DOCTOR_WARN, "in 13 days", "certbot renew");
    one.not_after_s = NOW_S;
    finding = certificate(one, false);
    expect(&finding, DOCTOR_FAIL, "expired on 2027-01-15", "certbot renew");
    finding = certificate(one, true);
    expect(&finding, DOCTOR_FAIL, "expired", "restart parley");
    one = good;
    one.not_before_s = NOW_S + 1;
    finding = certificate(one, false);
    expect(&finding, DOCTOR_FAIL, "not valid yet", "clock");
    one = good;
    one.name_matches = false;
    finding = certificate(one, false);
    expect(&finding, DOCTOR_FAIL, "host name", "names the host");
    one = good;
    snprintf(one.problem, sizeof one.problem, "unable to get local issuer certificate");
    finding = certificate(one, false);
    expect(&finding, DOCTOR_FAIL, "local issuer", "fullchain.pem");
    one.self_signed = true;
    finding = certificate(one, false);
    expect(&finding, DOCTOR_WARN, "self-signed", "http.certificate");
}

static void clocks(void **state)
{
    struct doctor_finding finding = doctor_finding_of("clock");

    (void)state;
    doctor_judge_offset(-4, &finding);
    expect(&finding, DOCTOR_OK, "agrees", "");
    doctor_judge_offset(5, &finding);
    expect(&finding, DOCTOR_WARN, "5 s ahead", "set-ntp");
    doctor_judge_offset(-30, &finding);
    expect(&finding, DOCTOR_FAIL, "30 s behind", "set-ntp");
    finding = doctor_finding_of("clock");
    doctor_judge_sync(true, 12345, &finding);
    expect(&finding, DOCTOR_OK, "12 ms", "");
    doctor_judge_sync(false, 0, &finding);
    expect(&finding, DOCTOR_WARN, "nothing says", "chrony");
}

static void limits(void **state)
{
    struct doctor_finding finding = doctor_finding_of("open files");

    (void)state;
    doctor_judge_files(3448, 2000, true, &finding);
    expect(&finding, DOCTOR_OK, "the server may open 3448", "");
    doctor_judge_files(3447, 2000, false, &finding);
    expect(&finding, DOCTOR_FAIL, "started from here", "LimitNOFILE");
    finding = doctor_finding_of("socket buffers");
    doctor_judge_buffers(4194304, 8388608, &finding);
    expect(&finding, DOCTOR_OK, "rmem_max 4194304", "");
    doctor_judge_buffers(212992, 8388608, &finding);
    expect(&finding, DOCTOR_WARN, "rmem_max 212992", "90-parley.conf");
}

static void coturns(void **state)
{
    static const struct {
        const char *version;
        bool guarded, arm64;
        enum doctor_verdict verdict;
        const char *says;
    } cases[] = {
        {"4.5.1.2\n", true, false, DOCTOR_WARN, "CVE-2020-4067"},
        {"4.5.1.3\n", true, false, DOCTOR_WARN, "4.5.1.3 has CVE-2020-26262"},
        {"4.5.2\n", true, false, DOCTOR_OK, "no hole known"},
        {"4.6.1\n", true, false, DOCTOR_OK, "4.6.1, no hole known"},
        {"4.6.1\n", false, false, DOCTOR_WARN, "4.6.1 has CVE-2026-27624"},
        {"4.6.2\n", true, false, DOCTOR_WARN, "CVE-2025-69217"},
        {"4.9.0\n", false, false, DOCTOR_OK, "no hole known"},
        {"4.9.0\n", true, true, DOCTOR_WARN, "CVE-2026-40613"},
        {"4.10.0\n", false, true, DOCTOR_OK, "no hole known"},
        {"Version Coturn-4.7.0 'Gorst'\n", true, false, DOCTOR_WARN, "CVE-2025-69217"},
        {"nonsense\n", true, false, DOCTOR_WARN, "does not say"},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct doctor_finding finding = doctor_finding_of("coturn");
        doctor_judge_coturn(cases[i].version, cases[i].guarded, cases[i].arm64, &finding);
        expect(&finding, cases[i].verdict, cases[i].says, "");
    }
}

static void announced_addresses(void **state)
{
    struct doctor_addresses list = {.count = 1, .items = {ip("10.0.0.5")}};
    struct net_address unknown = {.port = 0}, outside = ip("8.8.4.4"), inside = ip("10.0.0.5");
    struct doctor_finding finding = doctor_finding_of("addresses");

    (void)state;
    doctor_judge_announced(&list, &unknown, &finding);
    expect(&finding, DOCTOR_WARN, "10.0.0.5", "fine in a private network");
    doctor_judge_announced(&list, &outside, &finding);
    expect(&finding, DOCTOR_FAIL, "from outside the server is 8.8.4.4",
           "media.public_addresses: [8.8.4.4]");
    finding = doctor_finding_of("addresses");
    doctor_judge_announced(&list, &inside, &finding);
    expect(&finding, DOCTOR_OK, "10.0.0.5", "");
    list.items[list.count++] = outside;
    doctor_judge_announced(&list, &outside, &finding);
    expect(&finding, DOCTOR_OK, "10.0.0.5, 8.8.4.4", "");
    /* The page may come from elsewhere than media do. */
    outside = ip("9.9.9.9");
    doctor_judge_announced(&list, &outside, &finding);
    expect(&finding, DOCTOR_WARN, "9.9.9.9", "as well");
    list.count = 0;
    doctor_judge_announced(&list, &unknown, &finding);
    expect(&finding, DOCTOR_FAIL, "none", "media.addresses");
}

static void refusals_of_turn(void **state)
{
    static const struct {
        unsigned code;
        bool managed;
        const char *change;
    } cases[] = {
        {401, false, "static-auth-secret"}, {401, true, "disable --now coturn"},
        {441, false, "turn.secret"},        {486, true, "turn.user_quota"},
        {508, true, "turn.max_port"},       {403, true, "denied"},
        {500, true, "coturn's log"},
    };
    (void)state;
    for (size_t i = 0; i < TEST_COUNT(cases); i++) {
        struct doctor_finding finding = doctor_finding_of("TURN over UDP");
        doctor_judge_turn_error(cases[i].code, cases[i].managed, &finding);
        expect(&finding, DOCTOR_FAIL, "error", cases[i].change);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates),
        cmocka_unit_test(clocks),
        cmocka_unit_test(limits),
        cmocka_unit_test(coturns),
        cmocka_unit_test(announced_addresses),
        cmocka_unit_test(refusals_of_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
