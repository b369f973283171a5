// C's <tgmath.h> in C++ is <cmath> and <complex>.
#ifndef _CXX_TGMATH_H
#define _CXX_TGMATH_H

#include <ctgmath>

#endif
