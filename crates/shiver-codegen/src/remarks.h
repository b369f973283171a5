/* What LLVM's optimiser says of its work, handed to Rust.
 *
 * LLVM's C interface can listen to diagnostics, but which remarks are made at all it leaves to options
 * that hold for the whole process, and of a remark it gives a sentence alone. A handler of our own, a
 * C++ class, is asked for each context, and sees a remark's parts.
 */
#ifndef SHIVER_CODEGEN_REMARKS_H
#define SHIVER_CODEGEN_REMARKS_H

#include <llvm-c/Types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is told. */
enum shiver_told_kind {
  SHIVER_TOLD_ERROR = 0,    /* a diagnostic of the severity "error"; only its message is set */
  SHIVER_TOLD_PASSED = 1,   /* something was done */
  SHIVER_TOLD_MISSED = 2,   /* something was not done */
  SHIVER_TOLD_ANALYSIS = 3  /* why not */
};

/* One thing that is told. All texts are NUL-terminated and live as long as the call. */
struct shiver_told {
  int kind;             /* one of shiver_told_kind */
  const char *pass;     /* such as "loop-vectorize" */
  const char *name;     /* LLVM's name for it, such as "CFGNotUnderstood" */
  const char *function; /* the symbol of the function that it is about */
  const char *file;     /* empty where no place is known */
  unsigned line;        /* from 1 */
  unsigned column;      /* from 1; 0 where it is not known */
  const char *message;
};

/* Has `tell` called with `data` for each error, and each remark of the passes that are of interest, in
 * that context from now on, on the thread that works in it. Replaces the context's handler. */
void shiver_listen(LLVMContextRef context,
                   void (*tell)(void *data, const struct shiver_told *told), void *data);

#ifdef __cplusplus
}
#endif
#endif
