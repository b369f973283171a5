// C17's <time.h>, and POSIX's clocks.
#ifndef _TIME_H
#define _TIME_H

#include <_shiver.h>
#define __need_size_t
#define __need_NULL
#include <stddef.h>

#define CLOCKS_PER_SEC ((clock_t)1000000)
#define TIME_UTC 1

_C_BEGIN

typedef long clock_t, time_t;
struct timespec {
    time_t tv_sec;
    long tv_nsec;
};
struct tm {
    int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
    long tm_gmtoff;
    const char *tm_zone;
};

clock_t clock(void);
time_t time(time_t *), mktime(struct tm *);
double difftime(time_t, time_t);
int timespec_get(struct timespec *, int);
struct tm *gmtime(const time_t *), *localtime(const time_t *);
char *asctime(const struct tm *), *ctime(const time_t *);
size_t strftime(char *__restrict, size_t, const char *__restrict, const struct tm *__restrict)
    __attribute__((__format__(__strftime__, 3, 0)));

#if _EXTRA
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID 3
#define CLOCK_MONOTONIC_RAW 4
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_BOOTTIME 7
#define TIMER_ABSTIME 1

typedef int clockid_t;
int clock_gettime(clockid_t, struct timespec *), clock_getres(clockid_t, struct timespec *),
    clock_settime(clockid_t, const struct timespec *),
    clock_nanosleep(clockid_t, int, const struct timespec *, struct timespec *),
    nanosleep(const struct timespec *, struct timespec *);
struct tm *gmtime_r(const time_t *__restrict, struct tm *__restrict),
    *localtime_r(const time_t *__restrict, struct tm *__restrict);
char *asctime_r(const struct tm *__restrict, char *__restrict),
    *ctime_r(const time_t *__restrict, char *__restrict),
    *strptime(const char *__restrict, const char *__restrict, struct tm *__restrict);
time_t timegm(struct tm *), timelocal(struct tm *);
void tzset(void);
extern char *tzname[2];
extern long timezone;
extern int daylight;
#endif

_C_END
#endif
