/* Meetings drawn from seeds, as many as are asked for, on as many cores (swarm.h):
 *
 *   sim_swarm [--seeds N] [--first N] [--jobs N]    a last line says how it went
 *   sim_swarm --seed N [--verbose]                  one of them again */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/deterministic.h"
#include "sim/swarm.h"

#define MAX_JOBS 64u
/* Of one process, then the others are let go on: a bug shows in many seeds. */
#define MAX_FAILURES 20u

struct options {
    uint64_t first, seeds;
    unsigned jobs;
    bool alone, verbose;
};

/* Of one process; lies in memory that all share, so that the seed is known of one that crashed. */
struct tally {
    uint64_t seed; /* the present one */
    uint64_t runs, simulated_us, datagrams, late, failures;
};

static struct options read_options(int argc, char **argv)
{
    struct options options = {.first = 1, .seeds = 200, .jobs = 1};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--verbose") == 0)
            options.verbose = true;
        else if (i + 1 == argc)
            continue;
        else if (strcmp(argv[i], "--seeds") == 0)
            options.seeds = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--first") == 0)
            options.first = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--jobs") == 0)
            options.jobs = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0) {
            options.first = strtoull(argv[++i], NULL, 10);
            options.alone = true;
        }
    }
    if (options.jobs == 0 || options.jobs > MAX_JOBS)
        options.jobs = 1;
    return options;
}

static void count_run(struct tally *tally, const struct swarm_result *result)
{
    tally->runs++;
    tally->simulated_us += result->simulated_us;
    tally->datagrams += result->datagrams;
    tally->late += result->late;
    tally->failures += result->violations > 0;
}

static void run_share(const struct options *options, unsigned job, struct tally *tally)
{
    deterministic_install();
    swarm_warm_up();
    for (uint64_t i = job; i < options->seeds && tally->failures < MAX_FAILURES;
         i += options->jobs) {
        struct swarm_result result;

        tally->seed = options->first + i;
        result = swarm_run(tally->seed, options->verbose);
        count_run(tally, &result);
    }
    fflush(stdout);
    _exit(0);
}

/* Whether each process came to its end. */
static bool wait_for_all(unsigned jobs, const pid_t *pids, const struct tally *tallies)
{
    bool fine = true;

    for (unsigned job = 0; job < jobs; job++) {
        int status;

        if (waitpid(pids[job], &status, 0) == pids[job] && WIFEXITED(status) &&
            WEXITSTATUS(status) == 0)
            continue;
        printf("seed %" PRIu64 ": CRASHED\n", tallies[job].seed);
        fine = false;
    }
    return fine;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static bool report(unsigned jobs, const struct tally *tallies)
{
    struct tally sum = {0};
    double cpu_s = cpu_seconds();

    for (unsigned job = 0; job < jobs; job++) {
        sum.runs += tallies[job].runs;
        sum.simulated_us += tallies[job].simulated_us;
        sum.datagrams += tallies[job].datagrams;
        sum.late += tallies[job].late;
        sum.failures += tallies[job].failures;
    }
    printf("%" PRIu64 " seeds, %" PRIu64 " with violations; %.0f s simulated in %.1f s of CPU, "
           "%.0f times real time; %" PRIu64 " datagrams judged; %" PRIu64 " tracks late\n",
           sum.runs, sum.failures, (double)sum.simulated_us / 1e6, cpu_s,
           (double)sum.simulated_us / 1e6 / cpu_s, sum.datagrams, sum.late);
    return sum.failures == 0 && sum.runs > 0;
}

static int run_many(const struct options *options)
{
    struct tally *tallies = mmap(NULL, MAX_JOBS * sizeof(*tallies), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pids[MAX_JOBS];
    bool fine;

    if (tallies == MAP_FAILED)
        return 1;
    for (unsigned job = 0; job < options->jobs; job++) {
        pids[job] = fork();
        if (pids[job] == 0)
            run_share(options, job, &tallies[job]);
    }
    fine = wait_for_all(options->jobs, pids, tallies);
    return report(options->jobs, tallies) && fine ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct options options = read_options(argc, argv);
    struct swarm_result result;

    if (!options.alone)
        return run_many(&options);
    deterministic_install();
    swarm_warm_up();
    result = swarm_run(options.first, options.verbose);
    printf("seed %" PRIu64 ": %u violations in %.3f s\n", options.first, result.violations,
           (double)result.simulated_us / 1e6);
    return result.violations == 0 ? 0 : 1;
}
