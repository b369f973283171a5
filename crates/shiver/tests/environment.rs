//! What is asked of the environment once per process. The test starts itself anew for each value.

use std::process::Command;

/// Set in the processes that the test starts.
const CHILD: &str = "SHIVER_TEST_CHILD";

/// Says what this process makes of its environment.
fn tell() {
    let cpu = shiver::module::cpu();
    println!("told: {} {}", shiver::threads::num_threads(), cpu.name);
    // SAFETY: no other thread of this process reads or writes the environment: it has one test.
    unsafe {
        std::env::set_var("SHIVER_NUM_THREADS", "77");
        std::env::set_var("SHIVER_CPU", "x86-64-v2");
    }
    assert_eq!(shiver::module::cpu(), cpu);
    assert_ne!(shiver::threads::num_threads(), 77);
    shiver::threads::set_num_threads(std::num::NonZero::new(5).unwrap());
    println!("chosen: {}", shiver::threads::num_threads());
}

/// The number of threads and the CPU of a process with these variables.
fn told(threads: Option<&str>, cpu: Option<&str>) -> (usize, String) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "is_asked_once_and_for_all", "--nocapture"]).env(CHILD, "1");
    for (name, value) in [("SHIVER_NUM_THREADS", threads), ("SHIVER_CPU", cpu)] {
        match value {
            Some(value) => child.env(name, value),
            None => child.env_remove(name),
        };
    }
    let output = child.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("chosen: 5"), "{text}");
    let told = text.lines().find_map(|line| line.split_once("told: ")).expect("told").1;
    let (threads, cpu) = told.split_once(' ').unwrap();
    (threads.parse().unwrap(), cpu.to_owned())
}

#[test]
fn is_asked_once_and_for_all() {
    if std::env::var_os(CHILD).is_some() {
        return tell();
    }
    let (usual, host) = told(None, None);
    assert!(usual >= 1);
    assert_eq!(told(Some("3"), None).0, 3);
    assert_eq!(told(Some(" 4 "), None).0, 4);
    for nonsense in ["", "0", "-2", "many", "2.5"] {
        assert_eq!(told(Some(nonsense), None).0, usual, "{nonsense:?}");
    }
    assert_eq!(told(None, Some("")).1, host);
    assert_eq!(told(None, Some("native")).1, host);
    assert_eq!(told(None, Some("x86-64-v3")).1, "x86-64-v3");
}
