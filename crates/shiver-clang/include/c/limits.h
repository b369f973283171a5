// What clang's <limits.h> leaves to the C library; the rest is clang's.
#ifndef _LIMITS_H
#define _LIMITS_H

#include <_shiver.h>

#pragma GCC system_header // include_next is an extension

#define MB_LEN_MAX 16
#if _EXTRA
#define SSIZE_MAX __LONG_MAX__
#define NAME_MAX 255
#define PATH_MAX 4096
#endif

#include_next <limits.h>

#endif
