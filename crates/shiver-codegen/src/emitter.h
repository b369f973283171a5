/* LLVM's back end, kept from one module to the next.
 *
 * LLVM's C interface puts the back end's hundred passes together anew for each module, which takes as
 * long as most of them take to run over a small loop. They can be run again: `llc -compile-twice` does
 * so to show that none of them remembers what it saw.
 */
#ifndef SHIVER_CODEGEN_EMITTER_H
#define SHIVER_CODEGEN_EMITTER_H

#include <llvm-c/TargetMachine.h>
#include <llvm-c/Types.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct shiver_emitter;

/* Passes that make objects for a machine, which outlives them; null where it has none. Used by one
 * thread at a time, and given back to shiver_emitter_free. */
struct shiver_emitter *shiver_emitter_make(LLVMTargetMachineRef machine);

/* Makes an object of a module, which they change. The bytes stay until the next call. What is wrong with
 * the module is told to its context's handler of diagnostics. */
const char *shiver_emitter_run(struct shiver_emitter *emitter, LLVMModuleRef module, size_t *length);

/* Frees them. */
void shiver_emitter_free(struct shiver_emitter *emitter);

#ifdef __cplusplus
}
#endif
#endif
