// C17's <stdio.h>, and POSIX's lines and files. Formats are checked by clang as with any libc.
#ifndef _STDIO_H
#define _STDIO_H

#include <_shiver.h>
#define __need_size_t
#define __need_NULL
#include <stddef.h>

#define EOF (-1)
#define BUFSIZ 8192
#define FILENAME_MAX 4096
#define FOPEN_MAX 16
#define L_tmpnam 20
#define TMP_MAX 238328
#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

#define _PRINTF(format_at, args_at) __attribute__((__format__(__printf__, format_at, args_at)))
#define _SCANF(format_at, args_at) __attribute__((__format__(__scanf__, format_at, args_at)))

_C_BEGIN

typedef struct _IO_FILE FILE;
typedef struct {
    long __pos;
    int __state[2];
} fpos_t;

extern FILE *stdin, *stdout, *stderr;
#define stdin stdin
#define stdout stdout
#define stderr stderr

int printf(const char *__restrict, ...) _PRINTF(1, 2);
int fprintf(FILE *__restrict, const char *__restrict, ...) _PRINTF(2, 3);
int sprintf(char *__restrict, const char *__restrict, ...) _PRINTF(2, 3);
int snprintf(char *__restrict, size_t, const char *__restrict, ...) _PRINTF(3, 4);
int vprintf(const char *__restrict, __builtin_va_list) _PRINTF(1, 0);
int vfprintf(FILE *__restrict, const char *__restrict, __builtin_va_list) _PRINTF(2, 0);
int vsprintf(char *__restrict, const char *__restrict, __builtin_va_list) _PRINTF(2, 0);
int vsnprintf(char *__restrict, size_t, const char *__restrict, __builtin_va_list) _PRINTF(3, 0);

int scanf(const char *__restrict, ...) _SCANF(1, 2);
int fscanf(FILE *__restrict, const char *__restrict, ...) _SCANF(2, 3);
int sscanf(const char *__restrict, const char *__restrict, ...) _SCANF(2, 3);
int vscanf(const char *__restrict, __builtin_va_list) _SCANF(1, 0);
int vfscanf(FILE *__restrict, const char *__restrict, __builtin_va_list) _SCANF(2, 0);
int vsscanf(const char *__restrict, const char *__restrict, __builtin_va_list) _SCANF(2, 0);

int putchar(int), puts(const char *), putc(int, FILE *), fputc(int, FILE *),
    fputs(const char *__restrict, FILE *__restrict);
int getchar(void), getc(FILE *), fgetc(FILE *), ungetc(int, FILE *);
char *fgets(char *__restrict, int, FILE *__restrict);
size_t fread(void *__restrict, size_t, size_t, FILE *__restrict),
    fwrite(const void *__restrict, size_t, size_t, FILE *__restrict);

FILE *fopen(const char *__restrict, const char *__restrict),
    *freopen(const char *__restrict, const char *__restrict, FILE *__restrict), *tmpfile(void);
int fclose(FILE *), fflush(FILE *), feof(FILE *), ferror(FILE *);
int setvbuf(FILE *__restrict, char *__restrict, int, size_t);
void setbuf(FILE *__restrict, char *__restrict), clearerr(FILE *), perror(const char *);
int fseek(FILE *, long, int), fgetpos(FILE *__restrict, fpos_t *__restrict),
    fsetpos(FILE *, const fpos_t *);
long ftell(FILE *);
void rewind(FILE *);
int remove(const char *), rename(const char *, const char *);
char *tmpnam(char *);

#if _EXTRA
typedef __builtin_va_list va_list;
typedef long ssize_t, off_t;
int dprintf(int, const char *__restrict, ...) _PRINTF(2, 3);
int vdprintf(int, const char *__restrict, __builtin_va_list) _PRINTF(2, 0);
int asprintf(char **__restrict, const char *__restrict, ...) _PRINTF(2, 3);
int vasprintf(char **__restrict, const char *__restrict, __builtin_va_list) _PRINTF(2, 0);
FILE *fdopen(int, const char *), *fmemopen(void *, size_t, const char *),
    *open_memstream(char **, size_t *), *popen(const char *, const char *);
int pclose(FILE *), fileno(FILE *), fseeko(FILE *, off_t, int);
off_t ftello(FILE *);
ssize_t getline(char **__restrict, size_t *__restrict, FILE *__restrict),
    getdelim(char **__restrict, size_t *__restrict, int, FILE *__restrict);
void flockfile(FILE *), funlockfile(FILE *);
int ftrylockfile(FILE *), putchar_unlocked(int), putc_unlocked(int, FILE *), getchar_unlocked(void),
    getc_unlocked(FILE *);
#endif

_C_END

#undef _PRINTF
#undef _SCANF
#endif
