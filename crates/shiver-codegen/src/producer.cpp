// The function of producer.h.

#include "producer.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <cstring>
#include <string>

using namespace llvm;

extern "C" char *shiver_producer(const char *Bitcode, size_t Length) {
  MemoryBufferRef Buffer(StringRef(Bitcode, Length), "shiver");
  Expected<std::string> Producer = getBitcodeProducerString(Buffer);
  if (!Producer) {
    // What is wrong with it is told by whoever reads the rest.
    consumeError(Producer.takeError());
    return nullptr;
  }
  return strdup(Producer->c_str());
}
