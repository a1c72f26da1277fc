#include "cli/load_report.h"

#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* From here on figures would be the generator's and not the server's. */
#define CPU_LIMIT     0.9
#define LATE_LIMIT_US 5000u
#define LATE_PERMILLE 990u

/* ---- sums ------------------------------------------------------------------------------------ */

void load_counts_add(struct load_counts *sum, const struct load_counts *other)
{
    if (sum->at_us < other->at_us)
        sum->at_us = other->at_us;
    sum->datagrams_in += other->datagrams_in;
    sum->bytes_in += other->bytes_in;
    sum->datagrams_out += other->datagrams_out;
    sum->bytes_out += other->bytes_out;
    sum->send_failed += other->send_failed;
    sum->reads += other->reads;
    sum->expected += other->expected;
    sum->packets += other->packets;
    sum->lost += other->lost;
    sum->repaired += other->repaired;
    sum->repetitions += other->repetitions;
    sum->duplicates += other->duplicates;
    sum->media_bytes_in += other->media_bytes_in;
    sum->packets_out += other->packets_out;
    sum->frames_out += other->frames_out;
    sum->key_frames_out += other->key_frames_out;
    sum->plis_in += other->plis_in;
    sum->unauthentic += other->unauthentic;
    sum->unknown_ssrcs += other->unknown_ssrcs;
    sum->nacks_out += other->nacks_out;
    sum->plis_out += other->plis_out;
    sum->errors += other->errors;
    sum->judged += other->judged;
    sum->judged_frames += other->judged_frames;
    sum->judged_undecodable += other->judged_undecodable;
    sum->judged_freezes += other->judged_freezes;
    sum->socket_drops += other->socket_drops;
    sum->cpu_us += other->cpu_us;
    sum->waited_us += other->waited_us;
    sum->connected += other->connected;
}

void load_spread_add(struct load_spread *sum, const struct load_spread *other)
{
    histogram_merge(&sum->delays.arrived_us, &other->delays.arrived_us);
    histogram_merge(&sum->delays.read_at_us, &other->delays.read_at_us);
    histogram_merge(&sum->read_late_us, &other->read_late_us);
    histogram_merge(&sum->timer_late_us, &other->timer_late_us);
    for (unsigned i = 0; i < 2; i++) {
        histogram_merge(&sum->pauses.longest_us[i], &other->pauses.longest_us[i]);
        histogram_merge(&sum->pauses.resumed_us[i], &other->pauses.resumed_us[i]);
    }
    sum->pauses.replaced += other->pauses.replaced;
    sum->pauses.absent += other->pauses.absent;
}

/* ---- joins ----------------------------------------------------------------------------------- */

static void note_reason(struct load_report *report, const char *text)
{
    for (size_t i = 0; i < report->reason_count; i++) {
        if (strcmp(report->reasons[i].text, text) != 0)
            continue;
        report->reasons[i].count++;
        return;
    }
    if (report->reason_count == LOAD_REPORT_REASONS) { /* the last one stands for all others */
        report->reasons[LOAD_REPORT_REASONS - 1].count++;
        return;
    }
    struct load_reason *reason = &report->reasons[report->reason_count++];
    snprintf(reason->text, sizeof reason->text, "%s", text);
    reason->count = 1;
}

static void note_peer(struct load_report *report, const struct load_peer *peer)
{
    uint64_t connected_us = atomic_load(&peer->connected_us);
    uint64_t media_us = atomic_load(&peer->media_us);
    uint64_t key_frame_us = atomic_load(&peer->key_frame_us);
    bool joined = connected_us != 0 && peer->reason[0] == '\0';
    report->joined += joined;
    report->resumes += peer->resumes;
    if (peer->reason[0])
        note_reason(report, peer->reason);
    else if (!joined)
        note_reason(report, "not begun");
    if (connected_us != 0)
        histogram_add(&report->connect_us, connected_us - peer->begun_us);
    if (!peer->watches)
        return;
    report->watching++;
    report->with_media += media_us != 0;
    report->with_key_frame += key_frame_us != 0;
    if (key_frame_us != 0)
        histogram_add(&report->key_frame_us, key_frame_us - peer->begun_us);
    if (media_us != 0)
        histogram_add(&report->media_us, media_us - peer->begun_us);
    else if (joined)
        note_reason(report, "joined, but no media came");
}

void load_report_joins(struct load_report *report, const struct load_peer *peers, unsigned count)
{
    report->wanted = count;
    for (unsigned i = 0; i < count; i++)
        note_peer(report, &peers[i]);
}

bool load_report_fine(const struct load_report *report)
{
    return report->joined == report->wanted && report->with_media == report->watching;
}

/* ---- the generator's own limits -------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3)))
add_limit(struct load_report *report, const char *format, ...)
{
    va_list arguments;
    if (report->limit_count == LOAD_REPORT_LIMITS)
        return;
    va_start(arguments, format);
    vsnprintf(report->limits[report->limit_count++], LOAD_REPORT_LIMIT_BYTES, format, arguments);
    va_end(arguments);
}

static double share(uint64_t before_us, uint64_t after_us, double window_s)
{
    return window_s > 0 ? (double)(after_us - before_us) / 1e6 / window_s : 0;
}

static double cpu_of(const struct load_report *report, unsigned thread)
{
    return share(report->thread_before[thread].cpu_us, report->thread_after[thread].cpu_us,
                 report->window_s);
}

static double waited_of(const struct load_report *report, unsigned thread)
{
    return share(report->thread_before[thread].waited_us, report->thread_after[thread].waited_us,
                 report->window_s);
}

static void check_threads(struct load_report *report)
{
    for (unsigned i = 0; i < report->options->threads; i++)
        if (cpu_of(report, i) + waited_of(report, i) >= CPU_LIMIT)
            add_limit(report, "thread %u ran for %.0f %% of the time and waited for a CPU %.0f %%",
                      i, 100 * cpu_of(report, i), 100 * waited_of(report, i));
}

void load_report_limits(struct load_report *report)
{
    uint64_t read_us = histogram_at(&report->spread.read_late_us, LATE_PERMILLE);
    uint64_t timer_us = histogram_at(&report->spread.timer_late_us, LATE_PERMILLE);
    uint64_t drops = report->end.socket_drops - report->before.socket_drops;
    uint64_t failed = report->after.send_failed - report->before.send_failed;
    check_threads(report);
    if (read_us > LATE_LIMIT_US)
        add_limit(report, "1 %% of what came waited %.1f ms or more to be read",
                  (double)read_us / 1000);
    if (timer_us > LATE_LIMIT_US)
        add_limit(report, "1 %% of frames and feedback left %.1f ms late or more",
                  (double)timer_us / 1000);
    if (drops > 0)
        add_limit(report, "its sockets dropped %llu datagrams", (unsigned long long)drops);
    if (failed > 0)
        add_limit(report, "%llu datagrams could not be sent", (unsigned long long)failed);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static double per_s(uint64_t before, uint64_t after, double window_s)
{
    return window_s > 0 ? (double)(after - before) / window_s : 0;
}

static double ms(uint64_t us)
{
    return (double)us / 1000;
}

static json_t *spread_json(const struct histogram *histogram)
{
    double mean = histogram->count > 0 ? (double)histogram->sum / (double)histogram->count : 0;
    return json_pack("{s:I,s:f,s:f,s:f,s:f,s:f,s:f}", "count", (json_int_t)histogram->count, "mean",
                     mean / 1000, "p50", ms(histogram_at(histogram, 500)), "p90",
                     ms(histogram_at(histogram, 900)), "p99", ms(histogram_at(histogram, 990)),
                     "p999", ms(histogram_at(histogram, 999)), "max", ms(histogram->max));
}

static json_t *args_json(const struct load_options *options)
{
    json_t *json =
        json_pack("{s:s,s:i,s:b,s:i,s:i,s:i,s:b,s:i,s:i,s:b,s:b}", "host", options->host, "port",
                  (int)options->port, "tls", options->tls, "rooms", (int)options->rooms,
                  "publishers", (int)options->publishers, "subscribers", (int)options->subscribers,
                  "publishers_watch", options->publishers_watch, "video_kbps",
                  options->audio_only ? 0 : (int)options->video_kbps, "fps", (int)options->fps,
                  "simulcast", options->simulcast, "audio_only", options->audio_only);
    json_t *more =
        json_pack("{s:i,s:i,s:i,s:i,s:i,s:s,s:i,s:i,s:i,s:b}", "lead_s", (int)options->lead_s,
                  "join_rate", (int)options->join_rate, "join_concurrency",
                  (int)options->join_concurrency, "settle_s", (int)options->settle_s, "duration_s",
                  (int)options->duration_s, "decrypt", options->decrypt_all ? "all" : "sample",
                  "judge_one_in", (int)options->judge_one_in, "threads", (int)options->threads,
                  "feedback_ms", (int)options->feedback_ms, "gro", options->gro);
    json_object_update(json, more);
    json_decref(more);
    return json;
}

static json_t *joins_json(const struct load_report *report)
{
    json_t *failures = json_array();
    for (size_t i = 0; i < report->reason_count; i++)
        json_array_append_new(failures, json_pack("{s:s,s:i}", "reason", report->reasons[i].text,
                                                  "count", (int)report->reasons[i].count));
    return json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:o,s:f,s:o,s:o,s:o,s:o}", "wanted",
                     (int)report->wanted, "joined", (int)report->joined, "watching",
                     (int)report->watching, "with_media", (int)report->with_media, "with_key_frame",
                     (int)report->with_key_frame, "resumes", (int)report->resumes, "resume_ms",
                     spread_json(&report->resume_us), "took_s", report->joining_s, "connect_ms",
                     spread_json(&report->connect_us), "first_media_ms",
                     spread_json(&report->media_us), "first_key_frame_ms",
                     spread_json(&report->key_frame_us), "failures", failures);
}

/* Of what would reach everybody who watches if each got all; -1: with several layers nobody does.
 * Below 1 the server has left something out, or lost it. */
static double delivered_of(const struct load_report *report)
{
    const struct load_options *options = report->options;
    uint64_t sent = report->after.packets_out - report->before.packets_out;
    uint64_t came = report->after.packets - report->before.packets;
    double viewers = options->subscribers * (double)load_options_seats(options, false) +
                     options->publishers * (double)load_options_seats(options, true);
    if (options->simulcast || sent == 0)
        return -1;
    return (double)came * options->publishers / ((double)sent * viewers);
}

static json_t *received_json(const struct load_report *report)
{
    const struct load_counts *before = &report->before, *after = &report->after;
    double window_s = report->window_s;
    return json_pack(
        "{s:f,s:f,s:f,s:f,s:f}", "packets_per_s", per_s(before->packets, after->packets, window_s),
        "delivered_ratio", delivered_of(report), "mbps",
        per_s(before->media_bytes_in, after->media_bytes_in, window_s) * 8 / 1e6, "datagrams_per_s",
        per_s(before->datagrams_in, after->datagrams_in, window_s), "datagrams_per_read",
        after->reads > before->reads ? (double)(after->datagrams_in - before->datagrams_in) /
                                           (double)(after->reads - before->reads)
                                     : 0.0);
}

static json_t *sent_json(const struct load_report *report)
{
    const struct load_counts *before = &report->before, *after = &report->after;
    double window_s = report->window_s;
    return json_pack("{s:f,s:f,s:f,s:f,s:f,s:f}", "packets_per_s",
                     per_s(before->packets_out, after->packets_out, window_s), "datagrams_per_s",
                     per_s(before->datagrams_out, after->datagrams_out, window_s), "mbps",
                     per_s(before->bytes_out, after->bytes_out, window_s) * 8 / 1e6, "frames_per_s",
                     per_s(before->frames_out, after->frames_out, window_s), "key_frames_per_s",
                     per_s(before->key_frames_out, after->key_frames_out, window_s),
                     "key_frame_requests_per_s", per_s(before->plis_in, after->plis_in, window_s));
}

/* What was under way at the window's start may have come since: then there is less. */
static uint64_t gained(uint64_t before, uint64_t after)
{
    return after > before ? after - before : 0;
}

static json_t *loss_json(const struct load_report *report)
{
    const struct load_counts *before = &report->before, *end = &report->end;
    uint64_t expected = gained(before->expected, end->expected);
    uint64_t lost = gained(before->lost, end->lost);
    uint64_t repaired = gained(before->repaired, end->repaired);
    double all = expected > 0 ? (double)expected : 1;
    return json_pack("{s:I,s:I,s:f,s:I,s:f,s:I,s:I,s:I}", "expected", (json_int_t)expected, "lost",
                     (json_int_t)lost, "lost_ratio", (double)lost / all, "repaired",
                     (json_int_t)repaired, "first_time_ratio", (double)(lost + repaired) / all,
                     "repetitions", (json_int_t)gained(before->repetitions, end->repetitions),
                     "duplicates", (json_int_t)gained(before->duplicates, end->duplicates), "nacks",
                     (json_int_t)gained(before->nacks_out, end->nacks_out));
}

/* Of streams whose connection stood all the time. */
static json_t *pauses_json(const struct load_pauses *pauses)
{
    return json_pack("{s:o,s:o}", "audio", spread_json(&pauses->longest_us[0]), "video",
                     spread_json(&pauses->longest_us[1]));
}

static json_t *restarts_json(const struct load_pauses *pauses)
{
    return json_pack("{s:I,s:I,s:o,s:o}", "connections", (json_int_t)pauses->replaced, "absent",
                     (json_int_t)pauses->absent, "audio_ms", spread_json(&pauses->resumed_us[0]),
                     "video_ms", spread_json(&pauses->resumed_us[1]));
}

static json_t *judged_json(const struct load_report *report)
{
    const struct load_counts *before = &report->before, *end = &report->end;
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "clients", (json_int_t)end->judged, "frames",
                     (json_int_t)(end->judged_frames - before->judged_frames), "undecodable",
                     (json_int_t)(end->judged_undecodable - before->judged_undecodable), "freezes",
                     (json_int_t)(end->judged_freezes - before->judged_freezes), "stream_errors",
                     (json_int_t)(end->errors - before->errors), "unauthentic",
                     (json_int_t)(end->unauthentic - before->unauthentic), "unknown_ssrcs",
                     (json_int_t)(end->unknown_ssrcs - before->unknown_ssrcs));
}

static json_t *generator_json(const struct load_report *report)
{
    json_t *threads = json_array();
    double cpu = report->window_s > 0
                     ? (double)(report->user_us + report->system_us) / 1e6 / report->window_s
                     : 0;
    for (unsigned i = 0; i < report->options->threads; i++)
        json_array_append_new(threads, json_pack("{s:f,s:f}", "cpu", cpu_of(report, i), "waited",
                                                 waited_of(report, i)));
    return json_pack("{s:f,s:f,s:f,s:f,s:o,s:o,s:o,s:I,s:I}", "cpu", cpu, "cpu_user_s",
                     (double)report->user_us / 1e6, "cpu_system_s", (double)report->system_us / 1e6,
                     "cpu_total_s", (double)report->total_cpu_us / 1e6, "threads", threads,
                     "read_late_ms", spread_json(&report->spread.read_late_us), "timer_late_ms",
                     spread_json(&report->spread.timer_late_us), "socket_drops",
                     (json_int_t)(report->end.socket_drops - report->before.socket_drops),
                     "send_failed",
                     (json_int_t)(report->after.send_failed - report->before.send_failed));
}

static json_t *series_json(const struct load_report *report)
{
    json_t *series = json_array();
    for (size_t i = 0; i < report->series_count; i++) {
        const struct load_second *second = &report->series[i];
        json_array_append_new(series, json_pack("{s:f,s:i,s:f,s:f,s:f,s:f,s:f,s:f,s:f}", "at_s",
                                                second->at_s, "connected", (int)second->connected,
                                                "in_per_s", second->in_per_s, "in_mbps",
                                                second->in_mbps, "out_per_s", second->out_per_s,
                                                "lost_per_s", second->lost_per_s, "delay_p50_ms",
                                                ms(second->delay_p50_us), "delay_p99_ms",
                                                ms(second->delay_p99_us), "cpu", second->cpu));
    }
    return series;
}

static json_t *machine_json(void)
{
    struct utsname name;
    if (uname(&name) != 0)
        memset(&name, 0, sizeof name);
    return json_pack("{s:s,s:s,s:s,s:I}", "system", name.sysname, "release", name.release, "arch",
                     name.machine, "cores", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN));
}

json_t *load_report_json(const struct load_report *report)
{
    json_t *limits = json_array();
    for (size_t i = 0; i < report->limit_count; i++)
        json_array_append_new(limits, json_string(report->limits[i]));
    return json_pack(
        "{s:s,s:I,s:o,s:o,s:b,s:b,s:o,s:f,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "version",
        PARLEY_VERSION, "started_at_ms", (json_int_t)report->started_unix_ms, "machine",
        machine_json(), "args", args_json(report->options), "fine", load_report_fine(report),
        "generator_limited", report->limit_count > 0, "generator_limits", limits, "window_s",
        report->window_s, "joins", joins_json(report), "received", received_json(report), "sent",
        sent_json(report), "loss", loss_json(report), "delay_ms",
        spread_json(&report->spread.delays.read_at_us), "delay_to_socket_ms",
        spread_json(&report->spread.delays.arrived_us), "pauses_ms",
        pauses_json(&report->spread.pauses), "restarts", restarts_json(&report->spread.pauses),
        "judged", judged_json(report), "generator", generator_json(report), "series",
        series_json(report));
}

/* ---- text ------------------------------------------------------------------------------------ */

static void print_spread(FILE *out, const char *what, const struct histogram *histogram)
{
    fprintf(out, "%-18s p50 %.2f  p90 %.2f  p99 %.2f  max %.2f ms", what,
            ms(histogram_at(histogram, 500)), ms(histogram_at(histogram, 900)),
            ms(histogram_at(histogram, 990)), ms(histogram->max));
    fprintf(out, "  (%llu)\n", (unsigned long long)histogram->count);
}

static void print_rates(const struct load_report *report, FILE *out)
{
    const struct load_counts *before = &report->before, *after = &report->after;
    double window_s = report->window_s;
    uint64_t expected = gained(before->expected, report->end.expected);
    uint64_t lost = gained(before->lost, report->end.lost);
    fprintf(out, "%-18s %.0f packets/s  %.1f Mb/s", "received",
            per_s(before->packets, after->packets, window_s),
            per_s(before->media_bytes_in, after->media_bytes_in, window_s) * 8 / 1e6);
    if (delivered_of(report) >= 0)
        fprintf(out, "  (%.1f %% of what was sent to them)", 100 * delivered_of(report));
    fputc('\n', out);
    fprintf(out, "%-18s %.0f datagrams/s  %.1f Mb/s\n", "sent",
            per_s(before->datagrams_out, after->datagrams_out, window_s),
            per_s(before->bytes_out, after->bytes_out, window_s) * 8 / 1e6);
    fprintf(out, "%-18s %llu of %llu packets (%.4f %%), %llu repaired\n", "lost",
            (unsigned long long)lost, (unsigned long long)expected,
            expected > 0 ? 100.0 * (double)lost / (double)expected : 0.0,
            (unsigned long long)gained(before->repaired, report->end.repaired));
}

static void print_judged(const struct load_report *report, FILE *out)
{
    const struct load_counts *before = &report->before, *end = &report->end;
    uint64_t errors = end->errors + end->unauthentic - before->errors - before->unauthentic;
    fprintf(out, "%-18s %llu clients: %llu frames, %llu undecodable, %llu freezes, %llu errors\n",
            "judged", (unsigned long long)end->judged,
            (unsigned long long)(end->judged_frames - before->judged_frames),
            (unsigned long long)(end->judged_undecodable - before->judged_undecodable),
            (unsigned long long)(end->judged_freezes - before->judged_freezes),
            (unsigned long long)errors);
}

static void print_generator(const struct load_report *report, FILE *out)
{
    double cpu = report->window_s > 0
                     ? (double)(report->user_us + report->system_us) / 1e6 / report->window_s
                     : 0;
    fprintf(out, "%-18s %.2f cores; read late p99 %.2f ms, timers late p99 %.2f ms\n", "generator",
            cpu, ms(histogram_at(&report->spread.read_late_us, LATE_PERMILLE)),
            ms(histogram_at(&report->spread.timer_late_us, LATE_PERMILLE)));
    if (report->limit_count > 0)
        fputs("The generator was at its limit: these figures are not the server's alone.\n", out);
    for (size_t i = 0; i < report->limit_count; i++)
        fprintf(out, "  %s\n", report->limits[i]);
}

void load_report_text(const struct load_report *report, FILE *out)
{
    fprintf(out, "%-18s %u of %u; %u of %u who watch received\n", "joined", report->joined,
            report->wanted, report->with_media, report->watching);
    for (size_t i = 0; i < report->reason_count; i++)
        fprintf(out, "  %u: %s%s\n", report->reasons[i].count, report->reasons[i].text,
                strstr(report->reasons[i].text, "too_many") ? " (docs/load.md: limits to lift)"
                                                            : "");
    print_spread(out, "join", &report->connect_us);
    print_spread(out, "first media", &report->media_us);
    print_rates(report, out);
    print_spread(out, "one-way delay", &report->spread.delays.read_at_us);
    print_spread(out, "  to the socket", &report->spread.delays.arrived_us);
    print_judged(report, out);
    print_generator(report, out);
}
