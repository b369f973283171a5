// <time.h> <errno.h> <assert.h>: clocks, dates, error numbers, and that assert follows NDEBUG.
#include <errno.h>
#include <string.h>
#include <time.h>

#define EXPECT(e) \
    do { \
        if (!(e)) \
            return __LINE__; \
    } while (0)

#define NDEBUG
#include <assert.h>
static int unchecked(void) {
    int n = 0;
    assert(++n == 5);
    return n;
}
#undef NDEBUG
#include <assert.h>

static_assert(sizeof(struct tm) == 56 && sizeof(struct timespec) == 16, "as in glibc");
static_assert(sizeof(time_t) == 8 && sizeof(clock_t) == 8 && TIME_UTC == 1, "as in glibc");
static_assert(EDOM == 33 && ERANGE == 34 && EILSEQ == 84 && EINTR == 4, "Linux");
static_assert(EWOULDBLOCK == EAGAIN, "Linux");

int check_time(void) {
    struct timespec t;
    time_t day = 86400;
    struct tm *date = gmtime(&day);
    char text[64];
    EXPECT(date->tm_year == 70 && date->tm_mday == 2 && date->tm_wday == 5 && date->tm_yday == 1);
    EXPECT(date->tm_gmtoff == 0 && strftime(text, sizeof text, "%Y-%m-%d", date) == 10);
    EXPECT(strcmp(text, "1970-01-02") == 0);
    EXPECT(strcmp(asctime(date), "Fri Jan  2 00:00:00 1970\n") == 0);
    EXPECT(time(NULL) > 1700000000 && difftime(day, 0) == 86400);
    EXPECT(timespec_get(&t, TIME_UTC) == TIME_UTC);
    EXPECT(t.tv_sec > 1700000000 && t.tv_nsec < 1000000000 && clock() >= 0);
    EXPECT(CLOCKS_PER_SEC == 1000000);
    date = localtime(&day);
    EXPECT(mktime(date) == day && ctime(&day));

    errno = 0;
    EXPECT(errno == 0 && &errno == __errno_location());
    errno = ERANGE;
    EXPECT(errno == 34);
    int n = 0;
    assert(++n == 1);
    EXPECT(n == 1 && unchecked() == 0);

#ifndef __STRICT_ANSI__
    struct tm other;
    struct timespec later, none = {0, 0};
    EXPECT(clock_gettime(CLOCK_MONOTONIC, &t) == 0 && nanosleep(&none, NULL) == 0);
    EXPECT(clock_nanosleep(CLOCK_MONOTONIC, 0, &none, NULL) == 0 && TIMER_ABSTIME == 1);
    EXPECT(clock_gettime(CLOCK_MONOTONIC, &later) == 0 && later.tv_sec >= t.tv_sec);
    EXPECT(clock_getres(CLOCK_REALTIME, &t) == 0 && &clock_settime && sizeof(clockid_t) == 4);
    const clockid_t all[] = {CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
                             CLOCK_REALTIME_COARSE,    CLOCK_MONOTONIC_COARSE,  CLOCK_BOOTTIME};
    for (int i = 0; i < 6; ++i)
        EXPECT(clock_gettime(all[i], &t) == 0);
    EXPECT(gmtime_r(&day, &other) == &other && other.tm_mday == 2 && timegm(&other) == day);
    EXPECT(asctime_r(&other, text) == text && text[0] == 'F' && ctime_r(&day, text) == text);
    EXPECT(localtime_r(&day, &other) == &other && timelocal(&other) == day);
    EXPECT(strptime("1999-12-31", "%Y-%m-%d", &other) && other.tm_year == 99);
    tzset();
    EXPECT(tzname[0] && timezone < 86400 && daylight >= 0);
#endif
    return 0;
}
