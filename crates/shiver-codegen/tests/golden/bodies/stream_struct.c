// streams: 255
struct s { const double *x; double *y; };
void f(struct s *s, long i) { s->y[i] = s->x[i]; }
//= nothing to stream
