void f(int *y, const int *x, long i) {
    if (x[i] < 0) return;
    y[i] = x[i];
}
//= checks at run time: none
//= vector loop
//=   load x: <16 x i32>, independent
//=   call llvm.masked.store.v16i32.p0, independent
//= vector loop for the rest
//=   load x: <8 x i32>, independent
//=   call llvm.masked.store.v8i32.p0, independent
//= loop
//=   load x: i32, independent
//=   store y: i32, independent
