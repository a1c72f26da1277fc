/* Certificates for tests: throw-away keys, made once so that nothing differs between runs. */
#ifndef PARLEY_TESTS_SUPPORT_IDENTITIES_H
#define PARLEY_TESTS_SUPPORT_IDENTITIES_H

static const char identity_server_certificate[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBeDCCAR+gAwIBAgIUbr8LE2E3+Xrc0vMtzIvXkLixQMIwCgYIKoZIzj0EAwIw\n"
    "ETEPMA0GA1UEAwwGc2VydmVyMCAXDTI2MTEyMjE1Mzk0M1oYDzIxMjYxMDI5MTUz\n"
    "OTQzWjARMQ8wDQYDVQQDDAZzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
    "AATt0HAkAoRxo737ME+SHduz8Ko6gj36BUF7SGvIhiSwhIQoAm2rUUfFkouX5W0g\n"
    "AtMybLowpINzd4X3rIJh3Utro1MwUTAdBgNVHQ4EFgQUNn3YWvbjrh2fFqkgNyMe\n"
    "Xb1F604wHwYDVR0jBBgwFoAUNn3YWvbjrh2fFqkgNyMeXb1F604wDwYDVR0TAQH/\n"
    "BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAv5AFKraSxM12JG0pMWzvYLOwuGT0h\n"
    "+GS/efNORkuzswIgLFCb9Mp2DoTjIqkspmUcAlswqh5Z/5N+udx68xHEqqE=\n"
    "-----END CERTIFICATE-----\n";

static const char identity_server_key[] __attribute__((unused)) =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvoTr2HmEjt2gVIK5\n"
    "0Huu1qtXE3r88IsTitTSD0226nehRANCAATt0HAkAoRxo737ME+SHduz8Ko6gj36\n"
    "BUF7SGvIhiSwhIQoAm2rUUfFkouX5W0gAtMybLowpINzd4X3rIJh3Utr\n"
    "-----END PRIVATE KEY-----\n";

static const char identity_client_certificate[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBeTCCAR+gAwIBAgIUJNbtLSCk7AzAA4xeQNHxNkqQPvUwCgYIKoZIzj0EAwIw\n"
    "ETEPMA0GA1UEAwwGY2xpZW50MCAXDTI2MTEyMjE1Mzk0M1oYDzIxMjYxMDI5MTUz\n"
    "OTQzWjARMQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
    "AAQ0UtX5fRgf2oEveEqeIV8VwLPN7UQn222aUsiW7xo4rh4t7ZkGdci0kYqszTUE\n"
    "G0g7Y+CJkIW6ppTn+AhMj1XOo1MwUTAdBgNVHQ4EFgQUrqpVJsVcURHhexV1xkvy\n"
    "6dqoDV0wHwYDVR0jBBgwFoAUrqpVJsVcURHhexV1xkvy6dqoDV0wDwYDVR0TAQH/\n"
    "BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA2Vx+PmFZ9Bu0wvNvol+SDHAa5UtG\n"
    "JAS1w+gSkYnHYCUCIHqE0JP/sLC7z63znFezfD3dHZqZ62eSiQInIOUHdGj7\n"
    "-----END CERTIFICATE-----\n";

static const char identity_client_key[] __attribute__((unused)) =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcCe0saFajnE/gEwB\n"
    "MtvN5HlTPIS8bvxzXqeQZ1uSwmihRANCAAQ0UtX5fRgf2oEveEqeIV8VwLPN7UQn\n"
    "222aUsiW7xo4rh4t7ZkGdci0kYqszTUEG0g7Y+CJkIW6ppTn+AhMj1XO\n"
    "-----END PRIVATE KEY-----\n";

static const char identity_rsa_certificate[] __attribute__((unused)) =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIC/zCCAeegAwIBAgIUE4vUztzK/Y9dixyApLDGkSCbIEcwDQYJKoZIhvcNAQEL\n"
    "BQAwDjEMMAoGA1UEAwwDcnNhMCAXDTI2MTEyMjE1Mzk0NFoYDzIxMjYxMDI5MTUz\n"
    "OTQ0WjAOMQwwCgYDVQQDDANyc2EwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEK\n"
    "AoIBAQCtZHW73niwsMbrqXbAgmjIqssaqKqBrfNyCF5CW3/mmPh5hD71vGaebfNl\n"
    "z/Un0lG2UKUNwFz3uWOx/16K+tukjLlilc+kxeaiAtvKE9LdU+5c1JgiN6+1CE6i\n"
    "s8TxAVcptWrnvHcfBO/mG9N+UrrTfDIfPt6vvoC/Fv+n+55LaLWYVmaVkSzFbt+X\n"
    "iTKYW+s3+7cwmKOv0a05bZ0DxGyw7lAsZayzO+zJq76bRb/EJhlb63cSf1ox7yz7\n"
    "QaLVOpya755fNhfe4Wn8VqycrZZWefL2mIgs+9D4GpsJysMseW3rSfSfzQNfY5wX\n"
    "eWsxk9TFsOrqp9VCxFClfhRC/rRXAgMBAAGjUzBRMB0GA1UdDgQWBBTN5aj/BHwV\n"
    "N6mgiIAhkN7Ce1ZT4DAfBgNVHSMEGDAWgBTN5aj/BHwVN6mgiIAhkN7Ce1ZT4DAP\n"
    "BgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQCVSupvl1OpVT0dL7XX\n"
    "U5trrJzc5dShljIQula9pWKfJ+nQwrQtbQ0OwfC3RRa1cpEaF/uE1WhL6JuWyWGs\n"
    "3fjwWBLNVfd1H3fajpl0M+Bez4lw/QRcOpVss3RG60XMeyWf2UDVml2fr4TqLZ+4\n"
    "nDTWEHtQe/ooE/YoT2XoiJirD2peNE79gUO6Uv032KdKcMkA5M/FseKK5F3djZvq\n"
    "RlL3IKcQQthB/Iuxvrnk1sU8NFh1t/cRuYVLzB5OBdJUVaGNoELC3+QEh2Uqbdy4\n"
    "42wi9O4kpvTP1MQu5VFk6Fe2PsDfLAvQYVae6mgID0uh4I1cCuGsy+iKhafmFyKD\n"
    "/7JO\n"
    "-----END CERTIFICATE-----\n";

static const char identity_rsa_key[] __attribute__((unused)) =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCtZHW73niwsMbr\n"
    "qXbAgmjIqssaqKqBrfNyCF5CW3/mmPh5hD71vGaebfNlz/Un0lG2UKUNwFz3uWOx\n"
    "/16K+tukjLlilc+kxeaiAtvKE9LdU+5c1JgiN6+1CE6is8TxAVcptWrnvHcfBO/m\n"
    "G9N+UrrTfDIfPt6vvoC/Fv+n+55LaLWYVmaVkSzFbt+XiTKYW+s3+7cwmKOv0a05\n"
    "bZ0DxGyw7lAsZayzO+zJq76bRb/EJhlb63cSf1ox7yz7QaLVOpya755fNhfe4Wn8\n"
    "VqycrZZWefL2mIgs+9D4GpsJysMseW3rSfSfzQNfY5wXeWsxk9TFsOrqp9VCxFCl\n"
    "fhRC/rRXAgMBAAECggEABTFvO0S4UvvAbBojuzP3WnHkal8nLYIdup/DNEk+7+j1\n"
    "9tcTTFMrtE6xDa69oMcyTlEPrcqXSONtt8zhB9g9OtTsz9CSgFSzCc18crVxnn0J\n"
    "3xA49ua5uvoi4h7wj5Ki3ytr+8ElGjHmKNCoNBjbN+6je6nA4VJF0zNSTeAsh1qb\n"
    "XIA19MmzHCWmD4Bq40+a6f48WXkkEe8dqoNj1Xk+qyp2Pb2i+TjqMREl359edJS2\n"
    "88N7L4+06T5S9uYtksDsU502n2YK0oqrrlegognUAWOOLMdNpu3dnTkj2uqwYsDV\n"
    "+4YRAOKj156X+Eo0eQU7kPZ8Dtqg+mFRMMNrkM7PEQKBgQDYTRzeQ2BYyToGczzk\n"
    "MqjVc4PPP3sYXpCX4vpstVy0sjdDWSraaMBFKVuT+vrgdw9mSqUl1rZiD2afhMpw\n"
    "BqwqBIg29957OLKfC+GEAH0T7WlzfUG+QMoDmYzCrHn3bC0ml2Pfr32D9+WUDu1M\n"
    "NVO0liLA1+iyJb5UKbDD27af5wKBgQDNN0hBFpEYFhr0KdJ7sJBMOnBXGc8RJOLL\n"
    "slkPBcVHeQODIu9BpdDgTDX1h7gtzQ49RqX9XZQsSgVn+vUgS609JwRQ9Ml2961A\n"
    "wPF0pbGZ95Dva8GMs6zfgiX5ZdSzpuxi7j+zeZszYHrCVkzwokDJzEvXVya3KjN+\n"
    "s4APccZ6EQKBgQCamJrufSeKreBMJec6jr6/OP3Xjd60LzqXZIJqWkH1YH9BIqUP\n"
    "T9lEVWf/312aO16FVQqufcUDV1CY6PcrlIlOysh0yTp5xa9dH8fCafr72C8LfVYU\n"
    "3gfFBOVnapEN94JZ19BpWuuR/AdZiEWwt1ipdLlILclCMtnTG60cf5gKtwKBgCuk\n"
    "EwCMfQSjRs4fyrw1GyqqztMnEOrzbiulXN0d/AssB/wuRLUwPxBEBMGXQCq1Tc7o\n"
    "JEqSSP12LFole1WH4mp7zqYsuF9NYpG/tll5FyDIDhFsV/fFCgFqGwtDhY1C9UhA\n"
    "pFlVhhTR8qk7UxdlWePQR1yfEwOmvNa384bVSkERAoGAMRoZbqhpMpz6i7AU481p\n"
    "80NH0IGOni980Ijd6Z++4UZPKs/9L+8uTsGJt/N0k1sRO7Isn3FCcoz761QrkTPY\n"
    "qIESxPbv74tShieE3NP+agWim3CneJzaKkmFbqvBXyAI5DeYS24Plw6O27GNfxaN\n"
    "DZ7i04U6IdG6/69yksGFAvo=\n"
    "-----END PRIVATE KEY-----\n";

#endif
