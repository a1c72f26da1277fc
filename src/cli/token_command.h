/* `parley token`: a pass for one person and one room, on standard output. */
#ifndef PARLEY_CLI_TOKEN_COMMAND_H
#define PARLEY_CLI_TOKEN_COMMAND_H

/* arguments[0] is "token". Returns the exit status: 0, or 2 with a line on standard error. */
int token_command_main(int count, char **arguments);

#endif
