// C's <stdlib.h> in C++: abs and div with <cstdlib>'s overloads.
#ifndef _CXX_STDLIB_H
#define _CXX_STDLIB_H

#include <cstdlib>

using std::abs;
using std::div;

#endif
