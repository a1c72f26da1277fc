#include "cli/doctor_options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT_S 5u
#define MAX_TIMEOUT_S     60ul

void doctor_options_help(FILE *out)
{
    fputs(
        "usage: parley doctor [options]\n\n"
        "Looks at an installation from the outside in, and says what to change. With the options\n"
        "and environment of `parley serve` it looks at the server on this machine; with --url at\n"
        "any server, as a browser would: run it from another network, too.\n\n"
        "  -c, --config FILE    the server's configuration\n"
        "      --url URL        https://meet.example.org: only what can be seen from here\n"
        "      --timeout N      seconds to wait for each answer; 5\n"
        "      --json           the same as JSON\n\n"
        "Exit status: 0 all ok or warned of, 1 something failed, 2 wrong arguments.\n",
        out);
}

static enum doctor_options_result bad(char *error, const char *what, const char *value)
{
    snprintf(error, DOCTOR_ERROR_BYTES, "%s%.180s", what, value);
    return DOCTOR_OPTIONS_BAD;
}

static enum doctor_options_result take(int option, struct doctor_options *out, char *error)
{
    char *end = NULL;
    unsigned long seconds;
    switch (option) {
    case 'c':
        out->config_path = optarg;
        return DOCTOR_OPTIONS_RUN;
    case 'u':
        out->url = optarg;
        return DOCTOR_OPTIONS_RUN;
    case 'j':
        out->json = true;
        return DOCTOR_OPTIONS_RUN;
    case 't':
        seconds = strtoul(optarg, &end, 10);
        if (end == optarg || *end || seconds < 1 || seconds > MAX_TIMEOUT_S)
            return bad(error, "--timeout must be 1..60 seconds, is ", optarg);
        out->timeout_s = (unsigned)seconds;
        return DOCTOR_OPTIONS_RUN;
    case 'h':
        return DOCTOR_OPTIONS_HELP;
    case ':':
        return bad(error, "this option needs a value; see parley doctor --help", "");
    default:
        return bad(error, "unknown option; see parley doctor --help", "");
    }
}

enum doctor_options_result doctor_options_parse(int count, char **arguments,
                                                struct doctor_options *out,
                                                char error[static DOCTOR_ERROR_BYTES])
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'},  {"url", required_argument, NULL, 'u'},
        {"timeout", required_argument, NULL, 't'}, {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    int option;
    *out = (struct doctor_options){.timeout_s = DEFAULT_TIMEOUT_S};
    optind = 0; /* unit tests parse more than one line */
    while ((option = getopt_long(count, arguments, ":c:", known, NULL)) != -1) {
        enum doctor_options_result result = take(option, out, error);
        if (result != DOCTOR_OPTIONS_RUN)
            return result;
    }
    if (optind < count)
        return bad(error, "unexpected ", arguments[optind]);
    if (out->url && out->config_path)
        return bad(error, "--url looks from outside and takes no configuration", "");
    return DOCTOR_OPTIONS_RUN;
}
