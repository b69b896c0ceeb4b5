//! What a child is told to do, and what it tells about it.

use serde::{Deserialize, Serialize};

/// One thing that a child does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Step {
    /// One call on the main thread.
    Call(Box<Call>),
    /// Calls that begin at the same moment, each on a thread of its own; outcomes come in the order given.
    Together(Vec<Call>),
    /// A fork whose child makes the call, while the parent's other threads make `beside`; the outcome is the child's.
    Fork { call: Box<Call>, beside: Vec<Call> },
    /// The same, but the fork waits until the parent has had its turn, as with [`Step::Parent`].
    ForkInTurn { call: Box<Call>, beside: Vec<Call> },
    /// A login, then a panic that a hook of the host's own sees; the outcome's count says how often.
    PanicAfter(Box<Call>),
    /// `rs_auth_init`.
    Init,
    /// `rs_auth_forget`.
    Forget(Box<Call>),
    /// `rs_auth_forget_all`.
    ForgetAll,
    /// `rs_auth_read_auth_profile`; the outcome has the members.
    ReadAuthProfile(Box<Call>),
    /// A call, and its result merged over its DSN in all four dialects.
    Merge(Box<Call>),
    /// `rs_auth_explain`; the outcome has the report.
    Explain(Box<Call>),
    /// `rs_auth_doctor`; the outcome has the report.
    Doctor(Box<Call>),
    /// From now on this process dies at once where it opens a socket or starts a program.
    NoSockets,
    /// `rs_auth_wants_login`; the outcome's count is the answer.
    WantsLogin(Box<Call>),
    /// Sets an environment variable, or takes it away.
    SetEnv(String, Option<String>),
    /// Writes a file, and makes the directories above it that are missing.
    Write(String, String),
    /// Waits.
    Pause(u64),
    /// Lets the parent do something: [`super::Machine::run_with`].
    Parent,
    /// Gives up all rights beyond those of an ordinary owner: modes of files hold for root too.
    ObeyModes,
    /// No file may be larger than so many bytes.
    LargestFile(u64),
    /// Gives SIGPIPE its default effect, as C programs have it: it ends the process.
    DefaultSigpipe,
    /// Counts threads (the outcome's count) and open descriptors (its port).
    Count,
    /// The most memory that the process has ever had, in KiB (the outcome's count).
    PeakMemory,
}

/// How a DSN is handed over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Input {
    Pairs(Vec<(Vec<u8>, Vec<u8>)>),
    Text(Vec<u8>),
    Utf16(Vec<u16>),
    Utf32(Vec<u32>),
}

/// From where a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Runtime {
    CurrentThread,
    MultiThread,
}

/// What the host's own plugin `desk` answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum HostPlugin {
    /// AWS keys that hold for an hour.
    Keys(String, String),
    /// A token for the server.
    Token(String),
    /// A SAML response.
    Saml(String),
    /// Nothing, with this result.
    Nothing(i32),
}

/// What the host says to an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reply {
    /// For the next event of this kind only.
    pub kind: i32,
    /// What the callback returns.
    pub result: i32,
    /// What it answers before.
    pub answer: Option<String>,
}

/// An event as the host saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    pub kind: i32,
    pub text: String,
    pub url: String,
    pub code: String,
    pub choices: Vec<String>,
}

/// One call of the C interface with its options.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    pub input: Input,
    /// `aws` for `rs_auth_get_aws_credentials`, `forget` for `rs_auth_forget`, else the middle of a plugin-named function.
    pub entry: Option<String>,
    pub repeat: usize,
    /// Milliseconds to wait before the call.
    pub delay: u64,
    pub timeout: Option<u64>,
    /// Milliseconds after which another thread cancels it; 0: before it begins.
    pub cancel: Option<u64>,
    pub cache: Option<i32>,
    pub scope: Option<String>,
    pub kinds: Option<u32>,
    pub host_keys: Vec<String>,
    pub log: Option<i32>,
    pub events: bool,
    /// What the event callback returns where no reply is left for the kind.
    pub event_answer: i32,
    /// What it says to events, each once and in this order.
    pub replies: Vec<Reply>,
    /// A program that the event callback runs to its end with the URL of `OPEN_URL`, which it then has handled.
    pub shows_with: Option<String>,
    /// The same for `DEVICE_CODE`, with URL and code in one argument.
    pub shows_codes_with: Option<String>,
    /// A program that is run with the URL of `PASTE_URL` and prints what is pasted.
    pub pastes_with: Option<String>,
    /// Makes another call from inside the log callback; its status is the outcome's count.
    pub reenter: bool,
    pub inside: Option<Runtime>,
    /// The outcome's count then says how often it was asked.
    pub plugin: Option<HostPlugin>,
}

impl Call {
    pub fn new(input: Input) -> Self {
        Self {
            input,
            entry: None,
            repeat: 1,
            delay: 0,
            timeout: None,
            cancel: None,
            cache: None,
            scope: None,
            kinds: None,
            host_keys: Vec::new(),
            log: None,
            events: false,
            event_answer: 0,
            replies: Vec::new(),
            shows_with: None,
            shows_codes_with: None,
            pastes_with: None,
            reenter: false,
            inside: None,
            plugin: None,
        }
    }

    /// One connection string or URL.
    pub fn text(text: impl AsRef<[u8]>) -> Self {
        Self::new(Input::Text(text.as_ref().to_vec()))
    }

    pub fn entry(mut self, name: &str) -> Self {
        self.entry = Some(name.to_owned());
        self
    }

    pub fn repeat(self, repeat: usize) -> Self {
        Self { repeat, ..self }
    }

    pub fn delay(self, delay: u64) -> Self {
        Self { delay, ..self }
    }

    pub fn timeout(self, ms: u64) -> Self {
        Self { timeout: Some(ms), ..self }
    }

    pub fn cancel(self, ms: u64) -> Self {
        Self { cancel: Some(ms), ..self }
    }

    pub fn cache(self, policy: i32) -> Self {
        Self { cache: Some(policy), ..self }
    }

    pub fn scope(self, scope: &str) -> Self {
        Self { scope: Some(scope.to_owned()), ..self }
    }

    pub fn kinds(self, kinds: u32) -> Self {
        Self { kinds: Some(kinds), ..self }
    }

    pub fn log(self, level: i32) -> Self {
        Self { log: Some(level), ..self }
    }

    pub fn events(self, answer: i32) -> Self {
        Self { events: true, event_answer: answer, ..self }
    }

    /// Takes the next event of that kind as done, with that answer.
    pub fn answering(self, kind: i32, answer: &str) -> Self {
        self.replying(Reply { kind, result: 1, answer: Some(answer.to_owned()) })
    }

    /// Says that to the next event of its kind.
    pub fn replying(mut self, reply: Reply) -> Self {
        self.events = true;
        self.replies.push(reply);
        self
    }

    /// Shows pages with that program.
    pub fn showing_with(self, program: &str) -> Self {
        Self { events: true, shows_with: Some(program.to_owned()), ..self }
    }

    /// Shows the codes of devices with that program.
    pub fn showing_codes_with(self, program: &str) -> Self {
        Self { events: true, shows_codes_with: Some(program.to_owned()), ..self }
    }

    /// Pastes what that program prints.
    pub fn pasting_with(self, program: &str) -> Self {
        Self { events: true, pastes_with: Some(program.to_owned()), ..self }
    }

    pub fn plugin(self, plugin: HostPlugin) -> Self {
        Self { plugin: Some(plugin), ..self }
    }

    pub fn inside(self, runtime: Runtime) -> Self {
        Self { inside: Some(runtime), ..self }
    }
}

impl From<Call> for Step {
    fn from(call: Call) -> Self {
        Self::Call(Box::new(call))
    }
}

/// What came of a step. Absent texts are empty, save where absence is the point.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    pub status: i32,
    pub sqlstate: String,
    pub message: String,
    pub hint: String,
    pub short_text: String,
    pub stage: String,
    pub plugin: String,
    pub code: String,
    pub request_id: String,
    pub http_status: i32,
    pub retryable: bool,
    pub kind: i32,
    pub user: String,
    pub password: String,
    pub host: String,
    pub port: u16,
    pub database: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
    pub role_arn: String,
    pub expires: i64,
    pub from_cache: bool,
    /// JSON.
    pub report: String,
    /// Key/values: of the result, of a profile, or the merged strings by dialect.
    pub pairs: Vec<(String, String)>,
    pub elapsed_ms: u64,
    /// Milliseconds between the cancel and the return.
    pub cancel_ms: u64,
    pub lines: Vec<(i32, String, String)>,
    /// The kinds of the events, in order.
    pub events: Vec<i32>,
    pub raised: Vec<Raised>,
    /// How many callbacks ran on another thread than the caller's.
    pub foreign: usize,
    pub count: i64,
}

impl Outcome {
    /// Message, hint and code: what a person sees.
    pub fn told(&self) -> String {
        format!("{} | {} | {}", self.message, self.hint, self.code)
    }

    /// A value of the pairs.
    pub fn pair(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The events of that kind.
    pub fn raised(&self, kind: i32) -> Vec<&Raised> {
        self.raised.iter().filter(|raised| raised.kind == kind).collect()
    }

    /// Whether a log line of that level holds the text.
    pub fn logged(&self, level: i32, text: &str) -> bool {
        self.lines.iter().any(|(of, _, line)| *of == level && line.contains(text))
    }
}
