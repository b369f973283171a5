// POSIX's <strings.h>.
#ifndef _STRINGS_H
#define _STRINGS_H

#include <_shiver.h>
#define __need_size_t
#include <stddef.h>

_C_BEGIN

int bcmp(const void *, const void *, size_t);
void bcopy(const void *, void *, size_t), bzero(void *, size_t);
int ffs(int), ffsl(long), ffsll(long long);
int strcasecmp(const char *, const char *), strncasecmp(const char *, const char *, size_t);
#ifndef __cplusplus
char *index(const char *, int), *rindex(const char *, int);
#endif

_C_END
#endif
