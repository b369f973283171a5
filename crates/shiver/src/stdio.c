/* What bodies call when they print: the C library's functions of the same names, with text for
   stdout going where the loop's caller wants it. In C because most take variable arguments, which
   stable Rust cannot define. src/symbols.rs hands them to the loader; src/output.rs takes the text. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Takes `length` bytes of text; 0 where no loop is running on this thread. Set by src/output.rs: a
   function of Rust's that C could call by name would be visible from outside the library. */
int (*shiver_output)(const char *text, size_t length);

static int put(const char *text, size_t length) {
    if (shiver_output != NULL && shiver_output(text, length))
        return 1;
    return fwrite(text, 1, length, stdout) == length;
}

int shiver_vprintf(const char *format, va_list arguments) {
    char buffer[512];
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(buffer, sizeof buffer, format, arguments);
    if (length >= (int)sizeof buffer) {
        char *text = malloc((size_t)length + 1);
        if (text == NULL) {
            length = -1;
        } else {
            vsnprintf(text, (size_t)length + 1, format, again);
            if (!put(text, (size_t)length))
                length = -1;
            free(text);
        }
    } else if (length > 0 && !put(buffer, (size_t)length)) {
        length = -1;
    }
    va_end(again);
    return length;
}

int shiver_printf(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = shiver_vprintf(format, arguments);
    va_end(arguments);
    return length;
}

int shiver_vfprintf(FILE *file, const char *format, va_list arguments) {
    return file == stdout ? shiver_vprintf(format, arguments) : vfprintf(file, format, arguments);
}

int shiver_fprintf(FILE *file, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = shiver_vfprintf(file, format, arguments);
    va_end(arguments);
    return length;
}

int shiver_fputc(int c, FILE *file) {
    if (file != stdout)
        return fputc(c, file);
    char text = (char)c;
    return put(&text, 1) ? (unsigned char)c : EOF;
}

int shiver_putchar(int c) { return shiver_fputc(c, stdout); }

size_t shiver_fwrite(const void *data, size_t size, size_t count, FILE *file) {
    if (file != stdout)
        return fwrite(data, size, count, file);
    return put(data, size * count) ? count : 0;
}

int shiver_fputs(const char *text, FILE *file) {
    if (file != stdout)
        return fputs(text, file);
    size_t length = 0;
    while (text[length] != '\0')
        length++;
    return put(text, length) ? 1 : EOF;
}

int shiver_puts(const char *text) {
    return shiver_fputs(text, stdout) == EOF || shiver_fputc('\n', stdout) == EOF ? EOF : 1;
}

/* The caller writes text out as it comes; there is nothing more to flush. */
int shiver_fflush(FILE *file) { return file == stdout ? 0 : fflush(file); }
