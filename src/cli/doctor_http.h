/* One HTTP request of `parley doctor`, waited for. */
#ifndef PARLEY_CLI_DOCTOR_HTTP_H
#define PARLEY_CLI_DOCTOR_HTTP_H

#include "cli/load_http.h"
#include "cli/load_options.h"

struct doctor_reply {
    char error[LOAD_HTTP_ERROR_BYTES]; /* why there is none; "": there is one */
    unsigned status;
    char date[LOAD_HTTP_DATE_BYTES];
    char *body; /* owned: doctor_reply_fini() */
    size_t len;
};

/* body: NULL: a GET. Takes any certificate; who trusts it is another check. */
void doctor_http(const struct load_options *target, const char *path, const char *body,
                 uint64_t timeout_us, struct doctor_reply *out);
void doctor_reply_fini(struct doctor_reply *reply);

#endif
