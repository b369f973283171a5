struct s { double *x; const double *y; };
void f(const struct s *s, long i) { s->x[i] = s->y[i] + 1; }
//= checks at run time: none
//= vector loop
//=   load a pointer in memory: <8 x double>, independent
//=   store a pointer in memory: <8 x double>, independent
//=   fadd <8 x double>
//= vector loop for the rest
//=   load a pointer in memory: <4 x double>, independent
//=   store a pointer in memory: <4 x double>, independent
//=   fadd <4 x double>
//= loop
//=   load a pointer in memory: double, independent
//=   store a pointer in memory: double, independent
//=   fadd double
