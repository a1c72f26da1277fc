/* Whether a text value is what its key wants: 0 or -1. Empty passes everywhere but in
 * check_filled. */
#ifndef PARLEY_CONFIG_CHECK_H
#define PARLEY_CONFIG_CHECK_H

int check_filled(const char *text);
int check_ip(const char *text);
int check_ip_or_cidr(const char *text);  /* "10.0.0.0/8" */
int check_ip_or_range(const char *text); /* "203.0.113.0-203.0.113.255" */
int check_url(const char *text);         /* http(s)://host[:port], no path */
int check_turn_url(const char *text);    /* stun:, turn:, turns: (RFC 7064, 7065) */
int check_key(const char *text);         /* as check_word, at least 32 characters */
int check_word(const char *text);        /* [A-Za-z0-9._-]: safe in coturn's file */

#endif
