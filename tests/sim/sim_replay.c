/* Plays a call again from its timeline, to see why it looked as it did:
 *
 *     sim_replay [--brief] [--tries n] [--seed n] timeline.json …
 *
 * Files hold what GET /rooms/{id}/timeline answered, one or more pages each, oldest first; "-" is
 * standard input. Replays it with n seeds (15) from the given one on (1), and shows the replay that
 * comes nearest. Prints both timelines side by side (= in both, < recorded only, > replayed only,
 * . given to the replay) and a summary. 0: it could be replayed; 1: it could not; 2: usage. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/deterministic.h"
#include "sim/replay_tries.h"

struct options {
    bool brief;
    uint64_t seed;
    unsigned tries;
    int files; /* index of the first */
};

static bool read_options(int argc, char **argv, struct options *out)
{
    int i = 1;

    *out = (struct options){.seed = 1, .tries = REPLAY_TRIES};
    for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        if (strcmp(argv[i], "--brief") == 0)
            out->brief = true;
        else if (strcmp(argv[i], "--tries") == 0 && i + 1 < argc)
            out->tries = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            out->seed = strtoull(argv[++i], NULL, 10);
        else
            return false;
    }
    out->files = i;
    return i < argc && out->tries > 0;
}

static bool read_file(struct replay_log *log, const char *name)
{
    bool is_stdin = strcmp(name, "-") == 0, fine;
    FILE *file = is_stdin ? stdin : fopen(name, "r");

    if (file == NULL) {
        perror(name);
        return false;
    }
    fine = replay_log_read(log, file, name);
    if (!is_stdin)
        fclose(file);
    return fine;
}

static int replay(const struct replay_log *recorded, const struct options *options)
{
    struct replay_people *people = replay_people_find(recorded);
    struct replay_log replayed = {0};
    struct replay_agreement agreement;
    struct replay_tries tries;

    if (people == NULL || people->count == 0) {
        fprintf(stderr, "nobody is in it\n");
        free(people);
        return 1;
    }
    replay_tries_run(people, recorded, options->seed, options->tries, &replayed, &tries);
    replay_report(people, recorded, &replayed, options->brief ? NULL : stdout, &agreement);
    replay_summarise(people, recorded, &agreement, stdout);
    printf("nearest of %u replays (seed %" PRIu64
           "); in the median %.1f %% agree, at worst %.1f %%\n",
           tries.count, tries.seed, tries.median_percent, tries.worst_percent);
    replay_log_fini(&replayed);
    free(people);
    return 0;
}

int main(int argc, char **argv)
{
    struct options options;
    struct replay_log recorded = {0};
    bool fine = true;
    int result = 1;

    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: sim_replay [--brief] [--tries n] [--seed n] timeline.json ...\n");
        return 2;
    }
    deterministic_install();
    for (int i = options.files; fine && i < argc; i++)
        fine = read_file(&recorded, argv[i]);
    if (fine)
        result = replay(&recorded, &options);
    replay_log_fini(&recorded);
    return result;
}
