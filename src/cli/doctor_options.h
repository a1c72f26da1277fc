/* The command line of `parley doctor`. */
#ifndef PARLEY_CLI_DOCTOR_OPTIONS_H
#define PARLEY_CLI_DOCTOR_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#define DOCTOR_ERROR_BYTES 256u

struct doctor_options {
    const char *config_path; /* borrowed, like url; NULL: none */
    const char *url;         /* NULL: the installation on this machine */
    bool json;
    unsigned timeout_s; /* for each thing that is waited for */
};

enum doctor_options_result { DOCTOR_OPTIONS_RUN, DOCTOR_OPTIONS_HELP, DOCTOR_OPTIONS_BAD };

/* arguments[0] is "doctor". BAD: error says what is wrong, in one line. */
enum doctor_options_result doctor_options_parse(int count, char **arguments,
                                                struct doctor_options *out,
                                                char error[static DOCTOR_ERROR_BYTES]);
void doctor_options_help(FILE *out);

#endif
