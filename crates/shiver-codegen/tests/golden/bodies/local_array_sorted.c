// cpu: haswell, sapphirerapids, znver4
double f(const double *x, long i) {
    double t[3] = {x[i], x[i + 1], x[i + 2]};
    for (int k = 0; k < 2; k++)
        for (int l = 0; l < 2 - k; l++)
            if (t[l] > t[l + 1]) {
                double s = t[l];
                t[l] = t[l + 1];
                t[l + 1] = s;
            }
    return t[1];
}
//= haswell: 8 in 256 bits, then 1
//= sapphirerapids: 16 in 512 bits, then 4, then 1
//= znver4: 16 in 512 bits, then 4, then 1
