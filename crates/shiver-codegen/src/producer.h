/* Which LLVM wrote a piece of bitcode.
 *
 * LLVM's C interface does not tell; its C++ interface has one function for it.
 */
#ifndef SHIVER_CODEGEN_PRODUCER_H
#define SHIVER_CODEGEN_PRODUCER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the bitcode's identification says, such as "LLVM22.1.8"; NULL where it says nothing. The caller
 * frees it with LLVMDisposeMessage. */
char *shiver_producer(const char *bitcode, size_t length);

#ifdef __cplusplus
}
#endif

#endif
