/* GET /metrics in Prometheus' text format 0.0.4. */
#ifndef PARLEY_CONTROL_METRICS_H
#define PARLEY_CONTROL_METRICS_H

struct http_request;

/* Asks the workers for their counters; the answer follows by the connection's timer. Returns what
 * the HTTP callback must return. */
int metrics_request(struct http_request *request) __attribute__((warn_unused_result));

#endif
