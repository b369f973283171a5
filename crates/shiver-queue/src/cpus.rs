//! How many CPUs this process may use: its affinity mask and the CPU quota of its control group, version 1 or 2.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many threads this process may usefully run, asked anew: the CPUs of its affinity mask, and no more than its
/// control group's CPU quota, rounded up. At least 1.
///
/// ```
/// assert!(shiver_queue::available_threads() >= 1);
/// ```
pub fn available_threads() -> usize {
    affinity().min(quota(&read).unwrap_or(usize::MAX)).max(1)
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// The number of threads of a loop that names none: [`available_threads`] as it was when first asked for.
///
/// ```
/// assert_eq!(shiver_queue::default_threads(), shiver_queue::default_threads());
/// ```
pub fn default_threads() -> usize {
    /// 0 until asked for.
    static KNOWN: AtomicUsize = AtomicUsize::new(0);
    once(&KNOWN, || quota(&read).map_or(usize::MAX, |quota| quota.max(1)).min(most_threads()))
}

/// The CPUs of this process's affinity mask as they were when first asked for: at least [`default_threads`]. Finding the
/// control group's quota takes 75 µs (November 2026), which a loop that stays on its thread need not spend.
///
/// ```
/// assert!(shiver_queue::default_threads() <= shiver_queue::most_threads());
/// ```
pub fn most_threads() -> usize {
    /// 0 until asked for.
    static KNOWN: AtomicUsize = AtomicUsize::new(0);
    once(&KNOWN, || affinity().max(1))
}

/// A number that is found when it is first asked for, and then stays; 0 stands for one that is not known yet.
fn once(known: &AtomicUsize, find: impl FnOnce() -> usize) -> usize {
    match known.load(Ordering::Relaxed) {
        0 => {
            let found = find();
            known.store(found, Ordering::Relaxed);
            found
        }
        known => known,
    }
}

/// The CPUs in this thread's affinity mask.
#[cfg(target_os = "linux")]
fn affinity() -> usize {
    if let Some(mask) = crate::place::Mask::of_this_thread() {
        return mask.count();
    }
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The CPUs that the standard library finds.
#[cfg(not(target_os = "linux"))]
fn affinity() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The tightest CPU quota of this process's control group and those around it, in CPUs, rounded up. Files come from
/// `read`, so that a test can bring its own.
fn quota(read: &dyn Fn(&str) -> Option<String>) -> Option<usize> {
    let groups = read("/proc/self/cgroup")?;
    let mounts = read("/proc/self/mountinfo")?;
    let mut least: Option<usize> = None;
    for mount in mounts.lines().filter_map(Mount::parse) {
        let Some(group) = groups.lines().find_map(|line| group_of(line, mount.version)) else {
            continue;
        };
        // Inside a container the mount may show only what is below the container's own group.
        let below = group.strip_prefix(mount.root.trim_end_matches('/')).unwrap_or("");
        let mut folder = format!("{}{}", mount.point, below.trim_end_matches('/'));
        loop {
            let here = match mount.version {
                Version::One => quota_v1(
                    read(&format!("{folder}/cpu.cfs_quota_us")).as_deref(),
                    read(&format!("{folder}/cpu.cfs_period_us")).as_deref(),
                ),
                Version::Two => read(&format!("{folder}/cpu.max")).and_then(|text| quota_v2(&text)),
            };
            least = least.into_iter().chain(here).min();
            match folder.rfind('/') {
                Some(slash) if slash >= mount.point.len() => folder.truncate(slash),
                _ => break,
            }
        }
    }
    least
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// A mounted hierarchy of control groups that may limit CPU time.
#[derive(Debug, PartialEq, Eq)]
struct Mount<'a> {
    version: Version,
    /// The group that is seen at [`point`](Mount::point).
    root: &'a str,
    point: &'a str,
}

impl Mount<'_> {
    /// A line of /proc/self/mountinfo: `36 35 98:0 ROOT POINT options … - TYPE source super-options`.
    fn parse(line: &str) -> Option<Mount<'_>> {
        let (mount, system) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let (root, point) = (mount.next()?, mount.next()?);
        let mut system = system.split(' ');
        let version = match (system.next()?, system.nth(1)?) {
            ("cgroup2", _) => Version::Two,
            ("cgroup", options) if options.split(',').any(|option| option == "cpu") => Version::One,
            _ => return None,
        };
        Some(Mount { version, root, point })
    }
}

/// The group's path, if a line of /proc/self/cgroup is about the hierarchy that limits CPU time.
fn group_of(line: &str, version: Version) -> Option<&str> {
    let mut fields = line.splitn(3, ':');
    let (number, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    let right = match version {
        Version::One => controllers.split(',').any(|controller| controller == "cpu"),
        Version::Two => number == "0" && controllers.is_empty(),
    };
    right.then_some(path)
}

/// `cpu.max`: `max 100000` or `150000 100000`, microseconds of CPU time per microseconds.
fn quota_v2(text: &str) -> Option<usize> {
    let (quota, period) = text.trim().split_once(' ')?;
    cpus(quota, period)
}

/// `cpu.cfs_quota_us`, −1 for none, and `cpu.cfs_period_us`.
fn quota_v1(quota: Option<&str>, period: Option<&str>) -> Option<usize> {
    cpus(quota?.trim(), period?.trim())
}

fn cpus(quota: &str, period: &str) -> Option<usize> {
    let (quota, period) = (quota.parse::<u64>().ok()?, period.parse::<u64>().ok()?);
    (period > 0).then(|| (quota.div_ceil(period) as usize).max(1))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn with(files: &[(&str, &str)]) -> Option<usize> {
        quota(&|path| files.iter().find(|file| file.0 == path).map(|file| file.1.to_owned()))
    }

    const V2: &str = "24 30 0:22 / /proc rw,relatime - proc proc rw
35 24 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n";

    const V1: &str = "30 23 0:25 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755
32 30 0:27 /docker/4f /sys/fs/cgroup/cpu,cpuacct ro,nosuid - cgroup cgroup rw,cpu,cpuacct
33 30 0:28 /docker/4f /sys/fs/cgroup/cpuset ro,nosuid - cgroup cgroup rw,cpuset\n";

    #[test]
    fn numbers() {
        assert_eq!(quota_v2("max 100000\n"), None);
        assert_eq!(quota_v2("100000 100000\n"), Some(1));
        assert_eq!(quota_v2("150000 100000\n"), Some(2));
        assert_eq!(quota_v2("1000 100000"), Some(1));
        assert_eq!(quota_v2(""), None);
        assert_eq!(quota_v1(Some("-1\n"), Some("100000\n")), None);
        assert_eq!(quota_v1(Some("250000\n"), Some("100000\n")), Some(3));
        assert_eq!(quota_v1(Some("250000\n"), Some("0\n")), None);
        assert_eq!(quota_v1(None, Some("100000")), None);
    }

    #[test]
    fn version_2_takes_the_tightest_on_the_way_up() {
        let group = ("/proc/self/cgroup", "0::/user.slice/job\n");
        let mounts = ("/proc/self/mountinfo", V2);
        assert_eq!(with(&[group, mounts]), None);
        let own = ("/sys/fs/cgroup/user.slice/job/cpu.max", "max 100000\n");
        assert_eq!(with(&[group, mounts, own]), None);
        let above = ("/sys/fs/cgroup/user.slice/cpu.max", "350000 100000\n");
        assert_eq!(with(&[group, mounts, own, above]), Some(4));
        let own = ("/sys/fs/cgroup/user.slice/job/cpu.max", "200000 100000\n");
        assert_eq!(with(&[group, mounts, own, above]), Some(2));
        let root = ("/proc/self/cgroup", "0::/\n");
        assert_eq!(with(&[root, mounts, ("/sys/fs/cgroup/cpu.max", "50000 100000\n")]), Some(1));
    }

    #[test]
    fn version_1_in_a_container_sees_its_own_group_at_the_top() {
        let files = |group| {
            [
                ("/proc/self/cgroup", group),
                ("/proc/self/mountinfo", V1),
                ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "150000\n"),
                ("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
            ]
        };
        assert_eq!(with(&files("5:cpuset:/docker/4f\n4:cpu,cpuacct:/docker/4f\n0::/\n")), Some(2));
        assert_eq!(with(&files("4:cpu,cpuacct:/docker/4f/inner\n")), Some(2));
        assert_eq!(with(&files("4:cpuacct:/docker/4f\n")), None);
    }

    #[test]
    fn this_machine() {
        assert!(affinity() >= 1);
        assert!((1..=affinity()).contains(&available_threads()));
        assert!((1..=most_threads()).contains(&default_threads()));
    }
}
