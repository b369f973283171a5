// indices: 0
double add(double *x, double a) { return x[0] += a; }
//= checks at run time: none
//= no loop
