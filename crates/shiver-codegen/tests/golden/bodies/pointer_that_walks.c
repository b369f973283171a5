// The pointer of the inner loop comes from before it, or from its end: no choice.
int f(const int *x, long n, long i) {
    const int *p = x + i, *end = x + n;
    int s = 0;
    do {
        if (*p < 0) break;
        s += *p++;
    } while (p < end);
    return s;
}
//= checks at run time: none
//= loop
//=   store the result: i32, independent
//=   loop
//=     load x: i32, independent
