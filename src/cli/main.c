/* parley: one binary, its processes and its tools. */
#include <stdio.h>
#include <string.h>

#include "cli/child.h"
#include "cli/doctor.h"
#include "cli/load.h"
#include "cli/serve.h"
#include "cli/token_command.h"

static int help(FILE *out)
{
    fputs("usage: parley <command>\n\n"
          "  serve [-c config.yaml]   run the server; Ctrl-C stops everything\n"
          "  serve --print-config     print all settings with their values, as a config file\n"
          "  serve --check            say whether the settings are fine, start nothing\n"
          "  serve --drain            tell the server that runs to take no new rooms, and wait "
          "until\n"
          "                           none is left; --drain=off takes that back\n"
          "  doctor [options]         look at an installation, say what to change; parley doctor "
          "--help\n"
          "  load [options]           put load on a running server; parley load --help\n"
          "  token [options]          make a pass into a room; parley token --help\n"
          "  version                  print the version\n"
          "  help                     this text\n\n"
          "Settings can be given in the environment as well: PARLEY_HTTP_PORT=80 parley serve\n",
          out);
    return 0;
}

int main(int argument_count, char **arguments)
{
    const char *command = argument_count > 1 ? arguments[1] : "";
    if (strcmp(command, "serve") == 0)
        return serve_main(argument_count - 1, arguments + 1);
    if (strcmp(command, "doctor") == 0)
        return doctor_main(argument_count - 1, arguments + 1);
    if (strcmp(command, "load") == 0)
        return load_main(argument_count - 1, arguments + 1);
    if (strcmp(command, "token") == 0)
        return token_command_main(argument_count - 1, arguments + 1);
    if (strcmp(command, "child") == 0 && argument_count == 4)
        return child_main(arguments[2]);
    if (strcmp(command, "version") == 0 || strcmp(command, "--version") == 0) {
        puts("parley " PARLEY_VERSION);
        return 0;
    }
    if (strcmp(command, "help") == 0 || strcmp(command, "--help") == 0)
        return help(stdout);
    if (command[0])
        fprintf(stderr, "parley: unknown command \"%s\"\n", command);
    help(stderr);
    return 2;
}
