/* GET /openapi.yaml: docs/openapi.yaml, put into the binary by the build. */
#ifndef PARLEY_CONTROL_OPENAPI_H
#define PARLEY_CONTROL_OPENAPI_H

struct http_request;

int openapi_serve(struct http_request *request) __attribute__((warn_unused_result));

#endif
