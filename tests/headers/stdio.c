// <stdio.h>: formatted text to memory, a temporary file written and read; what needs a terminal or
// a name in the file system by address.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(e) \
    do { \
        if (!(e)) \
            return __LINE__; \
    } while (0)

_Static_assert(sizeof(fpos_t) == 16 && EOF == -1 && BUFSIZ == 8192, "as in glibc");
_Static_assert(FILENAME_MAX == 4096, "as in glibc");
_Static_assert(FOPEN_MAX == 16 && L_tmpnam == 20 && TMP_MAX == 238328, "as in glibc");

__attribute__((__format__(__printf__, 3, 4))) //
static int print(FILE *file, char *text, const char *format, ...) {
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int n = vfprintf(file, format, list), m = vsnprintf(text, 64, format, again);
    va_end(list);
    va_end(again);
    va_start(list, format);
    int k = vsprintf(text, format, list);
    va_end(list);
    return n == m && m == k ? n : -1;
}

__attribute__((__format__(__scanf__, 2, 3))) //
static int scan(const char *text, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int n = vsscanf(text, format, list);
    va_end(list);
    return n;
}

static int check_file(FILE *file) {
    char text[64], buffer[BUFSIZ];
    fpos_t start;
    int n = 0;
    double d = 0;
    EXPECT(setvbuf(file, buffer, _IOFBF, sizeof buffer) == 0 && fgetpos(file, &start) == 0);
    EXPECT(fprintf(file, "%d %g\n", 12, 2.5) == 7);
    EXPECT(print(file, text, "%s-%5.2f\n", "x", 3.14159) == 8);
    EXPECT(strcmp(text, "x- 3.14\n") == 0 && fputs("line\n", file) >= 0 && fputc('a', file) == 'a');
    EXPECT(putc('b', file) == 'b' && fwrite("cd", 1, 2, file) == 2 && fflush(file) == 0);
    EXPECT(ftell(file) == 24 && fseek(file, 0, SEEK_SET) == 0);
    EXPECT(fscanf(file, "%d %lf", &n, &d) == 2 && n == 12 && d == 2.5 && getc(file) == '\n');
    EXPECT(fgets(text, 64, file) && strcmp(text, "x- 3.14\n") == 0 && fgetc(file) == 'l');
    EXPECT(ungetc('L', file) == 'L' && fread(text, 1, 5, file) == 5);
    EXPECT(memcmp(text, "Line\n", 5) == 0);
    EXPECT(fseek(file, -1, SEEK_END) == 0 && getc(file) == 'd' && getc(file) == EOF && feof(file));
    EXPECT(!ferror(file) && fsetpos(file, &start) == 0 && !feof(file));
    EXPECT(fseek(file, 3, SEEK_CUR) == 0);
    rewind(file), clearerr(file);
    EXPECT(ftell(file) == 0);
#ifndef __STRICT_ANSI__
    char *line = NULL;
    size_t size = 0;
    EXPECT(getline(&line, &size, file) == 7 && getdelim(&line, &size, '.', file) == 5);
    free(line);
    EXPECT(fileno(file) > 2 && fseeko(file, 0, SEEK_SET) == 0 && ftello(file) == 0);
    flockfile(file);
    EXPECT(getc_unlocked(file) == '1' && ftrylockfile(file) == 0);
    funlockfile(file), funlockfile(file);
#endif
    setbuf(file, NULL);
    return 0;
}

int check_stdio(void) {
    char text[64];
    int n = 0, line;
    EXPECT(snprintf(text, sizeof text, "%x %ld %Lf", 255u, 3L, 1.5L) == 13);
    EXPECT(sprintf(text, "%c%%", 'x') == 2 && strcmp(text, "x%") == 0);
    EXPECT(sscanf("42 z", "%d", &n) == 1 && n == 42 && scan("7", "%d", &n) == 1 && n == 7);
    FILE *file = tmpfile();
    EXPECT(file);
    if ((line = check_file(file)))
        return line;
    EXPECT(fclose(file) == 0 && stdin && stdout && stderr);
    EXPECT(&printf && &vprintf && &scanf && &vscanf && &vfscanf && &putchar && &puts && &getchar);
    EXPECT(&fopen && &freopen && &perror && &remove && &rename);
#ifndef __STRICT_ANSI__
    char *grown = NULL;
    size_t size = 0;
    EXPECT(asprintf(&grown, "%d", 1234) == 4 && strcmp(grown, "1234") == 0);
    free(grown);
    EXPECT((file = open_memstream(&grown, &size)) && fprintf(file, "%s", "abc") == 3);
    EXPECT(fclose(file) == 0 && size == 3 && strcmp(grown, "abc") == 0);
    free(grown);
    EXPECT((file = fmemopen(text, sizeof text, "w")) && putc_unlocked('q', file) == 'q');
    EXPECT(fclose(file) == 0 && text[0] == 'q');
    EXPECT(&dprintf && &vdprintf && &vasprintf && &fdopen && &popen && &pclose);
    EXPECT(&putchar_unlocked && &getchar_unlocked && sizeof(ssize_t) == 8 && sizeof(off_t) == 8);
#endif
    return 0;
}
