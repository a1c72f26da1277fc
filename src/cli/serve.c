#include "cli/serve.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/close_range.h>

#include "base/log.h"
#include "cli/addresses.h"
#include "cli/certificate.h"
#include "cli/data_dir.h"
#include "cli/drain_command.h"
#include "cli/handover.h"
#include "cli/setup.h"
#include "cli/rings.h"
#include "cli/sockets.h"
#include "cli/supervisor.h"
#include "cli/turn.h"
#include "cli/upgrade.h"
#include "config/log_sink.h"

#define EXIT_USAGE 2

struct options {
    const char *config_path;
    bool print_config;
    bool markdown;
    bool drain, undrain; /* a server that runs */
    bool check;          /* whether a start could work; nothing is started */
    int handover_fd;     /* -1: none */
};

static int parse_options(int count, char **arguments, struct options *options)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'},
        {"print-config", optional_argument, NULL, 'p'},
        {"check", no_argument, NULL, 'k'},
        {"drain", optional_argument, NULL, 'd'},
        {"handover", required_argument, NULL, 'h'}, /* upgrade.c gives it */
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(count, arguments, "c:", known, NULL)) != -1) {
        if (option == 'c')
            options->config_path = optarg;
        else if (option == 'p')
            options->print_config = true;
        else if (option == 'k')
            options->check = true;
        else if (option == 'd' && optarg && strcmp(optarg, "off") == 0)
            options->undrain = true;
        else if (option == 'd' && !optarg)
            options->drain = true;
        else if (option == 'h')
            options->handover_fd = atoi(optarg);
        else
            return -1;
        if (option == 'p' && optarg)
            options->markdown = strcmp(optarg, "markdown") == 0;
    }
    if (optind == count)
        return 0;
    fprintf(stderr, "parley: unexpected \"%s\"; see parley help\n", arguments[optind]);
    return -1;
}

/* ---- preparing ------------------------------------------------------------------------------- */

static bool is_web_root(const char *path)
{
    char index[2 * PATH_MAX + 16];
    snprintf(index, sizeof index, "%s/index.html", path);
    return access(index, R_OK) == 0;
}

/* Beside the build (build/parley, web/dist), or beside an installed binary (bin/parley,
 * share/parley/web). */
static bool find_beside_binary(char out[static PATH_MAX])
{
    static const char *const places[] = {"../web/dist", "../share/parley/web"};
    char binary[PATH_MAX], place[2 * PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", binary, sizeof binary - 1);
    if (len <= 0)
        return false;
    binary[len] = '\0';
    char *slash = strrchr(binary, '/');
    if (slash)
        *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(place, sizeof place, "%s/%s", binary, places[i]);
        if (is_web_root(place) && realpath(place, out))
            return true;
    }
    return false;
}

static int find_web_root(struct setup *setup, struct setup_error *error)
{
    const char *configured = setup->config.http.web_root;
    if (configured[0]) {
        if (!is_web_root(configured) || !realpath(configured, setup->web_root))
            return setup_fail(error,
                              "http.web_root: there is no index.html in %s; build the page "
                              "(make build) or correct the path",
                              configured);
    } else if (!find_beside_binary(setup->web_root)) {
        if (!is_web_root("/usr/share/parley/web")) {
            log_write(LOG_WARN, "setup",
                      "event=no_page problem=\"the web page is not built; make build\"");
            return 0;
        }
        snprintf(setup->web_root, sizeof setup->web_root, "/usr/share/parley/web");
    }
    if (setup->file_identity.drop &&
        !data_dir_reachable(&setup->file_identity, setup->web_root, R_OK | X_OK))
        return setup_fail(error,
                          "http.web_root: user %s cannot read %s; move it, or open the "
                          "directories above it (chmod o+x)",
                          setup->file_identity.name, setup->web_root);
    return 0;
}

static void raise_limits(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    /* What the shell left open stays out of the children. */
    close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);
}

static int prepare(struct setup *setup, struct setup_error *error)
{
    if (!setup->handover)
        setup->worker_count = setup_count_workers(&setup->config);
    raise_limits();
    rings_open(setup);
    if (data_dir_open(setup, error) < 0 || find_web_root(setup, error) < 0 ||
        sockets_open(setup, error) < 0 || data_dir_secret(setup, error) < 0 ||
        addresses_find(setup, error) < 0 || certificate_tls(setup, error) < 0 ||
        certificate_dtls(setup, error) < 0)
        return -1;
    return turn_prepare(setup, error);
}

/* ---- running --------------------------------------------------------------------------------- */

struct running {
    struct setup *setup;
    const struct options *options;
};

static void print_ready(void *context)
{
    const struct running *running = context;
    const struct setup *setup = running->setup;
    const struct config_http *http = &setup->config.http;
    char ip[NET_IP_TEXT_BYTES];
    if (http->public_url[0])
        printf("Parley is ready: %s", http->public_url);
    else if (http->port)
        printf("Parley is ready: http://localhost:%u", http->port);
    else
        printf("Parley is ready: https://localhost:%u", http->tls_port);
    if (http->tls_port && setup->address_count > 0 && !http->public_url[0]) {
        const struct net_address *first = &setup->addresses[0];
        bool v6 = first->family == NET_IPV6;
        printf("  (other devices on this network: https://%s%s%s:%u%s)", v6 ? "[" : "",
               net_ip_format(first, ip), v6 ? "]" : "", http->tls_port,
               setup->self_signed ? ", after a warning about the self-signed certificate" : "");
    }
    putchar('\n');
    fflush(stdout);
}

static void reload(void *context)
{
    const struct running *running = context;
    struct setup *setup = running->setup;
    struct config *fresh = calloc(1, sizeof *fresh);
    char error[CONFIG_ERROR_BYTES];
    struct setup_error setup_error;
    if (!fresh)
        return;
    if (setup_config(running->options->config_path, fresh, error) < 0) {
        log_write(LOG_ERROR, "serve", "event=reload_failed problem=\"%s\"", error);
    } else {
        setup->config.log = fresh->log;
        log_set_level((enum log_level)fresh->log.level);
    }
    free(fresh);
    if (certificate_tls(setup, &setup_error) < 0)
        log_write(LOG_ERROR, "serve", "event=reload_failed problem=\"%s\"", setup_error.text);
    else
        log_write(LOG_INFO, "serve", "event=reloaded");
}

/* Fills setup from what the former binary left, if there was one, and from the configuration. */
static int begin(struct setup *setup, const struct options *options,
                 const struct handover *handover, struct setup_error *error)
{
    log_set_level((enum log_level)setup->config.log.level);
    if (options->config_path && !realpath(options->config_path, setup->config_path))
        return setup_fail(error, "%s: %s", options->config_path, strerror(errno));
    if (handover)
        handover_apply(handover, setup);
    else if (!upgrade_find_program(setup->program))
        setup->program[0] = '\0';
    return prepare(setup, error);
}

static int run(struct setup *setup, const struct options *options, const struct handover *handover)
{
    struct setup_error error = {{0}};
    struct running running = {setup, options};
    const struct supervisor_hooks hooks = {print_ready, reload, &running};
    log_sink_open("supervisor");
    /* Without a server to take over, its ports and its data folder may be in use by one. */
    if (options->check && !handover) {
        upgrade_print_self();
        return 0;
    }
    if (begin(setup, options, handover, &error) < 0) {
        fprintf(stderr, "parley: %s\n", error.text);
        return EXIT_USAGE;
    }
    if (options->check) {
        upgrade_print_self();
        return 0;
    }
    return supervisor_run(setup, &hooks);
}

static int serve(struct setup *setup, const struct options *options)
{
    char error[CONFIG_ERROR_BYTES];
    struct handover handover;
    if (options->markdown) {
        config_print_markdown(stdout);
        return 0;
    }
    if (options->handover_fd >= 0 && !handover_read(options->handover_fd, &handover)) {
        fputs("parley: --handover is for parley itself, in an upgrade\n", stderr);
        return EXIT_USAGE;
    }
    if (setup_config(options->config_path, &setup->config, error) < 0) {
        fprintf(stderr, "parley: %s\n", error);
        return EXIT_USAGE;
    }
    if (options->print_config) {
        config_print(&setup->config, stdout);
        return 0;
    }
    if (options->drain || options->undrain)
        return drain_command(&setup->config, options->drain);
    return run(setup, options, options->handover_fd >= 0 ? &handover : NULL);
}

int serve_main(int argument_count, char **arguments)
{
    struct options options = {.config_path = NULL, .handover_fd = -1};
    if (parse_options(argument_count, arguments, &options) < 0)
        return EXIT_USAGE;
    struct setup *setup = calloc(1, sizeof *setup);
    if (!setup)
        return EXIT_USAGE;
    int result = serve(setup, &options);
    free(setup);
    return result;
}
