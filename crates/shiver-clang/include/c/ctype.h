// C17's <ctype.h>: functions only, no tables.
#ifndef _CTYPE_H
#define _CTYPE_H

#include <_shiver.h>

_C_BEGIN

int isalnum(int), isalpha(int), isblank(int), iscntrl(int), isdigit(int), isgraph(int),
    islower(int), isprint(int), ispunct(int), isspace(int), isupper(int), isxdigit(int);
int tolower(int), toupper(int);
#if _EXTRA
int isascii(int), toascii(int);
#endif

_C_END
#endif
