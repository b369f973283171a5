// C's <complex.h> in C++ is <complex>.
#ifndef _CXX_COMPLEX_H
#define _CXX_COMPLEX_H

#include <complex>

#endif
