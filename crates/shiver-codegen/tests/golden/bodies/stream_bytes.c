// streams: 255
void f(const unsigned char *x, unsigned char *y, long i) { y[i] = 255 - x[i]; }
//= checks at run time: none
//= loop
//=   call llvm.umax.i64
//=   vector loop
//=     load x: <64 x i8>, independent
//=     store y: <64 x i8>, independent, past the caches
//=   vector loop for the rest
//=     load x: <8 x i8>, independent
//=     store y: <8 x i8>, independent
//=   loop
//=     load x: i8, independent
//=     store y: i8, independent
