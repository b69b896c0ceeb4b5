//! The child's side: does the steps and prints a line of JSON for each outcome.

use super::array::Array;
use super::c::{self, Options};
use super::job::{Call, Outcome, Runtime, Step};
use super::machine::{JOB, PARENTS_TURN};
use rs_auth::capi::*;
use std::ffi::c_char;
use std::io::Read;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, Ordering};

/// Seconds in which all steps have to be done.
const LIMIT: u32 = 60;

/// Does all steps.
pub fn run() {
    let job = std::env::var_os(JOB).expect("started by the other tests only");
    // SAFETY: ends this process if a call never returns.
    unsafe { libc::alarm(LIMIT) };
    let steps: Vec<Step> = serde_json::from_slice(&std::fs::read(job).unwrap()).unwrap();
    for step in &steps {
        step_outcomes(step).iter().for_each(tell);
    }
}

/// On a line of its own, whatever the test harness has printed.
fn tell(outcome: &Outcome) {
    println!("\n{}", serde_json::to_string(outcome).unwrap());
}

fn step_outcomes(step: &Step) -> Vec<Outcome> {
    match step {
        Step::Call(call) => (0..call.repeat).map(|_| from_runtime(call)).collect(),
        Step::Together(calls) => together(calls),
        Step::Fork { call, beside } => {
            vec![fork(call, beside, || std::thread::sleep(std::time::Duration::from_millis(50)))]
        }
        Step::ForkInTurn { call, beside } => vec![fork(call, beside, parents_turn)],
        Step::PanicAfter(call) => vec![panic_after(call)],
        Step::Init => vec![status(|error| rs_auth_init(Some(error)))],
        Step::ForgetAll => vec![status(|error| rs_auth_forget_all(Some(error)))],
        Step::Forget(call) => vec![forget(call)],
        Step::ReadAuthProfile(call) => vec![read_auth_profile(call)],
        Step::Merge(call) => vec![merge(call)],
        Step::WantsLogin(call) => {
            let array = Array::new(&call.input);
            // SAFETY: an array of that length.
            let answer = unsafe { rs_auth_wants_login(array.as_ptr(), array.len()) };
            vec![Outcome { count: answer.into(), ..Outcome::default() }]
        }
        Step::Explain(call) => vec![report(call, rs_auth_explain)],
        Step::Doctor(call) => vec![report(call, rs_auth_doctor)],
        Step::Count => vec![count()],
        Step::PeakMemory => vec![peak_memory()],
        quiet => {
            act(quiet);
            Vec::new()
        }
    }
}

/// Steps without an outcome.
fn act(step: &Step) {
    match step {
        Step::SetEnv(name, value) => {
            // SAFETY: no other thread runs between steps.
            unsafe {
                match value {
                    Some(value) => std::env::set_var(name, value),
                    None => std::env::remove_var(name),
                }
            }
        }
        Step::Write(path, text) => {
            std::fs::create_dir_all(std::path::Path::new(path).parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Step::Pause(ms) => std::thread::sleep(std::time::Duration::from_millis(*ms)),
        Step::DefaultSigpipe => {
            // SAFETY: a signal that no handler is set for.
            unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
        }
        Step::ObeyModes => drop_capabilities(),
        Step::NoSockets => forbid_sockets(),
        Step::LargestFile(bytes) => {
            let limit = libc::rlimit { rlim_cur: *bytes, rlim_max: *bytes };
            // SAFETY: a limit that lives during the call.
            assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) }, 0);
        }
        Step::Parent => parents_turn(),
        _ => unreachable!("it has an outcome"),
    }
}

/// capset(2), which libc has no function for: version 3, this thread, nothing effective, permitted or inheritable.
fn drop_capabilities() {
    let header = [0x2008_0522_u32, 0];
    let none = [0_u32; 6];
    // SAFETY: a header and two triples of words, as the version asks for.
    assert_eq!(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) }, 0);
}

/// seccomp(2): a filter that kills the process at the first of some calls, and lets all others through.
fn forbid_sockets() {
    let code = |code: u32| u16::try_from(code).unwrap();
    let statement = |of: u32, k: u32| libc::sock_filter { code: code(of), jt: 0, jf: 0, k };
    let mut filter = vec![statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0)];
    for call in [libc::SYS_socket, libc::SYS_connect, libc::SYS_execve, libc::SYS_execveat] {
        let (of, k) = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, u32::try_from(call).unwrap());
        filter.push(libc::sock_filter { code: code(of), jt: 0, jf: 1, k });
        filter.push(statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_KILL_PROCESS));
    }
    filter.push(statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW));
    let program = libc::sock_fprog { len: u16::try_from(filter.len()).unwrap(), filter: filter.as_mut_ptr() };
    // SAFETY: a program that lives during the call, which copies it.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let mode = libc::SECCOMP_SET_MODE_FILTER;
        assert_eq!(libc::syscall(libc::SYS_seccomp, mode, 0, &raw const program), 0);
    }
}

/// Lets the parent do something.
fn parents_turn() {
    println!("\n{PARENTS_TURN}");
    std::io::stdin().read_exact(&mut [0]).unwrap();
}

/// A call, from inside a runtime of the host's own if it says so.
fn from_runtime(call: &Call) -> Outcome {
    let made = || c::call(call, |_, _| {});
    let runtime = match call.inside {
        None => return made(),
        Some(Runtime::CurrentThread) => tokio::runtime::Builder::new_current_thread().enable_all().build(),
        Some(Runtime::MultiThread) => {
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
        }
    };
    let call = call.clone();
    let spawned = async move { tokio::spawn(async move { c::call(&call, |_, _| {}) }).await.unwrap() };
    runtime.unwrap().block_on(spawned)
}

fn together(calls: &[Call]) -> Vec<Outcome> {
    let start = Barrier::new(calls.len());
    std::thread::scope(|scope| {
        let begin = |call| {
            start.wait();
            c::call(call, |_, _| {})
        };
        let threads: Vec<_> = calls.iter().map(|call| scope.spawn(move || begin(call))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Forks while the threads of `beside` are in their calls. A child that hangs is killed: status -1.
fn fork(call: &Call, beside: &[Call], when: impl FnOnce()) -> Outcome {
    std::thread::scope(|scope| {
        for call in beside {
            scope.spawn(|| c::call(call, |_, _| {}));
        }
        when();
        let mut ends = [0; 2];
        // SAFETY: room for two descriptors.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        // SAFETY: new, and owned by nobody else.
        let [read, write] = ends.map(|end| unsafe { OwnedFd::from_raw_fd(end) });
        // SAFETY: what a C host does; the child only logs in and ends.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0);
        if pid == 0 {
            let outcome = c::call(call, |_, _| {});
            // Nobody reads it where the parent was killed.
            let _ = serde_json::to_writer(std::fs::File::from(write), &outcome);
            // SAFETY: ends this process only, without the parent's exit handlers.
            unsafe { libc::_exit(0) };
        }
        drop(write);
        // SAFETY: a descriptor that is open; then our own child.
        let ready = unsafe {
            let mut poll =
                libc::pollfd { fd: std::os::fd::AsRawFd::as_raw_fd(&read), events: libc::POLLIN, revents: 0 };
            let ready = libc::poll(&raw mut poll, 1, 20_000) == 1;
            if !ready {
                libc::kill(pid, libc::SIGKILL);
            }
            ready
        };
        let mut text = Vec::new();
        std::fs::File::from(read).read_to_end(&mut text).unwrap();
        // SAFETY: our own child.
        unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) };
        if ready { serde_json::from_slice(&text).unwrap() } else { Outcome { status: -1, ..Outcome::default() } }
    })
}

fn panic_after(call: &Call) -> Outcome {
    static SEEN: AtomicI64 = AtomicI64::new(0);
    std::panic::set_hook(Box::new(|_| {
        SEEN.fetch_add(1, Ordering::SeqCst);
    }));
    let mut outcome = c::call(call, |_, _| {});
    std::panic::catch_unwind(|| panic!("the host's own")).unwrap_err();
    drop(std::panic::take_hook());
    outcome.count = SEEN.load(Ordering::SeqCst);
    outcome
}

/// What a function says that gives nothing but a status and an error.
fn status(function: impl FnOnce(&mut MaybeUninit<c::Error>) -> rs_auth_status) -> Outcome {
    let mut error = MaybeUninit::uninit();
    let status = function(&mut error);
    let mut outcome = Outcome::default();
    // SAFETY: every function sets it on entry.
    c::take_error(status, unsafe { error.assume_init() }, &mut outcome);
    outcome
}

fn forget(call: &Call) -> Outcome {
    let (array, options) = (Array::new(&call.input), Options::new(call));
    // SAFETY: an array of that length.
    status(|error| unsafe { rs_auth_forget(array.as_ptr(), array.len(), options.borrow(), Some(error)) })
}

type Reporting = unsafe extern "C" fn(
    *const rs_auth_dsn_kv,
    usize,
    Option<&rs_auth_options>,
    Option<&mut MaybeUninit<*mut c_char>>,
    Option<&mut MaybeUninit<c::Error>>,
) -> rs_auth_status;

fn report(call: &Call, function: Reporting) -> Outcome {
    let (array, options) = (Array::new(&call.input), Options::new(call));
    let mut report = MaybeUninit::uninit();
    let begun = std::time::Instant::now();
    let (made, cancelled) = options.cancelling(|| {
        status(|error| {
            // SAFETY: an array of that length.
            unsafe { function(array.as_ptr(), array.len(), options.borrow(), Some(&mut report), Some(error)) }
        })
    });
    let told = options.told();
    let mut outcome = Outcome { lines: told.lines, raised: told.raised, events: told.events, ..made };
    (outcome.elapsed_ms, outcome.cancel_ms) = (c::millis(begun.elapsed()), c::millis(cancelled));
    // SAFETY: set on entry; read before it is ended, once.
    unsafe {
        let report = report.assume_init();
        outcome.report = c::text(report);
        rs_auth_string_free(report);
    }
    outcome
}

fn read_auth_profile(call: &Call) -> Outcome {
    let (array, options) = (Array::new(&call.input), Options::new(call));
    let mut list = MaybeUninit::uninit();
    let mut outcome = status(|error| {
        // SAFETY: an array of that length.
        unsafe {
            rs_auth_read_auth_profile(array.as_ptr(), array.len(), options.borrow(), Some(&mut list), Some(error))
        }
    });
    // SAFETY: set on entry; read before it is ended, once.
    unsafe {
        let list = list.assume_init();
        let mut entries = MaybeUninit::new(std::ptr::null());
        let length = rs_auth_kv_list_get(list.as_ref(), Some(&mut entries));
        outcome.pairs = c::pairs(entries.assume_init(), length);
        rs_auth_kv_list_free((!list.is_null()).then(|| Box::from_raw(list)));
    }
    outcome
}

fn merge(call: &Call) -> Outcome {
    let array = Array::new(&call.input);
    c::call(call, |credentials, outcome| {
        let dialects = [
            ("odbc", RS_AUTH_DIALECT_REDSHIFT_ODBC),
            ("psqlodbc", RS_AUTH_DIALECT_PSQLODBC),
            ("libpq", RS_AUTH_DIALECT_LIBPQ),
            ("url", RS_AUTH_DIALECT_URL),
        ];
        outcome.pairs.clear();
        for (name, dialect) in dialects {
            let mut merged = MaybeUninit::uninit();
            // SAFETY: an array of that length, a live result, a string that is ended once.
            unsafe {
                let credentials = credentials.as_ref();
                rs_auth_merge(array.as_ptr(), array.len(), credentials, dialect, Some(&mut merged), None);
                let merged = merged.assume_init();
                outcome.pairs.push((name.to_owned(), c::text(merged)));
                rs_auth_string_free(merged);
            }
        }
    })
}

fn count() -> Outcome {
    let entries = |folder: &str| std::fs::read_dir(folder).unwrap().count();
    let (threads, descriptors) = (entries("/proc/self/task"), entries("/proc/self/fd"));
    Outcome { count: i64::try_from(threads).unwrap(), port: u16::try_from(descriptors).unwrap(), ..Outcome::default() }
}

fn peak_memory() -> Outcome {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    Outcome { count: peak.trim().trim_end_matches(" kB").parse().unwrap(), ..Outcome::default() }
}
