#include "cli/drain_command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ipc/operator.h"

#define EXIT_GONE  1
#define EXIT_USAGE 2
#define RETRY_MS   100
#define RETRIES    100u /* a control that is replaced is back sooner */

static int connect_and_ask(const char *folder, bool drain)
{
    const char *word = drain ? "drain" : "undrain";
    int fd = operator_connect(folder);
    if (fd < 0)
        return -1;
    if (send(fd, word, strlen(word), MSG_NOSIGNAL) == (ssize_t)strlen(word))
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* After its connection broke: -1, the server is gone. */
static int ask_again(const char *folder, bool drain)
{
    const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
    for (unsigned i = 0; i < RETRIES; i++) {
        int fd = connect_and_ask(folder, drain);
        if (fd >= 0 || errno == ECONNREFUSED || errno == ENOENT)
            return fd;
        nanosleep(&pause, NULL);
    }
    return -1;
}

/* 1: *out is what it says; 0: the connection broke. */
static int read_state(int fd, struct operator_state *out)
{
    char text[OPERATOR_TEXT_BYTES];
    for (;;) {
        ssize_t len = recv(fd, text, sizeof text - 1, 0);
        if (len < 0 && errno == EINTR)
            continue;
        if (len <= 0)
            return 0;
        text[len] = '\0';
        if (operator_parse(text, out))
            return 1;
    }
}

static void print_left(const struct operator_state *state)
{
    printf("%u %s with %u %s left\n", state->rooms, state->rooms == 1 ? "room" : "rooms",
           state->participants, state->participants == 1 ? "participant" : "participants");
    fflush(stdout);
}

/* Until all is over, or the connection broke (false). */
static bool follow(int fd, bool drain)
{
    struct operator_state state;
    while (read_state(fd, &state)) {
        if (!drain) {
            puts("new rooms are taken");
            return true;
        }
        if (!state.draining) /* somebody else has taken it back */
            continue;
        print_left(&state);
        if (state.rooms == 0)
            return true;
    }
    return false;
}

int drain_command(const struct config *config, bool drain)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s/run", config->general.data_dir);
    int fd = connect_and_ask(folder, drain);
    if (fd < 0) {
        fprintf(stderr,
                "parley: no server is to be reached in %s: %s; give the settings with which it "
                "runs (-c, PARLEY_DATA_DIR), as its user or root\n",
                config->general.data_dir, strerror(errno));
        return EXIT_USAGE;
    }
    while (fd >= 0) {
        bool over = follow(fd, drain);
        close(fd);
        if (over)
            return 0;
        fd = ask_again(folder, drain);
    }
    fputs("parley: the server has ended\n", stderr);
    return EXIT_GONE;
}
