/* Who asks, and what they may do. Layer http.
 *
 * A token is "ct_" and 43 letters and digits, 256 bits from the system. The store keeps its
 * SHA-256, never itself. */
#ifndef CT_PRINCIPAL_H
#define CT_PRINCIPAL_H

#include <stdbool.h>
#include <stdint.h>

#define CT_GRANTS_MAX         32
#define CT_DATABASE_BYTES_MAX 65 /* of a grant: 64 and a zero byte */
#define CT_PRINCIPAL_ID_BYTES 17

struct ct_grant {
    char database[CT_DATABASE_BYTES_MAX]; /* "*": all */
    bool reads, writes;
};

struct ct_principal {
    char id[CT_PRINCIPAL_ID_BYTES]; /* what logs say: of the token, or "anonymous" */
    bool is_admin;                  /* may do everything */
    bool is_token;                  /* false: nobody said who they are, or nobody knows them */
    bool is_wrong;                  /* a secret was sent, and no token has it (any more) */
    bool is_barred;                 /* wrong, and too often so from this address */
    int64_t expires_ns;             /* 0: never */
    struct ct_grant grants[CT_GRANTS_MAX];
    uint32_t grant_count;
};

/* database NULL: any at all. */
bool ct_principal_reads(const struct ct_principal *principal, const char *database);
bool ct_principal_writes(const struct ct_principal *principal, const char *database);

#endif
