/* parley serve: reads the configuration, prepares everything, runs the supervisor. */
#ifndef PARLEY_CLI_SERVE_H
#define PARLEY_CLI_SERVE_H

/* The arguments after "serve". Returns the exit code: 0, or 2 with one line on standard error. */
int serve_main(int argument_count, char **arguments);

#endif
