void f(int *y, const int *x, long i) {
    switch (x[i] & 3) {
    case 0: y[i] = 1; break;
    case 1: y[i] = x[i] * x[i]; break;
    default: y[i] = -x[i];
    }
}
//= checks at run time: none
//= vector loop
//=   load x: <16 x i32>, independent
//=   store y: <16 x i32>, independent
//= vector loop for the rest
//=   load x: <8 x i32>, independent
//=   store y: <8 x i32>, independent
//= loop
//=   load x: i32, independent
//=   store y: i32, independent
