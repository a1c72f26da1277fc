/* GET /metrics in Prometheus' text format 0.0.4. */
#ifndef PARLEY_CONTROL_METRICS_H
#define PARLEY_CONTROL_METRICS_H

struct http_request;

/* Asks the workers for their counters; the answer follows from metrics_respond. Returns what the
 * HTTP callback must return, as does the next. */
int metrics_request(struct http_request *request) __attribute__((warn_unused_result));
/* The connection's timer is due: answers, or waits once more for a worker that has not told yet. */
int metrics_respond(struct http_request *request) __attribute__((warn_unused_result));

#endif
