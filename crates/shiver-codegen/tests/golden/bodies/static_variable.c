static long last;
void f(const long *x, long i) { last = x[i]; }
//= checks at run time: none
//= vector loop
//=   load x: i64, in order
//=   store shiver.state.0: i64, independent
//= vector loop for the rest
//=   load x: i64, in order
//=   store shiver.state.0: i64, independent
//= loop
//=   load x: i64, independent
//=   store shiver.state.0: i64, independent
