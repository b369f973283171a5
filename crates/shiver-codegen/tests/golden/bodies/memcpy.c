#include <string.h>
void f(char *y, const char *x, long n, long i) { memcpy(y + i * n, x + i * n, n); }
//= checks at run time: none
//= loop
//=   call llvm.memcpy.p0.p0.i64
