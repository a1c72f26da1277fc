/* Counters and gauges as Prometheus text. */
#include "control/metrics.h"

#include <inttypes.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/counters.h"
#include "control/http.h"
#include "control/problem.h"
#include "control/process.h"
#include "control/rooms.h"
#include "control/server.h"
#include "control/tls.h"
#include "control/workers.h"

#define WAIT_US 20000 /* between looks at the workers' answers */
#define WAITS   10u   /* then the last known values must do */

static void write_head(FILE *out, const char *name, const char *help, const char *type)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Slots in which there is a worker. */
#define EACH_USED(workers, w)                                                                      \
    for (size_t w = 0; w < workers_count(workers); w++)                                            \
        if (workers_used(workers, w))

/* Each worker's value of one counter; first: its place among the worker's values. */
static void write_worker_counters(FILE *out, const struct workers *workers, const char *section,
                                  const struct counter_text *texts, size_t count, size_t first)
{
    char name[128];
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "parley_%s_%s_total", section, texts[i].name);
        write_head(out, name, texts[i].help, "counter");
        EACH_USED(workers, w)
        {
            const struct ipc_counters *counters = workers_load(workers, w).counters;
            uint64_t value = first + i < counters->count ? counters->values[first + i] : 0;
            fprintf(out, "%s{worker=\"%zu\"} %" PRIu64 "\n", name, w, value);
        }
    }
}

static void write_control_counters(FILE *out, const struct server *server)
{
    char name[128];
    for (size_t i = 0; i < CONTROL_COUNTERS; i++) {
        snprintf(name, sizeof name, "parley_control_%s_total", control_counter_texts[i].name);
        write_head(out, name, control_counter_texts[i].help, "counter");
        fprintf(out, "%s %" PRIu64 "\n", name, server->counters[i]);
    }
    write_head(out, "parley_control_refused_total", "WebSocket messages refused, by error code",
               "counter");
    for (int code = CODE_NONE + 1; code < MESSAGE_CODE_COUNT; code++)
        fprintf(out, "parley_control_refused_total{code=\"%s\"} %" PRIu64 "\n",
                message_code_name((enum message_code)code), server->refused[code]);
}

static void write_gauge(FILE *out, const char *name, const char *help, uint64_t value)
{
    write_head(out, name, help, "gauge");
    fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void write_worker_gauges(FILE *out, const struct workers *workers)
{
    static const struct {
        const char *name, *help;
        size_t offset;
    } gauges[] = {
        {"parley_worker_rooms", "Rooms that live in this worker",
         offsetof(struct workers_load, rooms)},
        {"parley_worker_participants", "Participants in these rooms",
         offsetof(struct workers_load, participants)},
        {"parley_worker_restarts", "How often this worker was replaced since control started",
         offsetof(struct workers_load, restarts)},
    };
    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++) {
        write_head(out, gauges[i].name, gauges[i].help, "gauge");
        EACH_USED(workers, w)
        {
            struct workers_load load = workers_load(workers, w);
            uint32_t value;
            memcpy(&value, (const char *)&load + gauges[i].offset, sizeof value);
            fprintf(out, "%s{worker=\"%zu\"} %u\n", gauges[i].name, w, value);
        }
    }
    write_head(out, "parley_worker_up", "1: this worker is connected", "gauge");
    EACH_USED(workers, w)
    fprintf(out, "parley_worker_up{worker=\"%zu\"} %d\n", w, workers_load(workers, w).connected);
    write_head(out, "parley_worker_leaving",
               "1: of before an upgrade, takes no new rooms, ends with its last one", "gauge");
    EACH_USED(workers, w)
    fprintf(out, "parley_worker_leaving{worker=\"%zu\"} %d\n", w, workers_load(workers, w).leaving);
}

static void write_busy(FILE *out, const struct server *server)
{
    write_head(out, "parley_control_busy_ratio",
               "Processor time of control, of one processor, over the last few seconds", "gauge");
    fprintf(out, "parley_control_busy_ratio %.3f\n", server->busy.permille / (double)BUSY_WHOLE);
    write_head(out, "parley_worker_busy_ratio",
               "Processor time of this worker, of one processor, over the last few seconds",
               "gauge");
    EACH_USED(server->workers, w)
    fprintf(out, "parley_worker_busy_ratio{worker=\"%zu\"} %.3f\n", w,
            workers_load(server->workers, w).busy_permille / (double)BUSY_WHOLE);
    write_gauge(out, "parley_busy_percent_limit",
                "Above limits.cpu_percent of a processor nobody new is let in",
                server->config->limits.cpu_percent);
}

/* So that alerts need not know the configuration. */
static void write_limits(FILE *out, const struct server *server)
{
    const struct config *config = server->config;
    write_gauge(out, "parley_sockets_limit",
                "Open WebSockets that limits.sockets allows, and the limit of descriptors",
                server->most_sockets);
    write_gauge(out, "parley_worker_participants_limit",
                "Participants that media.max_participants allows in one worker",
                config->media.max_participants);
    write_gauge(out, "parley_certificate_expiry_timestamp_seconds",
                "Unix time at which the certificate of the HTTPS port expires; 0: no HTTPS",
                tls_not_after_s(server->ssl_ctx));
    write_gauge(out, "parley_turn_urls", "STUN and TURN URLs that clients are given",
                server->start->turn.urls.count);
}

/* Names as Prometheus' client libraries have them, so that common dashboards fit. */
static void write_process(FILE *out)
{
    struct process_figures figures;
    process_look(&figures);
    write_gauge(out, "process_open_fds", "Open files of control", figures.open_files);
    write_gauge(out, "process_max_fds", "Files that control may open", figures.max_files);
    write_gauge(out, "process_resident_memory_bytes", "Memory of control, in bytes",
                figures.resident_bytes);
    write_head(out, "process_cpu_seconds_total", "CPU time of control, in seconds", "counter");
    fprintf(out, "process_cpu_seconds_total %" PRIu64 ".%06" PRIu64 "\n", figures.cpu_us / 1000000u,
            figures.cpu_us % 1000000u);
}

static void write_all(FILE *out, const struct server *server)
{
    write_gauge(out, "parley_rooms", "Rooms with someone in them", rooms_live_count(server));
    write_gauge(out, "parley_participants", "Participants, reconnecting ones too",
                server->member_count);
    write_gauge(out, "parley_sockets", "Open WebSockets", server->socket_count);
    write_gauge(out, "parley_draining", "1: no new rooms are taken", server->draining);
    write_gauge(out, "parley_uptime_seconds", "Since control started",
                (server_now_ms() - server->started_ms) / 1000u);
    write_limits(out, server);
    write_busy(out, server);
    write_process(out);
    write_worker_gauges(out, server->workers);
    write_control_counters(out, server);
    write_worker_counters(out, server->workers, "engine", engine_counter_texts, ENGINE_COUNTERS, 0);
    write_worker_counters(out, server->workers, "worker", worker_counter_texts, WORKER_COUNTERS,
                          ENGINE_COUNTERS);
}

static int respond(struct http_request *request)
{
    char *text = NULL;
    size_t len = 0;
    if (workers_counters_due(request->server->workers) > 0 && ++request->waits < WAITS) {
        lws_set_timer_usecs(request->wsi, WAIT_US);
        return 0;
    }
    FILE *out = open_memstream(&text, &len);
    if (out == NULL)
        return problem_respond(request, PROBLEM_INTERNAL, "out of memory", 0);
    write_all(out, request->server);
    if (fclose(out) != 0 || text == NULL) {
        free(text);
        return problem_respond(request, PROBLEM_INTERNAL, "out of memory", 0);
    }
    struct http_response response = {.status = 200,
                                     .content_type = "text/plain; version=0.0.4; charset=utf-8",
                                     .body = text,
                                     .len = len};
    int result = http_respond(request, &response);
    free(text);
    return result;
}

int metrics_request(struct http_request *request)
{
    workers_ask_counters(request->server->workers);
    request->waits = 0;
    request->on_timer = respond;
    lws_set_timer_usecs(request->wsi, WAIT_US);
    return 0;
}
