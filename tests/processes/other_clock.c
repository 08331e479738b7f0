/* A machine whose clock is wrong, for one process and its children: the time of day is CLOCK_AHEAD seconds ahead (or
   behind, with a minus). What only counts on (CLOCK_MONOTONIC, CLOCK_BOOTTIME, waits) is as it was.

   cc -shared -fPIC -O2 -o other_clock.so other_clock.c -ldl;  LD_PRELOAD=.../other_clock.so CLOCK_AHEAD=240 program */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t ahead(void)
{
    const char *told = getenv("CLOCK_AHEAD");
    return told ? (time_t)atol(told) : 0;
}

int clock_gettime(clockid_t which, struct timespec *found)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(which, found);
    if (!done && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        found->tv_sec += ahead();
    return done;
}

int gettimeofday(struct timeval *restrict found, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now))
        return -1;
    found->tv_sec = now.tv_sec;
    found->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *kept)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept)
        *kept = now.tv_sec;
    return now.tv_sec;
}
