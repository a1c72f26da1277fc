/* The control process alone, for tests: its media worker is whoever drives this program's standard
 * input and output. So a test decides what a worker says, down to the bytes, and when.
 *
 *   out  port <n>                                             control serves there
 *   out  ipc <type> <flags> <request> <room> <participant> <payload in hex, or ->
 *   in   ipc …                                                the same, to control
 *   in   raw <hex>                                            a datagram that need not be a message
 *   in   worker                                               the worker is lost, another one comes
 *   in   control                                              control is killed, another one comes
 *
 * Ids in hex. Ends when its input does, with control's exit code. PARLEY_* is read as by parley. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/log_sink.h"
#include "control/control.h"
#include "ipc/ipc.h"

#define LINE_BYTES (2 * IPC_MAX_BYTES + 256)

extern char **environ;

struct stage {
    struct config config;
    int listener;
    int supervisor;              /* our end */
    struct ipc_channel *channel; /* likewise */
    int channel_fd;
    pid_t control;
};

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

static void open_pair(int fds[static 2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
        fail("socketpair");
}

static void open_listener(struct stage *stage)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    stage->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (stage->listener < 0 ||
        bind(stage->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(stage->listener, 64) != 0 ||
        getsockname(stage->listener, (struct sockaddr *)&address, &len) != 0)
        fail("listen");
    printf("port %u\n", ntohs(address.sin_port));
}

/* In the child. */
static void run_control(const struct stage *stage, int supervisor_fd, int worker_fd)
{
    struct control_start start = {.config = &stage->config,
                                  .supervisor_fd = supervisor_fd,
                                  .worker_fds = {worker_fd, -1},
                                  .operator_fd = -1,
                                  .worker_generations = {1},
                                  .worker_count = 1,
                                  .http_fds = {stage->listener},
                                  .http_fd_count = 1,
                                  .certificate_path = "",
                                  .key_path = "",
                                  .web_root = "",
                                  .secret = {1, 2, 3}};
    log_sink_open("control");
    exit(control_main(&start));
}

static void open_channel(struct stage *stage, int fd)
{
    ipc_channel_free(stage->channel);
    stage->channel = ipc_channel_new(fd);
    stage->channel_fd = fd;
    if (stage->channel == NULL)
        fail("ipc_channel_new");
}

static void start_control(struct stage *stage)
{
    int worker[2], supervisor[2];
    open_pair(worker);
    open_pair(supervisor);
    fflush(stdout);
    stage->control = fork();
    if (stage->control < 0)
        fail("fork");
    if (stage->control == 0) {
        close(worker[0]);
        close(supervisor[0]);
        run_control(stage, supervisor[1], worker[1]);
    }
    close(worker[1]);
    close(supervisor[1]);
    if (stage->supervisor >= 0)
        close(stage->supervisor);
    stage->supervisor = supervisor[0];
    open_channel(stage, worker[0]);
}

static void restart_control(struct stage *stage)
{
    kill(stage->control, SIGKILL);
    waitpid(stage->control, NULL, 0);
    start_control(stage);
}

static void restart_worker(struct stage *stage)
{
    int pair[2];
    open_pair(pair);
    open_channel(stage, pair[0]);
    if (ipc_gift_send(stage->supervisor, &(struct ipc_gift){0, 1, pair[1]}) != 0)
        fail("gift");
    close(pair[1]);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static size_t read_hex(const char *text, uint8_t *out, size_t size)
{
    size_t len = 0;
    unsigned byte;
    while (len < size && sscanf(text + 2 * len, "%2x", &byte) == 1)
        out[len++] = (uint8_t)byte;
    return len;
}

static void send_ipc(struct stage *stage, const char *line)
{
    static uint8_t payload[IPC_MAX_BYTES];
    static char hex[LINE_BYTES];
    unsigned type, flags;
    struct ipc_message message = {.payload = payload};
    if (sscanf(line, "%u %u %" SCNu32 " %" SCNx64 " %" SCNx64 " %s", &type, &flags,
               &message.request, &message.room, &message.participant, hex) != 6)
        fail(line);
    message.type = (uint8_t)type;
    message.flags = (uint16_t)flags;
    message.payload_len = strcmp(hex, "-") == 0 ? 0 : read_hex(hex, payload, sizeof payload);
    if (ipc_send(stage->channel, &message) != 0)
        fail("ipc_send");
}

static void send_raw(struct stage *stage, const char *hex)
{
    static uint8_t bytes[IPC_MAX_BYTES];
    size_t len = read_hex(hex, bytes, sizeof bytes);
    if (send(stage->channel_fd, bytes, len, MSG_NOSIGNAL) < 0)
        fail("send");
}

static void take_line(struct stage *stage, const char *line)
{
    if (strncmp(line, "ipc ", 4) == 0)
        send_ipc(stage, line + 4);
    else if (strncmp(line, "raw ", 4) == 0)
        send_raw(stage, line + 4);
    else if (strcmp(line, "worker\n") == 0)
        restart_worker(stage);
    else if (strcmp(line, "control\n") == 0)
        restart_control(stage);
    else
        fail(line);
}

/* false: control is gone. */
static bool print_messages(struct stage *stage)
{
    struct ipc_message message;
    int result;
    while ((result = ipc_receive(stage->channel, &message)) > 0) {
        printf("ipc %u %u %u %" PRIx64 " %" PRIx64 " %s", message.type, message.flags,
               message.request, message.room, message.participant,
               message.payload_len == 0 ? "-" : "");
        for (size_t i = 0; i < message.payload_len; i++)
            printf("%02x", message.payload[i]);
        printf("\n");
    }
    fflush(stdout);
    return result == 0;
}

static void run(struct stage *stage)
{
    static char line[LINE_BYTES];
    for (;;) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = stage->channel_fd, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0)
            fail("poll");
        if (fds[1].revents != 0)
            stage->channel_fd = print_messages(stage) ? stage->channel_fd : -1;
        /* stdin has no buffer: a line that stdio had read ahead would not wake poll. */
        if (fds[0].revents != 0 && fgets(line, sizeof line, stdin) == NULL)
            return;
        if (fds[0].revents != 0)
            take_line(stage, line);
    }
}

int main(void)
{
    static struct stage stage = {.supervisor = -1};
    char error[CONFIG_ERROR_BYTES];
    int status = 0;
    setvbuf(stdin, NULL, _IONBF, 0);
    signal(SIGPIPE, SIG_IGN);
    config_default(&stage.config);
    if (config_load_environment(&stage.config, environ, error) != 0)
        fail(error);
    open_listener(&stage);
    start_control(&stage);
    run(&stage);
    kill(stage.control, SIGTERM);
    waitpid(stage.control, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
