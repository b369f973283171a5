; Vectors, intrinsics, metadata, an alias and inline assembly.
target triple = "x86_64-pc-linux-gnu"

%pair = type { double, i32, [3 x i8] }

@table = internal constant [4 x double] [double 1.0, double 2.0, double 0x7FF8000000000000, double -0.0]
@named = alias [4 x double], ptr @table
@count = internal global i32 0, align 4

declare double @llvm.fma.f64(double, double, double)
declare <4 x double> @llvm.masked.load.v4f64.p0(ptr, <4 x i1>, <4 x double>)
declare i64 @llvm.ctpop.i64(i64)
declare double @pow(double, double)

define double @mixed(ptr noalias readonly align 8 %x, i32 %n, i64 %i) #0 {
entry:
  %place = getelementptr inbounds %pair, ptr %x, i64 %i, i32 0
  %value = load double, ptr %place, align 8
  %few = call <4 x double> @llvm.masked.load.v4f64.p0(ptr %x, <4 x i1> <i1 1, i1 0, i1 1, i1 1>, <4 x double> zeroinitializer)
  %first = extractelement <4 x double> %few, i32 0
  %bits = call i64 @llvm.ctpop.i64(i64 %i)
  %which = and i64 %bits, 3
  %entry.place = getelementptr [4 x double], ptr @named, i64 0, i64 %which
  %factor = load double, ptr %entry.place
  switch i32 %n, label %other [
    i32 0, label %fused
    i32 7, label %power
  ]

fused:
  %f = call double @llvm.fma.f64(double %value, double %factor, double %first)
  br label %done

power:
  %p = call fast double @pow(double %value, double %factor)
  br label %done

other:
  %a = atomicrmw add ptr @count, i32 %n seq_cst
  %b = sitofp i32 %a to double
  call void asm sideeffect "nop", "~{memory}"()
  br label %done

done:
  %r = phi double [ %f, %fused ], [ %p, %power ], [ %b, %other ]
  ret double %r
}

attributes #0 = { nounwind "target-cpu"="x86-64" }

!llvm.module.flags = !{!0}
!0 = !{i32 1, !"wchar_size", i32 4}

