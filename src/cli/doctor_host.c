#include "cli/doctor_host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cli/doctor_net.h"
#include "cli/doctor_process.h"
#include "cli/load_clock.h"
#include "cli/sockets.h"
#include "cli/turn.h"

#define UDP_WAIT_US UINT64_C(200000) /* for the kernel's "port unreachable" */

static void add(struct doctor *doctor, const struct doctor_finding *finding)
{
    doctor_report_add(&doctor->report, finding);
}

/* ---- certificate ----------------------------------------------------------------------------- */

void doctor_host_certificate(struct doctor *doctor, const struct doctor_certificate *shown)
{
    const struct config *config = &doctor->config;
    struct doctor_finding finding = doctor_finding_of("certificate");
    struct doctor_certificate certificate;
    char path[PATH_MAX];
    bool own = config->http.certificate[0] == '\0';
    if (own)
        snprintf(path, sizeof path, "%s/tls/certificate.pem", config->general.data_dir);
    else
        snprintf(path, sizeof path, "%s", config->http.certificate);
    if (doctor_net_read_certificate(path, &certificate) != 0) {
        finding.verdict = own ? DOCTOR_WARN : DOCTOR_FAIL;
        doctor_says(&finding, "%s cannot be read%s", path, own ? " (yet)" : " as PEM");
        doctor_change(&finding, "%s",
                      own ? "run parley doctor as the server's user; the first start makes it"
                          : "correct http.certificate, or the file's rights");
    } else {
        doctor_judge_certificate(&certificate, own, (int64_t)time(NULL), &finding);
    }
    if (finding.verdict == DOCTOR_OK && shown && shown->not_after_s != certificate.not_after_s) {
        finding.verdict = DOCTOR_WARN;
        doctor_says(&finding, "the server still shows the one before");
        doctor_change(&finding, "systemctl reload parley (SIGHUP)");
    }
    add(doctor, &finding);
}

/* ---- media ports ----------------------------------------------------------------------------- */

/* Nobody answers a stranger there; but of a port without a listener the kernel says so. */
static bool udp_refuses(const struct doctor *doctor, unsigned port)
{
    static const uint8_t nothing[1] = {0};
    struct doctor_net net;
    uint8_t bytes[64];
    bool refuses = false;
    if (doctor_net_open(&net, "127.0.0.1", port, DOCTOR_UDP, doctor->timeout_us) == 0 &&
        doctor_net_send(&net, nothing, sizeof nothing) == 0)
        refuses = doctor_net_receive(&net, bytes, sizeof bytes, load_clock_us() + UDP_WAIT_US) < 0;
    doctor_net_close(&net);
    return refuses;
}

static bool tcp_refuses(const struct doctor *doctor, unsigned port)
{
    struct doctor_net net;
    bool refuses = doctor_net_open(&net, "127.0.0.1", port, DOCTOR_TCP, doctor->timeout_us) != 0;
    doctor_net_close(&net);
    return refuses;
}

/* Of one worker; from one upgrade to the next it is at the first port or at the second, and while
 * rooms of the release before are left, at both (docs/operations.md). */
static bool is_listened(struct doctor *doctor, unsigned port, bool tcp)
{
    unsigned other = port + doctor->workers;
    return tcp ? !tcp_refuses(doctor, port) || !tcp_refuses(doctor, other)
               : !udp_refuses(doctor, port) || !udp_refuses(doctor, other);
}

static void look_at_running(struct doctor *doctor, struct doctor_finding *finding)
{
    const struct config_media *media = &doctor->config.media;
    doctor_says(finding, "%u workers listen from %u on", doctor->workers, media->udp_port);
    for (unsigned i = 0; i < doctor->workers; i++) {
        unsigned udp = media->udp_port + i, tcp = media->tcp_port + i;
        bool has_udp = is_listened(doctor, udp, false);
        if (has_udp && (media->tcp_port == 0 || is_listened(doctor, tcp, true)))
            continue;
        finding->verdict = DOCTOR_FAIL;
        doctor_says(finding, "nobody listens on %u/%s", has_udp ? tcp : udp,
                    has_udp ? "tcp" : "udp");
        doctor_change(finding, "the server runs with another configuration: give doctor the same "
                               "-c and environment, or restart the server");
        return;
    }
}

static void look_at_free(struct doctor *doctor, struct doctor_finding *finding)
{
    const struct config_media *media = &doctor->config.media;
    doctor_says(finding, "%u-%u are free for a server to start", media->udp_port,
                media->udp_port + doctor->workers - 1);
    for (unsigned i = 0; i < doctor->workers; i++) {
        unsigned port = media->udp_port + i;
        if (sockets_port_free(port))
            continue;
        finding->verdict = DOCTOR_FAIL;
        doctor_says(finding, "%u is taken by another program", port);
        doctor_change(finding,
                      "see which (ss -ulnp 'sport = :%u'), or set media.udp_port and "
                      "media.tcp_port to free ones",
                      port);
        return;
    }
}

void doctor_host_media_ports(struct doctor *doctor)
{
    struct doctor_finding finding = doctor_finding_of("media ports");
    if (doctor->answers) {
        look_at_running(doctor, &finding);
    } else {
        doctor->workers = (unsigned)setup_count_workers(&doctor->config);
        look_at_free(doctor, &finding);
    }
    add(doctor, &finding);
}

/* ---- clock and limits ------------------------------------------------------------------------ */

void doctor_host_clock(struct doctor *doctor)
{
    struct doctor_finding finding = doctor_finding_of("clock");
    struct timex state = {.modes = 0};
    int result = adjtimex(&state);
    doctor_judge_sync(result >= 0 && result != TIME_ERROR && !(state.status & STA_UNSYNC),
                      (int64_t)state.maxerror, &finding);
    add(doctor, &finding);
}

void doctor_host_files(struct doctor *doctor)
{
    struct doctor_finding finding = doctor_finding_of("open files");
    struct rlimit own = {0};
    uint64_t files;
    const struct config_http *http = &doctor->config.http;
    /* The supervisor raises its own limit to the hard one. */
    bool running =
        doctor->answers && doctor_process_files(http->port ? http->port : http->tls_port, &files);
    if (!running)
        files = getrlimit(RLIMIT_NOFILE, &own) == 0 ? (uint64_t)own.rlim_max : 0;
    doctor_judge_files(files, doctor->config.limits.sockets, running, &finding);
    add(doctor, &finding);
}

static bool read_number(const char *path, uint64_t *out)
{
    FILE *file = fopen(path, "re");
    unsigned long long value;
    bool fine = file && fscanf(file, "%llu", &value) == 1;
    if (file)
        fclose(file);
    if (fine)
        *out = value;
    return fine;
}

void doctor_host_buffers(struct doctor *doctor)
{
    struct doctor_finding finding = doctor_finding_of("socket buffers");
    uint64_t receive, send;
    if (read_number("/proc/sys/net/core/rmem_max", &receive) &&
        read_number("/proc/sys/net/core/wmem_max", &send)) {
        doctor_judge_buffers(receive, send, &finding);
    } else {
        finding.verdict = DOCTOR_WARN;
        doctor_says(&finding, "not told here, as in a container");
        doctor_change(&finding, "look on the host: sysctl net.core.rmem_max net.core.wmem_max");
    }
    add(doctor, &finding);
}

/* ---- coturn ---------------------------------------------------------------------------------- */

static bool is_arm64(void)
{
    struct utsname name;
    return uname(&name) == 0 && strcmp(name.machine, "aarch64") == 0;
}

void doctor_host_coturn(struct doctor *doctor)
{
    struct doctor_finding finding = doctor_finding_of("coturn");
    const struct config_turn *turn = &doctor->config.turn;
    char program[PATH_MAX], version[64];
    if (turn->managed == CONFIG_MANAGED_FALSE || turn->urls.count > 0)
        return; /* somebody else's, on another machine perhaps */
    doctor->managed_turn = turn_find_program(program);
    if (!doctor->managed_turn) {
        finding.verdict = turn->managed == CONFIG_MANAGED_TRUE ? DOCTOR_FAIL : DOCTOR_WARN;
        doctor_says(&finding, "turnserver is not installed");
        doctor_change(&finding, "apt install coturn, then restart parley");
    } else if (!doctor_process_output(program, "--version", doctor->timeout_us, version,
                                      sizeof version)) {
        finding.verdict = DOCTOR_WARN;
        doctor_says(&finding, "%s --version says nothing", program);
        doctor_change(&finding, "apt install --reinstall coturn");
    } else {
        doctor_judge_coturn(version, true, is_arm64(), &finding);
    }
    add(doctor, &finding);
}
