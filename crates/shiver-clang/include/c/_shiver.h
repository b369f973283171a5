// What every C header of ours starts from: C linkage under C++, and whether to declare what POSIX and
// GNU add to the standard (as in glibc: yes, unless -std=c99, c11, c17 says no).
#ifndef _SHIVER_H
#define _SHIVER_H

#ifdef __cplusplus
#define _C_BEGIN extern "C" {
#define _C_END }
#else
#define _C_BEGIN
#define _C_END
#endif

#if !defined __STRICT_ANSI__ || defined __cplusplus || defined _GNU_SOURCE || \
    defined _DEFAULT_SOURCE || defined _XOPEN_SOURCE || defined _POSIX_C_SOURCE
#define _EXTRA 1
#else
#define _EXTRA 0
#endif

#endif
