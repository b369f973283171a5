// The handler behind remarks.h.

#include "remarks.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <string>

using namespace llvm;

namespace {

class Listener : public DiagnosticHandler {
  void (*Tell)(void *, const shiver_told *);
  void *Data;

  // The passes that decide on vectors. Of others, nothing is even worked out.
  static bool ofInterest(StringRef Pass) {
    return StringSwitch<bool>(Pass)
        .Cases({"loop-vectorize", "loop-idiom", "slp-vectorizer", "inline"}, true)
        .Default(false);
  }

  static int kind(const DiagnosticInfo &Info) {
    switch (Info.getKind()) {
    case DK_OptimizationRemark:
      return SHIVER_TOLD_PASSED;
    case DK_OptimizationRemarkMissed:
      return SHIVER_TOLD_MISSED;
    default:
      return SHIVER_TOLD_ANALYSIS;
    }
  }

  void tellRemark(const DiagnosticInfoOptimizationBase &Remark) {
    std::string Pass = Remark.getPassName().str(), Name = Remark.getRemarkName().str();
    std::string Function = Remark.getFunction().getName().str(), Message = Remark.getMsg(), File;
    shiver_told Told = {kind(Remark), Pass.c_str(), Name.c_str(), Function.c_str(),
                        "",           0,            0,            Message.c_str()};
    if (Remark.isLocationAvailable()) {
      File = Remark.getLocation().getRelativePath().str();
      Told.file = File.c_str();
      Told.line = Remark.getLocation().getLine();
      Told.column = Remark.getLocation().getColumn();
    }
    Tell(Data, &Told);
  }

public:
  Listener(void (*Tell)(void *, const shiver_told *), void *Data) : Tell(Tell), Data(Data) {}

  bool isAnalysisRemarkEnabled(StringRef Pass) const override { return ofInterest(Pass); }
  bool isMissedOptRemarkEnabled(StringRef Pass) const override { return ofInterest(Pass); }
  bool isPassedOptRemarkEnabled(StringRef Pass) const override { return ofInterest(Pass); }
  bool isAnyRemarkEnabled() const override { return true; }

  // Nothing is left to LLVM, which would print it, and end the process after an error.
  bool handleDiagnostics(const DiagnosticInfo &Info) override {
    if (auto *Remark = dyn_cast<DiagnosticInfoOptimizationBase>(&Info)) {
      if (Remark->isEnabled())
        tellRemark(*Remark);
    } else if (Info.getSeverity() == DS_Error) {
      std::string Message;
      raw_string_ostream Stream(Message);
      DiagnosticPrinterRawOStream Printer(Stream);
      Info.print(Printer);
      shiver_told Told = {SHIVER_TOLD_ERROR, "", "", "", "", 0, 0, Message.c_str()};
      Tell(Data, &Told);
    }
    return true;
  }
};

} // namespace

extern "C" void shiver_listen(LLVMContextRef context,
                              void (*tell)(void *, const shiver_told *), void *data) {
  unwrap(context)->setDiagnosticHandler(std::make_unique<Listener>(tell, data));
}
