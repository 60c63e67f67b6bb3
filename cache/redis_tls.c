#include "cache/redis_tls.h"

#include <hiredis/hiredis.h>
#include <stdio.h>

#ifdef PROMOGATE_REDIS_TLS

#include <hiredis/hiredis_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include "cache/redis_dial.h"

bool redis_tls_is_there(char ret_reason[REDIS_LINK_REASON_BYTES])
{
    (void)ret_reason;
    return true;
}

static bool fail(const char *what, char *ret_reason)
{
    unsigned long error = ERR_peek_last_error();
    const char *why = error == 0 ? NULL : ERR_reason_error_string(error);
    snprintf(ret_reason, REDIS_LINK_REASON_BYTES, "%.200s%s%s", what, why != NULL ? ": " : "", why != NULL ? why : "");
    return false;
}

static bool trust(SSL_CTX *authority, const struct redis_link_tls *tls, char *ret_reason)
{
    SSL_CTX_set_verify(authority, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_set_min_proto_version(authority, TLS1_2_VERSION) != 1) {
        return fail("TLS 1.2 is not there", ret_reason);
    }
    bool is_trusting = tls->ca_file[0] != '\0' ? SSL_CTX_load_verify_locations(authority, tls->ca_file, NULL) == 1
                                               : SSL_CTX_set_default_verify_paths(authority) == 1;
    return is_trusting || fail("the certificates of ca_file cannot be read", ret_reason);
}

/* Who we are, where the server asks for it. */
static bool show_certificate(SSL_CTX *authority, const struct redis_link_tls *tls, char *ret_reason)
{
    if (tls->cert_file[0] == '\0') {
        return true;
    }
    if (SSL_CTX_use_certificate_chain_file(authority, tls->cert_file) != 1) {
        return fail("the certificate of cert_file cannot be read", ret_reason);
    }
    const char *key_file = tls->key_file[0] != '\0' ? tls->key_file : tls->cert_file;
    return SSL_CTX_use_PrivateKey_file(authority, key_file, SSL_FILETYPE_PEM) == 1 ||
           fail("the key of key_file cannot be read, or is of another certificate", ret_reason);
}

/* Whom we expect: an address is compared as an address, and named to no server. */
static bool expect_host(SSL *session, const char *host)
{
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host) == 1) {
        return true;
    }
    ERR_clear_error();
    return SSL_set1_host(session, host) == 1 && SSL_set_tlsext_host_name(session, host) == 1;
}

static SSL *session_create(const struct redis_link_options *options, char *ret_reason)
{
    SSL_CTX *authority = SSL_CTX_new(TLS_client_method());
    if (authority == NULL) {
        fail("TLS cannot be begun", ret_reason);
        return NULL;
    }
    SSL *session = NULL;
    if (trust(authority, &options->tls, ret_reason) && show_certificate(authority, &options->tls, ret_reason)) {
        session = SSL_new(authority); /* it keeps the authority alive */
        if (session == NULL || !expect_host(session, options->endpoint->host)) {
            fail("TLS cannot be begun", ret_reason);
            SSL_free(session);
            session = NULL;
        }
    }
    SSL_CTX_free(authority);
    return session;
}

static bool fail_handshake(const SSL *session, char *ret_reason)
{
    long verdict = SSL_get_verify_result(session);
    if (verdict != X509_V_OK) {
        snprintf(ret_reason, REDIS_LINK_REASON_BYTES, "shows a certificate that is not trusted: %s",
                 X509_verify_cert_error_string(verdict));
        return false;
    }
    return fail("does not agree on TLS", ret_reason);
}

static bool shake_hands(SSL *session, int descriptor, int64_t deadline_ms, char *ret_reason)
{
    for (;;) {
        ERR_clear_error();
        int result = SSL_do_handshake(session);
        if (result == 1) {
            return true;
        }
        int wanted = SSL_get_error(session, result);
        if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE) {
            return fail_handshake(session, ret_reason);
        }
        if (!redis_dial_wait(descriptor, wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_ms)) {
            ERR_clear_error();
            return fail("does not answer in time", ret_reason);
        }
    }
}

bool redis_tls_start(struct redisContext *context, const struct redis_link_options *options, int64_t deadline_ms,
                     char ret_reason[REDIS_LINK_REASON_BYTES])
{
    ERR_clear_error();
    SSL *session = session_create(options, ret_reason);
    if (session == NULL) {
        return false;
    }
    if (redisInitiateSSL(context, session) != REDIS_OK) { /* it sends the first message */
        fail_handshake(session, ret_reason);
        SSL_free(session);
        return false;
    }
    return shake_hands(session, context->fd, deadline_ms, ret_reason);
}

#else

bool redis_tls_is_there(char ret_reason[REDIS_LINK_REASON_BYTES])
{
    snprintf(ret_reason, REDIS_LINK_REASON_BYTES,
             "this build cannot speak TLS to Redis: it has hiredis %d.%d, TLS needs 1.0 or later with hiredis_ssl "
             "(or a TLS tunnel beside it)",
             HIREDIS_MAJOR, HIREDIS_MINOR);
    return false;
}

bool redis_tls_start(struct redisContext *context, const struct redis_link_options *options, int64_t deadline_ms,
                     char ret_reason[REDIS_LINK_REASON_BYTES])
{
    (void)context;
    (void)options;
    (void)deadline_ms;
    return redis_tls_is_there(ret_reason);
}

#endif
