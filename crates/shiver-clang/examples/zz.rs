use shiver_clang::*; use std::io::BufRead;
fn main(){ let src="#include <stdint.h>\nint g(int*p);double _Complex f(double _Complex x, int64_t n, double y[n][n]) { int a; for (int i=0;i<n;i++) x += y[i][i]; return x*g(&a); }\n";
for l in std::io::stdin().lock().lines(){ let l=l.unwrap();
 for lang in [Language::C17, Language::Cxx17] {
 let t=std::time::Instant::now();
 let r=compile(src,&Options{language:lang,flags:vec![l.clone()],..Options::default()},shiver_llvm::Cpu::host());
 let t=t.elapsed().as_millis();
 match r { Ok(c)=>println!("OK {l} {} {:?} {}", c.bitcode.len(), c.warnings.iter().map(|w|w.message.clone()).collect::<Vec<_>>(), if t>50{"SLOW"}else{""}), Err(Failure::Flag{flag,reason})=>println!("REF {l} | {flag} | {reason}"), Err(e)=>println!("ERR {l} {e}") }
 }}}
