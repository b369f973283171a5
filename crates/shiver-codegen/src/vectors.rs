//! What a CPU computes vectors with, as far as it matters which functions can be called.

use shiver_llvm::Cpu;
use shiver_math::Arithmetic;

use crate::Error;
use crate::emit::Machine;
use crate::llvm::Context;

/// The vectors that a CPU has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Vectors {
    /// Which forms of functions give its bits.
    pub(crate) arithmetic: Arithmetic,
    /// The size of the widest that functions exist for, in bytes.
    pub(crate) bytes: usize,
}

impl Vectors {
    /// Those of `cpu`, which `machine` is for.
    pub(crate) fn of(context: &Context, cpu: &Cpu, machine: &Machine) -> Result<Vectors, Error> {
        if cpu.features.is_empty() {
            return Vectors::of_name(context, machine);
        }
        let has = |feature| cpu.features.split(',').any(|f| f.strip_prefix('+') == Some(feature));
        Ok(Vectors::new(has("avx2") && has("fma"), has("avx512f")))
    }

    /// A CPU that was asked for by its name alone tells no features. What LLVM makes of a little code
    /// does.
    fn of_name(context: &Context, machine: &Machine) -> Result<Vectors, Error> {
        const CODE: &str = "
            define <4 x double> @product(<4 x double> %x, <4 x double> %y) {
                %z = call <4 x double> @llvm.fma.v4f64(<4 x double> %x, <4 x double> %x, <4 x double> %y)
                ret <4 x double> %z
            }
            define <4 x i64> @sum(<4 x i64> %x, <4 x i64> %y) {
                %z = add <4 x i64> %x, %y
                ret <4 x i64> %z
            }
            define <8 x double> @wide(<8 x double> %x, <8 x double> %y) {
                %z = fadd <8 x double> %x, %y
                ret <8 x double> %z
            }
            declare <4 x double> @llvm.fma.v4f64(<4 x double>, <4 x double>, <4 x double>)
        ";
        let module = context.parse_text(CODE)?;
        machine.set_layout(&module);
        let assembly = machine.assembly(context, &module)?;
        let has = |instruction: &str, register: &str| {
            let mut lines = assembly.lines();
            lines.any(|line| line.contains(instruction) && line.contains(register))
        };
        let avx2 = has("vpaddq", "ymm");
        Ok(Vectors::new(avx2 && has("vfmadd", "ymm"), has("vaddpd", "zmm")))
    }

    fn new(fused: bool, wide: bool) -> Vectors {
        match (fused, wide) {
            (false, _) => Vectors { arithmetic: Arithmetic::Plain, bytes: 16 },
            (true, false) => Vectors { arithmetic: Arithmetic::Fused, bytes: 32 },
            (true, true) => Vectors { arithmetic: Arithmetic::Fused, bytes: 64 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpu_is_known_by_its_name_or_by_its_features() {
        let of = |cpu: &Cpu| {
            let vectors = Vectors::of(&Context::new(), cpu, &Machine::of(cpu).unwrap()).unwrap();
            (vectors.arithmetic, vectors.bytes)
        };
        assert_eq!(of(&Cpu::named("x86-64-v2")), (Arithmetic::Plain, 16));
        assert_eq!(of(&Cpu::named("sandybridge")), (Arithmetic::Plain, 16));
        assert_eq!(of(&Cpu::named("haswell")), (Arithmetic::Fused, 32));
        assert_eq!(of(&Cpu::named("znver3")), (Arithmetic::Fused, 32));
        assert_eq!(of(&Cpu::named("skylake-avx512")), (Arithmetic::Fused, 64));
        assert_eq!(of(&Cpu::named("znver4")), (Arithmetic::Fused, 64));
        let told =
            |features: &str| of(&Cpu { name: "x86-64".to_owned(), features: features.to_owned() });
        assert_eq!(told("+sse2,-avx2"), (Arithmetic::Plain, 16));
        assert_eq!(told("+avx2,+fma,-avx512f,+avx512fp16"), (Arithmetic::Fused, 32));
        assert_eq!(told("+avx2,+fma,+avx512f"), (Arithmetic::Fused, 64));
    }

    #[test]
    fn this_machine_is_known_by_its_name_too() {
        let host = Cpu::host();
        let of = |cpu: &Cpu| {
            Vectors::of(&Context::new(), cpu, &Machine::of(cpu).unwrap()).unwrap().bytes
        };
        assert!(of(host) <= of(&Cpu::named(&host.name)));
    }
}
