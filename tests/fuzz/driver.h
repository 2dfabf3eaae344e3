/* What a fuzz target defines and may call. See driver.c. */
#ifndef FUZZ_DRIVER_H
#define FUZZ_DRIVER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Always 0. Aborts where something is wrong. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Optional, of the driver only: calls fuzz_seed_add for well-formed inputs, from which mutations
 * reach further than from nothing. libFuzzer finds its own or is given files. */
void fuzz_seeds(void) __attribute__((weak));

/* Copies the bytes into the driver's pool; a full pool and long inputs are ignored. */
void fuzz_seed_add(const void *bytes, size_t len) __attribute__((weak));

/* For a fuzz target's own checks: on in every build. */
#define FUZZ_REQUIRE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
