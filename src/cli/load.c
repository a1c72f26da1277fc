/* The run: prepare, let everybody in, let it settle, measure, end. */
#include "cli/load.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

#include "cli/certificate.h"
#include "cli/load_clip.h"
#include "cli/load_clock.h"
#include "cli/load_io.h"
#include "cli/load_options.h"
#include "cli/load_report.h"
#include "cli/load_signal.h"
#include "engine/dtls.h"

#define EXIT_USAGE 2
#define SECOND_US  UINT64_C(1000000)
#define SLICE_MS   20u
#define DRAIN_MS   700u                /* for what is under way, and a repetition */
#define NTP_UNIX_S INT64_C(2208988800) /* RFC 5905: from 1900 to 1970 */

struct run {
    struct load_options options;
    /* owned */
    struct load_peer *peers;
    struct load_io *ios[LOAD_MAX_THREADS];
    struct dtls_context *dtls;
    struct load_clips clips;
    struct load_report *report;
    struct load_signal signal;
    /* state */
    unsigned io_started;
    uint64_t started_us;
    struct load_counts last; /* of the second before */
    uint64_t last_cpu_us;
    const char *phase;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* ---- preparing ------------------------------------------------------------------------------- */

static int refuse(const char *what)
{
    fprintf(stderr, "parley: load: %s\n", what);
    return EXIT_USAGE;
}

static int raise_descriptors(unsigned clients, rlim_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return 0;
    limit.rlim_cur = wanted;
    if (limit.rlim_max < wanted)
        limit.rlim_max = wanted; /* root may */
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return 0;
    fprintf(stderr, "parley: load: %u clients need %llu open files; raise the limit (ulimit -n)\n",
            clients, (unsigned long long)wanted);
    return -1;
}

/* Publishers first: who comes later is shown them at once. */
static void plan_peers(struct run *run)
{
    const struct load_options *options = &run->options;
    unsigned at = 0, judged = 0;
    for (unsigned pass = 0; pass < 2; pass++) {
        bool publisher = pass == 0;
        unsigned each = publisher ? options->publishers : options->subscribers;
        for (unsigned i = 0; i < options->rooms * each; i++) {
            struct load_peer *peer = &run->peers[at];
            peer->room = i % options->rooms;
            peer->publisher = publisher;
            peer->thread = at % options->threads;
            peer->seats = load_options_seats(options, publisher);
            peer->watches = peer->seats > 0;
            peer->audio_only = options->audio_only;
            /* A clip's frames do not say what they are. */
            if (peer->watches && !options->pictures && !options->sound && options->publishers > 0)
                peer->judged = options->decrypt_all || judged++ % options->judge_one_in == 0;
            at++;
        }
    }
}

static int prepare_signal(struct run *run)
{
    uint64_t seed[2];
    struct load_signal *signal = &run->signal;
    if (getrandom(seed, sizeof seed, 0) != sizeof seed)
        return -1;
    signal->options = &run->options;
    signal->clips = &run->clips;
    signal->dtls = run->dtls;
    signal->peers = run->peers;
    signal->ios = run->ios;
    signal->count = load_options_clients(&run->options);
    signal->ntp_offset_us = load_clock_offset_us() + NTP_UNIX_S * (int64_t)SECOND_US;
    rng_init(&signal->rng, seed[0], seed[1]);
    return load_signal_init(signal);
}

static int prepare(struct run *run)
{
    unsigned clients = load_options_clients(&run->options);
    struct load_io_config config = {.clients = clients, .gro = run->options.gro};
    run->peers = calloc(clients, sizeof *run->peers);
    run->report = calloc(1, sizeof *run->report);
    run->dtls = certificate_dtls_context();
    if (!run->peers || !run->report || !run->dtls)
        return -1;
    run->report->series = calloc(LOAD_REPORT_SERIES, sizeof *run->report->series);
    if (!run->report->series)
        return -1;
    plan_peers(run);
    for (unsigned i = 0; i < run->options.threads; i++) {
        run->ios[i] = load_io_new(&config);
        if (!run->ios[i] || load_io_start(run->ios[i]) != 0)
            return -1;
        run->io_started++;
    }
    return prepare_signal(run);
}

static void stop_ios(struct run *run)
{
    for (unsigned i = 0; i < run->io_started; i++)
        load_io_set_phase(run->ios[i], LOAD_STOPPING);
    for (unsigned i = 0; i < run->io_started; i++)
        load_io_join(run->ios[i]);
    run->io_started = 0;
}

static void finish(struct run *run)
{
    stop_ios(run);
    load_signal_fini(&run->signal);
    for (unsigned i = 0; i < LOAD_MAX_THREADS; i++)
        load_io_free(run->ios[i]);
    dtls_context_free(run->dtls);
    load_clips_fini(&run->clips);
    if (run->report)
        free(run->report->series);
    free(run->report);
    free(run->peers);
}

/* ---- progress -------------------------------------------------------------------------------- */

static void look(struct run *run, struct load_counts *sum, struct histogram *delays_us)
{
    *sum = (struct load_counts){0};
    memset(delays_us, 0, sizeof *delays_us);
    for (unsigned i = 0; i < run->options.threads; i++) {
        struct load_counts counts;
        struct histogram delays;
        load_io_look(run->ios[i], &counts, &delays);
        load_counts_add(sum, &counts);
        histogram_merge(delays_us, &delays);
    }
}

static double rate(uint64_t before, uint64_t after, double interval_s)
{
    return after > before ? (double)(after - before) / interval_s : 0;
}

static void print_second(const struct run *run, const struct load_second *second)
{
    fprintf(stderr,
            "%6.1f s  %-9s joined %u/%u  in %.0f packets/s %.1f Mb/s  out %.0f/s  lost %.0f/s  "
            "delay p50 %.2f p99 %.2f ms  cpu %.2f\n",
            second->at_s, run->phase, second->connected, run->signal.count, second->in_per_s,
            second->in_mbps, second->out_per_s, second->lost_per_s,
            (double)second->delay_p50_us / 1000, (double)second->delay_p99_us / 1000, second->cpu);
}

/* The threads write down once a second; what they wrote is shown once. */
static void look_for_second(struct run *run)
{
    struct load_report *report = run->report;
    struct load_counts counts, *last = &run->last;
    struct histogram delays_us;
    uint64_t user_us, system_us;
    look(run, &counts, &delays_us);
    if (counts.at_us < last->at_us + SECOND_US / 2)
        return;
    double interval_s = (double)(counts.at_us - last->at_us) / 1e6;
    load_clock_process_us(&user_us, &system_us);
    struct load_second second = {
        .at_s = (double)(counts.at_us - run->started_us) / 1e6,
        .connected = counts.connected,
        .in_per_s = rate(last->packets, counts.packets, interval_s),
        .in_mbps = rate(last->media_bytes_in, counts.media_bytes_in, interval_s) * 8 / 1e6,
        .out_per_s = rate(last->datagrams_out, counts.datagrams_out, interval_s),
        .lost_per_s = rate(last->lost, counts.lost, interval_s),
        .delay_p50_us = histogram_at(&delays_us, 500),
        .delay_p99_us = histogram_at(&delays_us, 990),
        .cpu = rate(run->last_cpu_us, user_us + system_us, interval_s) / 1e6,
    };
    *last = counts;
    run->last_cpu_us = user_us + system_us;
    if (report->series_count < LOAD_REPORT_SERIES)
        report->series[report->series_count++] = second;
    if (!run->options.quiet)
        print_second(run, &second);
}

static void serve(struct run *run)
{
    load_signal_serve(&run->signal, SLICE_MS);
    look_for_second(run);
}

static void serve_for(struct run *run, uint64_t us)
{
    uint64_t until_us = load_clock_us() + us;
    while (load_clock_us() < until_us && !interrupted)
        serve(run);
}

/* ---- measuring ------------------------------------------------------------------------------- */

/* Waits until each thread has written its counts down for the new phase. */
static void enter(struct run *run, enum load_phase phase,
                  struct load_counts threads[static LOAD_MAX_THREADS], struct load_counts *sum)
{
    uint64_t from_us = load_clock_us();
    struct histogram delays;
    *sum = (struct load_counts){0};
    for (unsigned i = 0; i < run->options.threads; i++)
        load_io_set_phase(run->ios[i], phase);
    for (unsigned i = 0; i < run->options.threads; i++) {
        do {
            load_signal_serve(&run->signal, 1);
            load_io_look(run->ios[i], &threads[i], &delays);
        } while (threads[i].at_us < from_us);
        load_counts_add(sum, &threads[i]);
    }
}

static void measure(struct run *run)
{
    struct load_report *report = run->report;
    uint64_t user_us, system_us;
    run->phase = "measuring";
    enter(run, LOAD_MEASURING, report->thread_before, &report->before);
    load_clock_process_us(&user_us, &system_us);
    uint64_t from_us = load_clock_us();
    serve_for(run, run->options.duration_s * SECOND_US);
    report->window_s = (double)(load_clock_us() - from_us) / 1e6;
    load_clock_process_us(&report->user_us, &report->system_us);
    report->total_cpu_us = report->user_us + report->system_us;
    report->user_us -= user_us;
    report->system_us -= system_us;
    enter(run, LOAD_DRAINING, report->thread_after, &report->after);
    load_signal_serve(&run->signal, DRAIN_MS);
}

static void conclude(struct run *run)
{
    struct load_report *report = run->report;
    struct histogram delays;
    stop_ios(run);
    look(run, &report->end, &delays);
    for (unsigned i = 0; i < run->options.threads; i++)
        load_spread_add(&report->spread, load_io_spread(run->ios[i]));
    report->resume_us = run->signal.resume_us;
    load_report_joins(report, run->peers, run->signal.count);
    load_report_limits(report);
    load_signal_leave(&run->signal);
}

static int write_json(const struct run *run)
{
    const char *path = run->options.json_path;
    json_t *json = load_report_json(run->report);
    bool own = strcmp(path, "-") == 0;
    FILE *file = own ? stdout : fopen(path, "we");
    int failed = !json || !file || json_dumpf(json, file, JSON_INDENT(2)) != 0;
    if (file)
        failed |= fputc('\n', file) == EOF;
    if (file && !own)
        failed |= fclose(file) != 0;
    json_decref(json);
    if (failed)
        fprintf(stderr, "parley: load: %s: %s\n", path, strerror(errno));
    return failed ? -1 : 0;
}

static int tell(const struct run *run)
{
    const char *path = run->options.json_path;
    if (!path || strcmp(path, "-") != 0)
        load_report_text(run->report, stdout);
    if (path && write_json(run) != 0)
        return EXIT_USAGE;
    return load_report_fine(run->report) && !interrupted ? 0 : 1;
}

static int go(struct run *run)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    run->report->options = &run->options;
    run->report->started_unix_ms = (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
    run->started_us = load_clock_us();
    run->last.at_us = run->started_us;
    run->phase = "joining";
    while (!load_signal_settled(&run->signal) && !interrupted)
        serve(run);
    run->report->joining_s = (double)(load_clock_us() - run->started_us) / 1e6;
    if (run->signal.problem[0]) {
        fprintf(stderr, "parley: load: %s:%u: %s\n", run->options.host, run->options.port,
                run->signal.problem);
        return EXIT_USAGE;
    }
    run->phase = "settling";
    serve_for(run, run->options.settle_s * SECOND_US);
    measure(run);
    conclude(run);
    return tell(run);
}

int load_main(int count, char **arguments)
{
    struct run *run = calloc(1, sizeof *run);
    char error[LOAD_ERROR_BYTES];
    int status;
    if (!run)
        return refuse("out of memory");
    switch (load_options_parse(count, arguments, &run->options, error)) {
    case LOAD_OPTIONS_HELP:
        load_options_help(stdout);
        free(run);
        return 0;
    case LOAD_OPTIONS_BAD:
        free(run);
        return refuse(error);
    case LOAD_OPTIONS_RUN:
        break;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    if (load_clips_read(&run->clips, &run->options, error) != 0)
        status = refuse(error);
    else if (raise_descriptors(load_options_clients(&run->options),
                               load_options_files(&run->options)) != 0)
        status = EXIT_USAGE;
    else
        status = prepare(run) == 0 ? go(run) : refuse("out of memory or descriptors");
    finish(run);
    free(run);
    return status;
}
