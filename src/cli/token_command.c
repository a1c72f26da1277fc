/* Makes passes with the key of the configuration that the server has, too. */
#include "cli/token_command.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/config.h"
#include "control/message.h"
#include "control/pass.h"
#include "control/proquint.h"

#define EXIT_USAGE        2
#define DEFAULT_EXPIRES_S 3600ul
#define MAX_EXPIRES_S     (366ul * 24 * 3600)

extern char **environ;

static int fail(const char *why)
{
    fprintf(stderr, "parley token: %s\n", why);
    return EXIT_USAGE;
}

static int help(void)
{
    puts(
        "usage: parley token --room ID --name NAME [options]\n\n"
        "Prints a pass with which one person may join one room: as `pass` to join-room, or in the\n"
        "address of the page: https://meet.example.org/r/ID#pass=PASS\n\n"
        "  --room ID              the room\n"
        "  --name NAME            whom the others see; 1 to 64 characters\n"
        "  --role ROLE            host, participant or viewer; participant\n"
        "  --expires-in SECONDS   the pass is good for so long; 3600\n"
        "  -c, --config FILE      where http.api_key is; or in PARLEY_HTTP_API_KEY\n");
    return 0;
}

/* NULL: taken; else what is wrong with it. */
static const char *take_option(int option, const char *value, struct pass *pass)
{
    char *end = NULL;
    unsigned long seconds;
    switch (option) {
    case 'r':
        return proquint_parse(value, strlen(value), &pass->room) == 0
                   ? NULL
                   : "--room: four words of five letters";
    case 'n':
        snprintf(pass->name, sizeof pass->name, "%s", value);
        return message_is_line(value, strlen(value), MESSAGE_NAME_CHARS)
                   ? NULL
                   : "--name: 1 to 64 characters in one line";
    case 'o':
        return rights_parse_role(value, &pass->role) == 0 ? NULL
                                                          : "--role: host, participant or viewer";
    case 'e':
        seconds = strtoul(value, &end, 10);
        pass->expires_s = seconds;
        return end != value && *end == '\0' && seconds >= 1 && seconds <= MAX_EXPIRES_S
                   ? NULL
                   : "--expires-in: 1 to 31622400 seconds";
    default:
        return "see parley token --help";
    }
}

static int print_pass(const char *config_path, struct pass *pass)
{
    struct config *config = malloc(sizeof *config);
    char error[CONFIG_ERROR_BYTES];
    if (config == NULL)
        return fail("out of memory");
    config_default(config);
    char *text = NULL;
    int result = EXIT_USAGE;
    if ((config_path != NULL && config_load_file(config, config_path, error) != 0) ||
        config_load_environment(config, environ, error) != 0 || config_check(config, error) != 0)
        fail(error);
    else if (config->http.api_key[0] == '\0')
        fail("http.api_key is not set: the server would take no pass");
    else if ((text = pass_sign(config->http.api_key, pass)) == NULL)
        fail("the pass could not be made");
    else
        result = puts(text) >= 0 ? 0 : EXIT_USAGE;
    free(text);
    free(config);
    return result;
}

int token_command_main(int count, char **arguments)
{
    static const struct option known[] = {
        {"room", required_argument, NULL, 'r'},
        {"name", required_argument, NULL, 'n'},
        {"role", required_argument, NULL, 'o'},
        {"expires-in", required_argument, NULL, 'e'},
        {"config", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct pass pass = {.role = ROLE_PARTICIPANT, .expires_s = DEFAULT_EXPIRES_S};
    const char *config_path = NULL;
    int option;
    while ((option = getopt_long(count, arguments, "c:", known, NULL)) != -1) {
        if (option == 'h')
            return help();
        const char *wrong = NULL;
        if (option == 'c')
            config_path = optarg;
        else
            wrong = take_option(option, optarg, &pass);
        if (wrong != NULL)
            return fail(wrong);
    }
    if (optind != count || pass.room == 0 || pass.name[0] == '\0')
        return fail("--room and --name are needed; see parley token --help");
    pass.expires_s += (uint64_t)time(NULL);
    return print_pass(config_path, &pass);
}
