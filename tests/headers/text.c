// <string.h> <strings.h> <ctype.h>: every function called.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EXPECT(e) \
    do { \
        if (!(e)) \
            return __LINE__; \
    } while (0)

int check_text(void) {
    char a[32] = "hello", b[32];
    EXPECT(memcpy(b, a, 6) == b && memcmp(a, b, 6) == 0 && memmove(b + 1, b, 6) && b[1] == 'h');
    EXPECT(memset(b, 'x', 3) == b && b[2] == 'x' && memchr(a, 'l', 6) == a + 2);
    EXPECT(strcpy(b, a) == b && strcat(b, " world") == b && strlen(b) == 11);
    EXPECT(strncpy(b, "abc", 8) == b && b[7] == 0 && strncat(b, "defg", 2));
    EXPECT(strcmp(b, "abcde") == 0);
    EXPECT(strcmp("a", "b") < 0 && strncmp("ax", "ay", 1) == 0 && strcoll("a", "a") == 0);
    EXPECT(strspn("aab", "a") == 2 && strcspn("aab", "b") == 2 && strxfrm(b, "abc", 32) == 3);
    EXPECT(strchr(a, 'l') == a + 2 && strrchr(a, 'l') == a + 3 && strpbrk(a, "ol") == a + 2);
    EXPECT(strstr(a, "llo") == a + 2 && strerror(0) && NULL == (void *)0);
    strcpy(b, "p q");
    EXPECT(strcmp(strtok(b, " "), "p") == 0 && strcmp(strtok(NULL, " "), "q") == 0);

    EXPECT(isalnum('1') && isalpha('a') && isblank('\t') && iscntrl('\n') && isdigit('7'));
    EXPECT(isgraph('!'));
    EXPECT(islower('a') && isprint(' ') && ispunct('.') && isspace('\v') && isupper('A'));
    EXPECT(isxdigit('f'));
    EXPECT(!isdigit('a') && tolower('A') == 'a' && toupper('a') == 'A');

#ifndef __STRICT_ANSI__
    EXPECT(isascii('a') && toascii(0x1e1) == 'a');
    EXPECT(memccpy(b, a, 'l', 6) == b + 3 && mempcpy(b, a, 6) == b + 6);
    EXPECT(memrchr(a, 'l', 5) == a + 3);
    EXPECT(memmem(a, 5, "lo", 2) == a + 3 && strnlen(a, 3) == 3 && stpcpy(b, a) == b + 5);
    EXPECT(stpncpy(b, "xy", 4) == b + 2 && strchrnul(a, 'z') == a + 5);
    EXPECT(strcasestr(a, "LL") == a + 2);
    char *copy = strdup(a), *part = strndup(a, 2), *rest = b, *state;
    EXPECT(strcmp(copy, a) == 0 && strcmp(part, "he") == 0 && strsignal(2));
    free(copy), free(part);
    strcpy(b, "p,q");
    EXPECT(strcmp(strsep(&rest, ","), "p") == 0 && rest == b + 2);
    strcpy(b, "p q");
    EXPECT(strtok_r(b, " ", &state) == b && strtok_r(NULL, " ", &state) == b + 2);
    EXPECT(strerror_r(0, b, sizeof b) == 0 && b[0]);
    explicit_bzero(b, 4);
    EXPECT(b[0] == 0);
#endif
    EXPECT(bcmp(a, a, 5) == 0 && ffs(8) == 4 && ffsl(8) == 4 && ffsll(0) == 0);
    EXPECT(strcasecmp(a, "HELLO") == 0 && strncasecmp(a, "HEX", 2) == 0);
    EXPECT(index(a, 'l') == a + 2 && rindex(a, 'l') == a + 3);
    bcopy(a, b, 6), bzero(a, 3);
    EXPECT(b[4] == 'o' && a[2] == 0);
    return 0;
}
