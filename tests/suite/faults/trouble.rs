//! What goes wrong with a request.

use super::request::Asked;
use super::scene::Scene;
use rs_auth_sandbox::{Broken, FaultAction, TlsDefect};

/// What kinds of trouble have in common: what becomes of the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// No connection.
    Refused,
    /// The connection ends before the answer does.
    Broken,
    /// The answer does not come in time.
    Silent,
    /// 429.
    Throttled,
    /// 500 and above.
    OutOfOrder,
    /// The right answer, called something else.
    Mislabelled,
    /// 200, and nothing of the service's.
    Strange,
    /// More than any answer is, or not HTTP.
    Unreadable,
    /// Redirects without end, on the same host.
    RedirectLoop,
    /// A redirect to plain http.
    RedirectToHttp,
    /// A redirect to another host.
    RedirectElsewhere,
    /// A certificate or a version of TLS that is not accepted.
    Untrusted,
}

/// A column of the matrix.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    pub name: &'static str,
    pub class: Class,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    Answer(fn() -> FaultAction),
    /// A redirect, which leads somewhere in the scene.
    Redirect(fn(&Scene, &Asked) -> String),
    Connection(fn() -> Broken),
}

/// What is done about it.
pub enum Script {
    Answer(FaultAction),
    Connection(Broken),
}

const HUGE: usize = 100 << 20;
const PORTAL: &str =
    "<!DOCTYPE html>\n<html><head><title>Guest network</title></head>\n<body>Please accept our terms.</body></html>\n";

const fn answer(name: &'static str, class: Class, action: fn() -> FaultAction) -> Trouble {
    Trouble { name, class, how: How::Answer(action) }
}

const fn redirect(name: &'static str, class: Class, to: fn(&Scene, &Asked) -> String) -> Trouble {
    Trouble { name, class, how: How::Redirect(to) }
}

const fn connection(name: &'static str, class: Class, broken: fn() -> Broken) -> Trouble {
    Trouble { name, class, how: How::Connection(broken) }
}

fn respond(status: u16, headers: &[(&str, &str)], body: &str) -> FaultAction {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    FaultAction::Respond { status, headers, body: body.to_owned() }
}

/// All columns.
pub const TROUBLES: &[Trouble] = &[
    connection("refused", Class::Refused, || Broken::Refused),
    answer("closed", Class::Broken, || FaultAction::Close),
    answer("reset before headers", Class::Broken, || FaultAction::Reset),
    answer("reset in headers", Class::Broken, || FaultAction::ResetInHeaders),
    answer("reset after headers", Class::Broken, || FaultAction::ResetInBody),
    answer("truncated body", Class::Broken, || FaultAction::Truncate),
    answer("stalled", Class::Silent, || FaultAction::Stall),
    answer("stalled body", Class::Silent, || FaultAction::StallInBody),
    answer("slow loris", Class::Silent, || FaultAction::Drip { bytes: 1, pause_ms: 50 }),
    answer("429", Class::Throttled, || FaultAction::Throttle { status: 429, retry_after: 1 }),
    answer("500", Class::OutOfOrder, || respond(500, &[("Content-Type", "text/plain")], "Internal error\n")),
    answer("503 storm", Class::OutOfOrder, || {
        respond(503, &[("Retry-After", "1"), ("Content-Type", "text/html")], "<html><title>503</title></html>\n")
    }),
    answer("wrong content type", Class::Mislabelled, || FaultAction::ContentType { value: "image/png".to_owned() }),
    answer("malformed body", Class::Strange, || FaultAction::Garbage),
    answer("somebody else's page", Class::Strange, || respond(200, &[("Content-Type", "text/html")], PORTAL)),
    answer("not HTTP", Class::Unreadable, || FaultAction::NotHttp),
    answer("100 MB body", Class::Unreadable, || FaultAction::Huge { bytes: HUGE }),
    answer("100 MB unannounced", Class::Unreadable, || FaultAction::Endless { bytes: HUGE }),
    redirect("redirect loop", Class::RedirectLoop, |_, asked| asked.path.clone()),
    redirect("redirect to http", Class::RedirectToHttp, Scene::in_clear),
    redirect("redirect elsewhere", Class::RedirectElsewhere, Scene::elsewhere),
    connection("expired certificate", Class::Untrusted, || Broken::Tls(TlsDefect::Expired)),
    connection("wrong host", Class::Untrusted, || Broken::Tls(TlsDefect::WrongHost)),
    connection("unknown issuer", Class::Untrusted, || {
        Broken::Tls(TlsDefect::UnknownAuthority { name: "Corporate Interception CA".to_owned() })
    }),
    connection("TLS 1.1 only", Class::Untrusted, || Broken::Tls(TlsDefect::OldVersion)),
];

impl Trouble {
    /// Whether it can happen to that request: metadata services have no TLS.
    pub fn befalls(&self, asked: &Asked) -> bool {
        self.class != Class::Untrusted || asked.tls
    }

    /// Whether it passes when it happens once, for those who ask again.
    pub fn may_pass(&self) -> bool {
        matches!(self.class, Class::Broken | Class::Throttled | Class::OutOfOrder)
    }

    /// Whether it is scripted for one request only: who is led elsewhere is not led on from there.
    pub fn is_single(&self) -> bool {
        self.class == Class::RedirectElsewhere
    }

    pub fn script(&self, scene: &Scene, asked: &Asked) -> Script {
        match self.how {
            How::Answer(action) => Script::Answer(action()),
            How::Redirect(to) => Script::Answer(FaultAction::Redirect { location: to(scene, asked) }),
            How::Connection(broken) => Script::Connection(broken()),
        }
    }
}
