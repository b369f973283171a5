; ModuleID = "as llvmlite writes it"
target triple = "unknown-unknown-unknown"
target datalayout = ""

define double @"dot"(ptr %"x", ptr %"y", i64 %"n", i64 %"i")
{
entry:
  br label %"loop"
loop:
  %"k" = phi i64 [0, %"entry"], [%"next", %"loop"]
  %"sum" = phi double [0x0, %"entry"], [%"more", %"loop"]
  %".1" = getelementptr double, ptr %"x", i64 %"k"
  %".2" = load double, ptr %".1"
  %".3" = getelementptr double, ptr %"y", i64 %"k"
  %".4" = load double, ptr %".3"
  %".5" = fmul double %".2", %".4"
  %"more" = fadd double %"sum", %".5"
  %"next" = add i64 %"k", 1
  %".6" = icmp slt i64 %"next", %"n"
  br i1 %".6", label %"loop", label %"end"
end:
  ret double %"more"
}
