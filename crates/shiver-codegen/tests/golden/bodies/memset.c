#include <string.h>
void f(char *y, long n, long i) { memset(y + i * n, 0, n); }
//= checks at run time: none
//= no loop
