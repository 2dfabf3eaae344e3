#include "token_secret.h"

#include <errno.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <sys/random.h>

#define SECRET_BYTES 32
#define PREFIX_LEN   3
#define DIGITS       62
#define DIGIT_COUNT  (CT_TOKEN_TEXT_BYTES - 1 - PREFIX_LEN) /* 62^43 > 2^256 */

ct_status ct_random_bytes(void *out, size_t size_bytes, struct ct_error *err)
{
    uint8_t *at = out;
    for (size_t done = 0; done < size_bytes;) {
        const ssize_t got = getrandom(at + done, size_bytes - done, 0);
        if (got < 0 && errno != EINTR)
            return ct_fail_os(err, errno, "getrandom", NULL);
        done += got > 0 ? (size_t)got : 0;
    }
    return CT_OK;
}

/* Divides the number by 62 in place, most significant byte first; returns the rest. */
static unsigned divide(uint8_t number[SECRET_BYTES])
{
    unsigned rest = 0;
    for (size_t i = 0; i < SECRET_BYTES; i++) {
        const unsigned part = rest << 8 | number[i];
        number[i] = (uint8_t)(part / DIGITS);
        rest = part % DIGITS;
    }
    return rest;
}

ct_status ct_token_secret_make(char text[CT_TOKEN_TEXT_BYTES], struct ct_error *err)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    uint8_t number[SECRET_BYTES];
    CT_TRY(ct_random_bytes(number, sizeof number, err));
    memcpy(text, "ct_", PREFIX_LEN);
    for (size_t i = DIGIT_COUNT; i-- > 0;)
        text[PREFIX_LEN + i] = digits[divide(number)];
    text[PREFIX_LEN + DIGIT_COUNT] = 0;
    return CT_OK;
}

void ct_token_secret_hash(struct ct_text secret, uint8_t hash[CT_TOKEN_HASH_BYTES])
{
    struct sha256_ctx context;
    sha256_init(&context);
    if (secret.len)
        sha256_update(&context, secret.len, (const uint8_t *)secret.bytes);
    sha256_digest(&context, CT_TOKEN_HASH_BYTES, hash);
}

bool ct_token_hash_equal(const uint8_t a[CT_TOKEN_HASH_BYTES], const uint8_t b[CT_TOKEN_HASH_BYTES])
{
    return memeql_sec(a, b, CT_TOKEN_HASH_BYTES) != 0;
}
