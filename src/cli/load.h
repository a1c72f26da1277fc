/* `parley load`: a crowd of clients for a running server. */
#ifndef PARLEY_CLI_LOAD_H
#define PARLEY_CLI_LOAD_H

/* arguments[0] is "load". The process' exit status. */
int load_main(int count, char **arguments);

#endif
