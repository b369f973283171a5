/* The C interface around clang: the C++ behind it is in shim.cpp.
 *
 * Clang offers its front end as C++ classes alone (libclang, its C interface, parses but cannot
 * generate code), so each function below is what Rust has no way to call. The rules:
 *
 *   - names begin with shiver_clang_; what goes in is plain bytes, borrowed for the call;
 *   - what comes out is memory that the caller owns and gives back to shiver_clang_free;
 *   - a function that fails returns null and puts a message, owned by the caller, in *error;
 *   - nothing is kept between calls but in what the caller holds, and that may be shared: any number
 *     of threads may call at once.
 */
#ifndef SHIVER_CLANG_SHIM_H
#define SHIVER_CLANG_SHIM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A header inside the program. */
struct shiver_clang_file {
  const char *path;  /* absolute, NUL-terminated */
  const char *text;  /* followed by a NUL that `length` does not count */
  size_t length;
};

/* What a folder of headers is. */
enum shiver_clang_folder_kind {
  SHIVER_CLANG_USER = 0,   /* as by -I: warnings in its headers are shown */
  SHIVER_CLANG_SYSTEM = 1  /* as by -isystem: they are not, and it comes after the user's */
};

struct shiver_clang_folder {
  const char *path;
  int kind; /* one of shiver_clang_folder_kind */
};

/* What compilations with the same arguments have in common. */
struct shiver_clang_invocation;

/* One compilation. */
struct shiver_clang_job {
  const char *source; /* followed by a NUL that `source_length` does not count */
  size_t source_length;
  const char *source_name; /* what diagnostics and __FILE__ call it */
  struct shiver_clang_invocation *invocation;
  const struct shiver_clang_folder *folders; /* in the order in which they are searched */
  size_t folder_count;
  const struct shiver_clang_file *files; /* sorted by path (bytes, as strcmp does) */
  size_t file_count;
};

/* Translates the flags of the `clang` command ("-ffast-math", "-mavx2") into those of the compiler
 * proper, `clang -cc1`, without running anything or looking at any file.
 *
 * Returns JSON: {"arguments": [string...], "diagnostics": [diagnostic...]}.
 * Not Rust, because only clang::driver knows the translation. */
char *shiver_clang_arguments(const char *const *flags, size_t count, char **error);

/* Reads the arguments of `clang -cc1`, without "-cc1", for any number of compilations: what they have
 * in common costs as much as all else that clang does for a small source.
 *
 * Returns JSON: {"diagnostics": [diagnostic...]}. Where an argument is at fault, *invocation is null,
 * and else the caller's, to be given back to shiver_clang_forget.
 * Not Rust, because only clang knows its arguments and holds what they mean in C++ classes. */
char *shiver_clang_understand(const char *const *arguments, size_t count,
                              struct shiver_clang_invocation **invocation, char **error);

/* Frees an invocation that no compilation uses any more; null is allowed. */
void shiver_clang_forget(struct shiver_clang_invocation *invocation);

/* Compiles one source to bitcode.
 *
 * Returns JSON: {"diagnostics": [diagnostic...], "missing_headers": [[its index, name]...],
 * "signatures": [signature...], "dependencies": [path...], "missing": [path...]}, where a path that
 * is not UTF-8 is an array of its bytes. A source with an error is a success of this function,
 * with *bitcode null. Otherwise *bitcode is memory of *bitcode_length bytes that the caller owns.
 * Not Rust, because clang's front end and the syntax tree that the signatures are read from are
 * C++ classes. */
char *shiver_clang_compile(const struct shiver_clang_job *job, char **bitcode,
                           size_t *bitcode_length, char **error);

/* Frees what any function above returned; null is allowed. Not Rust, because the memory comes from
 * the C++ side's allocator. */
void shiver_clang_free(char *memory);

#ifdef __cplusplus
}
#endif
#endif
