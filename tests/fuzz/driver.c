/* A fuzz target without libFuzzer: the same mutations of the same inputs on every run, for a
 * bounded number of rounds, so that ctest runs every target under every compiler and sanitizer.
 *
 *     target [--rounds N] [--seed N] [FILE...]      FILEs are seeds for mutation; each is also run
 * as it is
 *
 * A target defines LLVMFuzzerTestOneInput and may define fuzz_seeds, which gives inputs of its own
 * making. */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim_random.h"

#define INPUT_BYTES_MAX 4096
#define ROUNDS_DEFAULT  200000
#define SECONDS_MAX     4
#define POOL_MAX        256

struct pool {
    uint8_t *inputs[POOL_MAX];
    size_t lens[POOL_MAX];
    size_t count;
};

static struct pool pool;

void fuzz_seed_add(const void *bytes, size_t len)
{
    if (pool.count == POOL_MAX || len > INPUT_BYTES_MAX)
        return;
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    if (len)
        memcpy(copy, bytes, len);
    pool.inputs[pool.count] = copy;
    pool.lens[pool.count++] = len;
}

/* A block of exactly the length, so that a sanitizer sees any read past it. */
static void run(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    if (len)
        memcpy(copy, bytes, len);
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void add_file(const char *path)
{
    static uint8_t bytes[INPUT_BYTES_MAX];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    const size_t len = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    fuzz_seed_add(bytes, len);
}

/* Bytes at which parsers turn: bounds of integers and varints. */
static uint8_t notable_byte(struct sim_random *random)
{
    static const uint8_t bytes[] = {0, 1, 2, 7, 8, 0x3f, 0x40, 0x41, 0x7f, 0x80, 0x81, 0xfe, 0xff};
    return bytes[sim_random_below(random, sizeof bytes)];
}

static size_t insert(uint8_t *bytes, size_t len, size_t at, size_t extra, struct sim_random *random)
{
    if (len + extra > INPUT_BYTES_MAX)
        return len;
    memmove(bytes + at + extra, bytes + at, len - at);
    for (size_t i = 0; i < extra; i++)
        bytes[at + i] = (uint8_t)sim_random_next(random);
    return len + extra;
}

/* The rest of another input from a place of its own on. */
static size_t splice(uint8_t *bytes, size_t at, struct sim_random *random)
{
    const size_t other = sim_random_below(random, pool.count);
    const size_t from = sim_random_below(random, pool.lens[other] + 1);
    size_t len = pool.lens[other] - from;
    if (len > INPUT_BYTES_MAX - at)
        len = INPUT_BYTES_MAX - at;
    memcpy(bytes + at, pool.inputs[other] + from, len);
    return at + len;
}

static size_t mutate(uint8_t *bytes, size_t len, struct sim_random *random)
{
    const size_t at = sim_random_below(random, len + 1);
    const size_t some = 1 + sim_random_below(random, 8);
    switch (sim_random_below(random, 7)) {
    case 0:
        return at; /* cut */
    case 1:
        return insert(bytes, len, at, some, random);
    case 2: /* remove */
        if (at + some > len)
            return at;
        memmove(bytes + at, bytes + at + some, len - at - some);
        return len - some;
    case 3:
        return splice(bytes, at, random);
    case 4:
        if (at < len)
            bytes[at] = notable_byte(random);
        return len;
    case 5:
        if (at < len)
            bytes[at] = (uint8_t)(bytes[at] + some - 4);
        return len;
    default:
        if (at < len)
            bytes[at] ^= (uint8_t)(1u << some % 8);
        return len;
    }
}

static uint64_t fuzz(uint64_t rounds, uint64_t seed)
{
    static uint8_t bytes[INPUT_BYTES_MAX];
    struct sim_random random = sim_random_of(seed);
    const time_t start = time(NULL);
    uint64_t done = 0;
    for (; done < rounds; done++) {
        if (done % 1024 == 0 && time(NULL) - start >= SECONDS_MAX)
            break;
        const size_t source = sim_random_below(&random, pool.count);
        size_t len = pool.lens[source];
        memcpy(bytes, pool.inputs[source], len);
        for (uint64_t changes = 1 + sim_random_below(&random, 5); changes; changes--)
            len = mutate(bytes, len, &random);
        run(bytes, len);
    }
    return done;
}

static uint64_t number_of(const char *text)
{
    uint64_t number = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    return number;
}

int main(int argc, char **argv)
{
    uint64_t rounds = ROUNDS_DEFAULT;
    uint64_t seed = 1;
    fuzz_seed_add("", 0);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--rounds") == 0 && i + 1 < argc)
            rounds = number_of(argv[++i]);
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = number_of(argv[++i]);
        else
            add_file(argv[i]);
    }
    if (fuzz_seeds)
        fuzz_seeds();
    for (size_t i = 0; i < pool.count; i++)
        run(pool.inputs[i], pool.lens[i]);
    const uint64_t done = fuzz(rounds, seed);
    (void)printf("%zu seeds, %llu mutations\n", pool.count, (unsigned long long)done);
    for (size_t i = 0; i < pool.count; i++)
        free(pool.inputs[i]);
    return 0;
}
