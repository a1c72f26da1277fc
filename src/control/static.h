/* The web page's files. */
#ifndef PARLEY_CONTROL_STATIC_H
#define PARLEY_CONTROL_STATIC_H

struct http_request;

/* GET and HEAD of any path that no other route has: a file below web_root; "/" and "/r/…" are
 * index.html. Files that the build has compressed (foo.js.br, foo.js.gz next to foo.js) go out so
 * to those who take them. Returns what the HTTP callback must return. */
int static_serve(struct http_request *request) __attribute__((warn_unused_result));

#endif
