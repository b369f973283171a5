// streams: 255
// indices: 2
double f(const double *a, const double *b, long n, long i, long j) {
    double s = 0;
    for (long k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
    return s;
}
//= nothing to stream
