int f(float cx, float cy, long i) {
    float x = 0, y = 0;
    int n = 0;
    while (n < 256 && x * x + y * y < 4) {
        float t = x * x - y * y + cx * i;
        y = 2 * x * y + cy;
        x = t;
        n++;
    }
    return n;
}
//= checks at run time: none
//= loop
//=   store the result: i32, independent
//=   fmul float
//=   loop
//=     fadd float
//=     fcmp float
//=     fmul float
//=     fsub float
