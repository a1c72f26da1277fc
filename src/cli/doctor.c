#include "cli/doctor.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor_host.h"
#include "cli/doctor_net.h"
#include "cli/doctor_server.h"
#include "cli/setup.h"
#include "base/log.h"

#define EXIT_USAGE 2

static int refuse(const char *why)
{
    fprintf(stderr, "parley: doctor: %s\n", why);
    return EXIT_USAGE;
}

/* ---- from outside ---------------------------------------------------------------------------- */

static int look_from_outside(struct doctor *doctor)
{
    struct load_options target;
    char error[LOAD_ERROR_BYTES];
    if (doctor_server_target(doctor->options.url, &target, error) != 0)
        return refuse(error);
    bool answers = doctor_server_health(
        doctor, &target, "server",
        "look at its DNS name, and open the port in its firewall (http.tls_port); on the server "
        "itself parley doctor says more",
        DOCTOR_FAIL);
    if (target.tls)
        doctor_server_certificate(doctor, &target, "certificate");
    if (answers)
        doctor_server_calls(doctor);
    return 0;
}

/* ---- on this machine ------------------------------------------------------------------------- */

static void make_url(const struct config *config, unsigned port, bool tls, char out[static 320])
{
    const struct config_list *addresses = &config->http.addresses;
    const char *first = addresses->count ? addresses->items[0] : "::";
    bool any = strcmp(first, "::") == 0 || strcmp(first, "0.0.0.0") == 0;
    bool v6 = !any && strchr(first, ':');
    snprintf(out, 320, "%s://%s%s%s:%u", tls ? "https" : "http", v6 ? "[" : "",
             any ? "127.0.0.1" : first, v6 ? "]" : "", port);
}

static bool check_port(struct doctor *doctor, unsigned port, bool tls, struct load_options *target)
{
    char url[320], what[DOCTOR_WHAT_BYTES], error[LOAD_ERROR_BYTES];
    make_url(&doctor->config, port, tls, url);
    snprintf(what, sizeof what, "%s port %u", tls ? "HTTPS" : "HTTP", port);
    return doctor_server_target(url, target, error) == 0 &&
           doctor_server_health(doctor, target, what,
                                "start the server (systemctl start parley, or parley serve); if "
                                "it ends, its log says why",
                                DOCTOR_FAIL);
}

/* What the TLS port shows, if it does. */
static bool see_certificate(const struct doctor *doctor, const struct load_options *target,
                            struct doctor_certificate *out)
{
    struct doctor_net net;
    bool seen =
        doctor_net_open(&net, target->host, target->port, DOCTOR_TLS, doctor->timeout_us) == 0 &&
        doctor_net_certificate(&net, NULL, out) == 0;
    doctor_net_close(&net);
    return seen;
}

static void check_own_ports(struct doctor *doctor)
{
    const struct config_http *http = &doctor->config.http;
    struct load_options target;
    struct doctor_certificate shown;
    bool tls = false;
    if (http->port)
        check_port(doctor, http->port, false, &target);
    if (http->tls_port)
        tls = check_port(doctor, http->tls_port, true, &target) &&
              see_certificate(doctor, &target, &shown);
    if (http->tls_port || doctor->config.turn.tls_port)
        doctor_host_certificate(doctor, tls ? &shown : NULL);
}

static void check_public_url(struct doctor *doctor)
{
    const char *url = doctor->config.http.public_url;
    struct load_options target;
    char error[LOAD_ERROR_BYTES];
    if (url[0] == '\0' || !doctor->answers || doctor_server_target(url, &target, error) != 0)
        return;
    bool answers = doctor_server_health(
        doctor, &target, "http.public_url",
        "look at DNS, port forwarding and the reverse proxy; some routers let nobody inside use "
        "their own outside address: try parley doctor --url from elsewhere",
        DOCTOR_WARN);
    if (answers && target.tls)
        doctor_server_certificate(doctor, &target, "its certificate");
}

static void say_unchecked(struct doctor *doctor)
{
    struct doctor_finding finding = {.verdict = DOCTOR_WARN, .what = "media, STUN, TURN"};
    doctor_says(&finding, "not checked: the server does not run");
    doctor_change(&finding, "start it and run this again");
    doctor_report_add(&doctor->report, &finding);
}

static int look_at_this_machine(struct doctor *doctor)
{
    char error[CONFIG_ERROR_BYTES];
    if (setup_config(doctor->options.config_path, &doctor->config, error) < 0)
        return refuse(error);
    check_own_ports(doctor);
    check_public_url(doctor);
    doctor_host_media_ports(doctor);
    doctor_host_coturn(doctor);
    if (doctor->answers)
        doctor_server_calls(doctor);
    else
        say_unchecked(doctor);
    doctor_host_clock(doctor);
    doctor_host_files(doctor);
    doctor_host_buffers(doctor);
    return 0;
}

/* ---- main ------------------------------------------------------------------------------------ */

static int conclude(const struct doctor *doctor)
{
    if (doctor->options.json && doctor_report_json(&doctor->report, stdout) != 0)
        return refuse("the report cannot be written");
    return doctor_report_verdict(&doctor->report) == DOCTOR_FAIL ? 1 : 0;
}

int doctor_main(int argument_count, char **arguments)
{
    struct doctor *doctor = calloc(1, sizeof *doctor);
    char error[DOCTOR_ERROR_BYTES];
    int result;
    if (!doctor)
        return refuse("out of memory");
    switch (doctor_options_parse(argument_count, arguments, &doctor->options, error)) {
    case DOCTOR_OPTIONS_HELP:
        doctor_options_help(stdout);
        free(doctor);
        return 0;
    case DOCTOR_OPTIONS_BAD:
        free(doctor);
        return refuse(error);
    case DOCTOR_OPTIONS_RUN:
        break;
    }
    signal(SIGPIPE, SIG_IGN);
    log_set_level(LOG_ERROR);
    config_default(&doctor->config);
    doctor->report.lines = doctor->options.json ? NULL : stdout;
    doctor->timeout_us = doctor->options.timeout_s * UINT64_C(1000000);
    result = doctor->options.url ? look_from_outside(doctor) : look_at_this_machine(doctor);
    if (result == 0)
        result = conclude(doctor);
    json_decref(doctor->ice_servers);
    free(doctor);
    return result;
}
