// C17's <string.h>, POSIX's additions, and GNU's that numeric code meets.
#ifndef _STRING_H
#define _STRING_H

#include <_shiver.h>
#define __need_size_t
#define __need_NULL
#include <stddef.h>

_C_BEGIN

void *memcpy(void *__restrict, const void *__restrict, size_t),
    *memmove(void *, const void *, size_t), *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);

char *strcpy(char *__restrict, const char *__restrict),
    *strcat(char *__restrict, const char *__restrict),
    *strncpy(char *__restrict, const char *__restrict, size_t),
    *strncat(char *__restrict, const char *__restrict, size_t);
int strcmp(const char *, const char *), strncmp(const char *, const char *, size_t),
    strcoll(const char *, const char *);
size_t strlen(const char *), strspn(const char *, const char *),
    strcspn(const char *, const char *), strxfrm(char *__restrict, const char *__restrict, size_t);
char *strtok(char *__restrict, const char *__restrict), *strerror(int);

#ifndef __cplusplus
void *memchr(const void *, int, size_t);
char *strchr(const char *, int), *strrchr(const char *, int), *strpbrk(const char *, const char *),
    *strstr(const char *, const char *);
#else // const out for const in
extern "C++" {
inline const void *memchr(const void *_s, int _c, size_t _n) { return __builtin_memchr(_s, _c, _n); }
inline void *memchr(void *_s, int _c, size_t _n) { return __builtin_memchr(_s, _c, _n); }
inline const char *strchr(const char *_s, int _c) { return __builtin_strchr(_s, _c); }
inline char *strchr(char *_s, int _c) { return __builtin_strchr(_s, _c); }
inline const char *strrchr(const char *_s, int _c) { return __builtin_strrchr(_s, _c); }
inline char *strrchr(char *_s, int _c) { return __builtin_strrchr(_s, _c); }
inline const char *strpbrk(const char *_s, const char *_t) { return __builtin_strpbrk(_s, _t); }
inline char *strpbrk(char *_s, const char *_t) { return __builtin_strpbrk(_s, _t); }
inline const char *strstr(const char *_s, const char *_t) { return __builtin_strstr(_s, _t); }
inline char *strstr(char *_s, const char *_t) { return __builtin_strstr(_s, _t); }
}
#endif

#if _EXTRA
void *memccpy(void *__restrict, const void *__restrict, int, size_t),
    *mempcpy(void *__restrict, const void *__restrict, size_t), *memrchr(const void *, int, size_t),
    *memmem(const void *, size_t, const void *, size_t);
char *strdup(const char *), *strndup(const char *, size_t), *strsignal(int),
    *stpcpy(char *__restrict, const char *__restrict),
    *stpncpy(char *__restrict, const char *__restrict, size_t),
    *strtok_r(char *__restrict, const char *__restrict, char **__restrict),
    *strsep(char **__restrict, const char *__restrict), *strchrnul(const char *, int),
    *strcasestr(const char *, const char *);
size_t strnlen(const char *, size_t);
void explicit_bzero(void *, size_t);
// POSIX's form unless _GNU_SOURCE asks for GNU's, as in glibc.
#ifdef _GNU_SOURCE
char *strerror_r(int, char *, size_t);
#else
int strerror_r(int, char *, size_t) __asm__("__xpg_strerror_r");
#endif
#endif

_C_END

#if _EXTRA
#include <strings.h>
#endif
#endif
