// Makes every sync of a file cost a given time more, for whoever is started with this in LD_PRELOAD: SLOW_SYNC_US, in microseconds.
// Disks of rented machines take 0.5 to 5 ms where a fast local one takes 0.05, and that decides what batching is worth.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void wait_first(void) {
    static long microseconds = -1;
    if (microseconds < 0) {
        const char *text = getenv("SLOW_SYNC_US");
        microseconds = text ? atol(text) : 0;
    }
    struct timespec pause = {microseconds / 1000000, microseconds % 1000000 * 1000};
    if (microseconds > 0) clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

int fdatasync(int file) {
    wait_first();
    return (int)syscall(SYS_fdatasync, file);
}

int fsync(int file) {
    wait_first();
    return (int)syscall(SYS_fsync, file);
}
