#include "process_figures.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "number.h"

/* A small file whole; empty where it cannot be read. */
static struct ct_text read_file(const char *path, char *bytes, size_t cap)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return (struct ct_text){"", 0};
    const ssize_t len = read(fd, bytes, cap);
    close(fd);
    return (struct ct_text){bytes, len > 0 ? (size_t)len : 0};
}

/* The n-th word of a line; 0 where that is no number. */
static uint64_t number_at(struct ct_text text, size_t n)
{
    const char *at = text.bytes, *end = text.bytes + text.len, *stop;
    uint64_t number = 0;
    for (; n > 0 && at < end; n--) {
        const char *blank = memchr(at, ' ', (size_t)(end - at));
        at = blank ? blank + 1 : end;
    }
    return ct_scan_uint64(at, end, &number, &stop) == CT_OK ? number : 0;
}

/* The words of /proc/self/stat from the third on: the second, a name, may hold anything. */
static struct ct_text words_of_stat(char *bytes, size_t cap)
{
    const struct ct_text stat = read_file("/proc/self/stat", bytes, cap);
    for (size_t i = stat.len; i-- > 0;)
        if (stat.bytes[i] == ')' && i + 2 < stat.len)
            return (struct ct_text){stat.bytes + i + 2, stat.len - i - 2};
    return (struct ct_text){"", 0};
}

/* When the machine was started: the line "btime N" of /proc/stat, which stands behind one line of
 * each processor and a long one of interrupts. */
static uint64_t boot_time_s(void)
{
    static const char name[] = "\nbtime ";
    char bytes[65536];
    const struct ct_text stat = read_file("/proc/stat", bytes, sizeof bytes);
    for (size_t i = 0; i + sizeof name < stat.len; i++)
        if (memcmp(stat.bytes + i, name, sizeof name - 1) == 0)
            return number_at((struct ct_text){stat.bytes + i + 1, stat.len - i - 1}, 1);
    return 0;
}

static uint64_t count_open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    uint64_t count = 0;
    if (!folder)
        return 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count > 0 ? count - 1 : 0; /* without the folder itself */
}

/* Where words of proc(5)'s stat stand, counted from the third, which is 0. */
enum stat_word {
    STAT_USER_TICKS = 11,
    STAT_SYSTEM_TICKS = 12,
    STAT_THREADS = 17,
    STAT_START_TICKS = 19,
    STAT_VIRTUAL_BYTES = 20,
    STAT_RESIDENT_PAGES = 21
};

void ct_process_figures_read(struct ct_process_figures *out)
{
    char bytes[2048];
    struct rlimit limit;
    const struct ct_text words = words_of_stat(bytes, sizeof bytes);
    const double ticks_per_s = (double)sysconf(_SC_CLK_TCK);
    const uint64_t ticks = number_at(words, STAT_USER_TICKS) + number_at(words, STAT_SYSTEM_TICKS);
    *out = (struct ct_process_figures){
        .cpu_s = (double)ticks / ticks_per_s,
        .threads = number_at(words, STAT_THREADS),
        .virtual_bytes = number_at(words, STAT_VIRTUAL_BYTES),
        .resident_bytes = number_at(words, STAT_RESIDENT_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE),
        .open_files = count_open_files(),
        .started_s =
            (double)boot_time_s() + (double)number_at(words, STAT_START_TICKS) / ticks_per_s,
    };
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        out->open_files_max = limit.rlim_cur;
}
