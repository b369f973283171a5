// The functions of emitter.h.

#include "emitter.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

// In the order in which each refers to those before.
struct shiver_emitter {
  SmallVector<char, 0> Object;
  raw_svector_ostream Stream{Object};
  legacy::PassManager Passes;
};

extern "C" shiver_emitter *shiver_emitter_make(LLVMTargetMachineRef machine) {
  auto Emitter = std::make_unique<shiver_emitter>();
  bool Failed = reinterpret_cast<TargetMachine *>(machine)->addPassesToEmitFile(
      Emitter->Passes, Emitter->Stream, nullptr, CodeGenFileType::ObjectFile);
  return Failed ? nullptr : Emitter.release();
}

extern "C" const char *shiver_emitter_run(shiver_emitter *emitter, LLVMModuleRef module,
                                          size_t *length) {
  emitter->Object.clear();
  emitter->Passes.run(*unwrap(module));
  *length = emitter->Object.size();
  return emitter->Object.data();
}

extern "C" void shiver_emitter_free(shiver_emitter *emitter) { delete emitter; }
