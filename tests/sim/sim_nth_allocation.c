/* A whole call in which one allocation of the server fails: the first, then the second, and so on
 * until a call needs no more. Three people join, talk, mute, restart ICE and leave; then two others
 * meet in another room. Whatever failed: nobody crashes, whoever was refused or dropped gets in by
 * asking again, everybody sees and hears everybody, and nothing is left behind.
 *
 *   sim_nth_allocation [--of ours|openssl] [--first N] [--stride N] [--jobs N]
 *   sim_nth_allocation --of ours --nth N        that one alone, in this process, for a debugger
 *
 * Each is tried in a process of its own, so that one that crashes does not hide the next. */
#include <execinfo.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "sim/deterministic.h"
#include "sim/failing.h"
#include "sim/sim.h"

#define SECOND      UINT64_C(1000000)
#define MILLISECOND UINT64_C(1000)
#define SEED        7u
#define OTHER_ROOM  (SIM_ROOM + 1u)
#define PEOPLE      3u
#define NEWCOMERS   2u
/* Whoever lost something has it back by then: a transport that is silent counts as failed after
 * 15 s only. */
#define PATIENCE_US (25 * SECOND)
#define MAX_JOBS    64u
#define HUNG_S      60u

struct options {
    enum failing_whose whose;
    uint64_t first, stride, alone;
    unsigned jobs;
};

/* How a try went, in memory that the parent sees, too. */
struct outcome {
    bool happened, judged;
    unsigned violations;
    uint64_t seen;
    int frame_count;
    void *frames[FAILING_FRAMES];
};

/* Of one process; lies in memory that all share. */
struct tally {
    uint64_t tried, failed, seen;
    struct outcome outcome; /* of the present try */
};

struct call {
    struct sim *sim;
    const char *what; /* for what is said */
    uint64_t nth;
    bool quiet; /* what goes wrong is counted, not said */
    unsigned violations;
    int64_t engine_alone; /* allocations, with an engine that nobody was in */
};

/* Who was refused since, for want of memory: by the participants' numbers. */
static bool refused[SIM_MAX_CLIENTS];

__attribute__((format(printf, 2, 3))) static void violation(struct call *call, const char *format,
                                                            ...)
{
    va_list arguments;

    call->violations++;
    if (call->quiet)
        return;
    printf("%s %" PRIu64 ": VIOLATION: ", call->what, call->nth);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
}

/* ---- the engine's calls, in which allocations count --------------------------------------------
 */

struct engine *__real_engine_new(const struct engine_config *config, uint64_t now_us);
struct engine *__wrap_engine_new(const struct engine_config *config, uint64_t now_us);
int __real_engine_command(struct engine *engine, uint64_t now_us,
                          const struct engine_command *command);
int __wrap_engine_command(struct engine *engine, uint64_t now_us,
                          const struct engine_command *command);
void __real_engine_receive(struct engine *engine, uint64_t now_us,
                           struct engine_datagram *datagrams, size_t count);
void __wrap_engine_receive(struct engine *engine, uint64_t now_us,
                           struct engine_datagram *datagrams, size_t count);
void __real_engine_tick(struct engine *engine, uint64_t now_us);
void __wrap_engine_tick(struct engine *engine, uint64_t now_us);
bool __real_engine_go_on(struct engine *engine);
bool __wrap_engine_go_on(struct engine *engine);

/* A worker without an engine ends, and the supervisor starts the next one. */
struct engine *__wrap_engine_new(const struct engine_config *config, uint64_t now_us)
{
    struct engine *engine;

    failing_enter();
    engine = __real_engine_new(config, now_us);
    if (engine == NULL && failing_happened())
        engine = __real_engine_new(config, now_us);
    failing_leave();
    return engine;
}

/* What is refused for want of memory the caller may ask for again: a page with a new peer
 * connection (get_well()). Any other refusal is none that a failed allocation explains. */
int __wrap_engine_command(struct engine *engine, uint64_t now_us,
                          const struct engine_command *command)
{
    const bool before = failing_happened();
    int result;

    failing_enter();
    result = __real_engine_command(engine, now_us, command);
    failing_leave();
    if (result != ENGINE_ERROR_NO_MEMORY || before || !failing_happened() ||
        command->type != ENGINE_OFFER)
        return result;
    refused[command->participant - 1000] = true;
    return 0;
}

void __wrap_engine_receive(struct engine *engine, uint64_t now_us,
                           struct engine_datagram *datagrams, size_t count)
{
    failing_enter();
    __real_engine_receive(engine, now_us, datagrams, count);
    failing_leave();
}

void __wrap_engine_tick(struct engine *engine, uint64_t now_us)
{
    failing_enter();
    __real_engine_tick(engine, now_us);
    failing_leave();
}

bool __wrap_engine_go_on(struct engine *engine)
{
    bool more;

    failing_enter();
    more = __real_engine_go_on(engine);
    failing_leave();
    return more;
}

/* ---- the call ---------------------------------------------------------------------------------
 */

static bool has_all(const struct call *call, unsigned who, unsigned others)
{
    return sim_videos_live(call->sim, who, SECOND) == others &&
           sim_audios_live(call->sim, who, SECOND) == others;
}

static bool all_have_all(const struct call *call, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        if (!has_all(call, i, count - 1))
            return false;
    return true;
}

/* What a page sees of it: it was refused, or the connection is over. */
static bool must_ask_again(const struct call *call, unsigned who)
{
    const struct sim_client *client = &call->sim->clients[who];

    return refused[who] || client->leg_state == ENGINE_LEG_FAILED ||
           (client->client != NULL && client_state(client->client) == CLIENT_CLOSED);
}

/* Whether all see and hear all in the end. */
static bool get_well(struct call *call, unsigned first, unsigned count)
{
    const uint64_t end_us = call->sim->now_us + PATIENCE_US;

    while (!all_have_all(call, first, count)) {
        if (call->sim->now_us > end_us)
            return false;
        for (unsigned i = first; i < first + count; i++) {
            if (!must_ask_again(call, i))
                continue;
            refused[i] = false;
            sim_new_leg(call->sim, i);
        }
        sim_run(call->sim, SECOND / 2);
    }
    return true;
}

static void judge_media(struct call *call, unsigned first, unsigned count)
{
    if (get_well(call, first, count))
        return;
    for (unsigned i = first; i < first + count; i++)
        if (!has_all(call, i, count - 1))
            violation(call, "client %u has %u pictures and %u voices of %u", i,
                      sim_videos_live(call->sim, i, SECOND), sim_audios_live(call->sim, i, SECOND),
                      count - 1);
    sim_print(call->sim);
}

/* Without what OpenSSL keeps for each thread, whoever used it: the texts of its last errors. */
static int64_t allocations_held(void)
{
    OPENSSL_thread_stop();
    return sim_allocations_held();
}

static void judge_empty(struct call *call)
{
    char why[SIM_WHY_BYTES];

    if (!sim_is_empty(call->sim, call->engine_alone, allocations_held(), why))
        violation(call, "%s", why);
}

static void add_people(struct call *call)
{
    static const struct client_config talker = {.microphone = true,
                                                .camera = true,
                                                .seats = 4,
                                                .fps = 10,
                                                .frame_bytes = 300,
                                                .red = true,
                                                .codecs = CLIENT_ALL_CODECS};
    struct client_config layered = talker, scalable = talker;

    layered.layers = 3;
    layered.temporal_layers = 3;
    scalable.codec = CLIENT_VP9;
    scalable.descriptor = true;
    scalable.layers = 3;
    scalable.layer_bps[0] = 20000;
    scalable.layer_bps[1] = 50000;
    scalable.layer_bps[2] = 100000;
    (void)sim_add(call->sim, &talker);
    (void)sim_add(call->sim, &layered);
    (void)sim_add(call->sim, &scalable);
    for (unsigned i = 0; i < NEWCOMERS; i++)
        call->sim->clients[sim_add(call->sim, &talker)].room = OTHER_ROOM;
    for (unsigned i = 0; i < call->sim->client_count; i++)
        call->sim->clients[i].left = true;
}

static void join(struct call *call, unsigned who, uint64_t then_us)
{
    sim_join(call->sim, who);
    sim_run(call->sim, then_us);
}

static void everybody_leaves(struct call *call, unsigned first, unsigned count, uint64_t room)
{
    for (unsigned i = first; i < first + count; i++) {
        sim_leave(call->sim, i);
        sim_run(call->sim, 100 * MILLISECOND);
    }
    sim_close_room(call->sim, room);
    sim_run(call->sim, SECOND);
}

static void people_meet(struct call *call)
{
    join(call, 0, 300 * MILLISECOND);
    join(call, 1, 700 * MILLISECOND);
    join(call, 2, SECOND);
    sim_mute(call->sim, 1, true, true);
    sim_run(call->sim, 200 * MILLISECOND);
    sim_mute(call->sim, 1, false, false);
    sim_ice_restart(call->sim, 0);
    sim_run(call->sim, 500 * MILLISECOND);
    judge_media(call, 0, PEOPLE);
    everybody_leaves(call, 0, PEOPLE, SIM_ROOM);
}

static void newcomers_meet(struct call *call)
{
    for (unsigned i = PEOPLE; i < PEOPLE + NEWCOMERS; i++)
        join(call, i, 500 * MILLISECOND);
    judge_media(call, PEOPLE, NEWCOMERS);
    everybody_leaves(call, PEOPLE, NEWCOMERS, OTHER_ROOM);
}

/* What OpenSSL keeps for good from its first handshake on is not to be blamed on the first try. */
static void warm_up(void)
{
    struct call call = {.sim = sim_new(SEED), .quiet = true};

    add_people(&call);
    people_meet(&call);
    sim_free(call.sim);
}

/* nth 0: nothing fails. */
static void play(enum failing_whose whose, uint64_t nth, struct outcome *outcome)
{
    const int64_t before = allocations_held();
    struct call call = {.what = whose == FAILING_OURS ? "ours" : "openssl", .nth = nth};

    failing_arm(whose, nth);
    call.sim = sim_new(SEED);
    call.engine_alone = allocations_held();
    add_people(&call);
    people_meet(&call);
    outcome->happened = failing_happened();
    outcome->seen = failing_seen();
    outcome->frame_count = failing_where(outcome->frames);
    failing_disarm();
    judge_empty(&call);
    newcomers_meet(&call);
    judge_empty(&call);
    sim_free(call.sim);
    if (allocations_held() != before)
        violation(&call, "%" PRId64 " allocations outlive the engine", allocations_held() - before);
    outcome->violations = call.violations;
    outcome->judged = true;
}

/* ---- one after the other -----------------------------------------------------------------------
 */

static void say_where(const struct outcome *outcome)
{
    fflush(stdout);
    backtrace_symbols_fd(outcome->frames, outcome->frame_count, STDOUT_FILENO);
}

/* Ends by exit(), so that LeakSanitizer looks, too. */
static _Noreturn void try_in_child(enum failing_whose whose, uint64_t nth, struct outcome *outcome)
{
    alarm(HUNG_S);
    play(whose, nth, outcome);
    if (outcome->violations > 0)
        say_where(outcome);
    exit(outcome->violations > 0 ? 1 : 0);
}

/* Whether it was there to fail. */
static bool try_one(enum failing_whose whose, uint64_t nth, struct tally *tally)
{
    int status = 0;
    pid_t pid;

    memset(&tally->outcome, 0, sizeof(tally->outcome));
    fflush(stdout);
    pid = fork();
    if (pid == 0)
        try_in_child(whose, nth, &tally->outcome);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        abort();
    tally->tried += tally->outcome.happened || !tally->outcome.judged;
    if (status != 0) {
        tally->failed++;
        printf("again: --of %s --nth %" PRIu64 " (%s %d)\n",
               whose == FAILING_OURS ? "ours" : "openssl", nth,
               WIFSIGNALED(status) ? "signal" : "exit code",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    return tally->outcome.happened || !tally->outcome.judged;
}

static void run_share(const struct options *options, unsigned job, struct tally *tally)
{
    uint64_t nth = options->first + job * options->stride;

    while (try_one(options->whose, nth, tally))
        nth += options->jobs * options->stride;
    tally->seen = tally->outcome.seen;
    fflush(stdout);
    _exit(0);
}

static int run_all(const struct options *options)
{
    struct tally *tallies = mmap(NULL, MAX_JOBS * sizeof(*tallies), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct tally sum = {0};

    if (tallies == MAP_FAILED)
        return 1;
    for (unsigned job = 0; job < options->jobs; job++)
        if (fork() == 0)
            run_share(options, job, &tallies[job]);
    while (wait(NULL) > 0)
        continue;
    for (unsigned job = 0; job < options->jobs; job++) {
        sum.tried += tallies[job].tried;
        sum.failed += tallies[job].failed;
        sum.seen = tallies[job].seen;
    }
    printf("%s: %" PRIu64 " allocations in a call, %" PRIu64 " of them failed once, %" PRIu64
           " times wrongly handled\n",
           options->whose == FAILING_OURS ? "ours" : "openssl", sum.seen, sum.tried, sum.failed);
    return sum.failed == 0 && sum.tried > 0 ? 0 : 1;
}

static struct options read_options(int argc, char **argv)
{
    struct options options = {.first = 1, .stride = 1, .jobs = 1};

    for (int i = 1; i + 1 < argc; i += 2) {
        const uint64_t number = strtoull(argv[i + 1], NULL, 10);

        if (strcmp(argv[i], "--of") == 0)
            options.whose = strcmp(argv[i + 1], "openssl") == 0 ? FAILING_OPENSSL : FAILING_OURS;
        else if (strcmp(argv[i], "--first") == 0)
            options.first = number;
        else if (strcmp(argv[i], "--stride") == 0)
            options.stride = number;
        else if (strcmp(argv[i], "--nth") == 0)
            options.alone = number;
        else if (strcmp(argv[i], "--jobs") == 0)
            options.jobs = number > 0 && number <= MAX_JOBS ? (unsigned)number : 1;
    }
    return options;
}

int main(int argc, char **argv)
{
    const struct options options = read_options(argc, argv);
    struct outcome outcome = {0};

    deterministic_install();
    warm_up();
    /* nth 0: a call in which nothing fails must be fine, too. */
    play(options.whose, options.alone, &outcome);
    if (options.alone == 0 && outcome.violations == 0)
        return run_all(&options);
    say_where(&outcome);
    return outcome.violations == 0 ? 0 : 1;
}
