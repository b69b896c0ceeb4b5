//! The person at the terminal: what a login needs of them is shown and asked here.

use super::interrupt::Interrupt;
use super::qr;
use super::style::{Style, printable};
use super::tty::{Echo, Terminal};
use crate::library::{Event, EventKind, Reply};
use std::io::{self, Write};
use zeroize::Zeroizing;

/// Who is asked. Standard error is a terminal, or there would be none.
pub struct Person {
    terminal: Option<Terminal>,
    interrupt: Interrupt,
    qr_codes: bool,
}

impl Person {
    /// With a QR code of a URL that is to be opened elsewhere, or without.
    pub fn new(interrupt: Interrupt, qr_codes: bool) -> Self {
        Self { terminal: Terminal::open(), interrupt, qr_codes }
    }

    /// Shows the event, and asks for what it needs.
    pub fn hear(&self, event: &Event) -> Reply {
        match event.kind {
            EventKind::OpenUrl => {
                say(&printable(&event.text));
                say(&format!(
                    "If no browser opens, open this URL: {}",
                    printable(event.url.as_deref().unwrap_or_default())
                ));
                Reply::Default
            }
            EventKind::DeviceCode | EventKind::ShowNumber => {
                self.show(event);
                Reply::Handled
            }
            EventKind::PushSent | EventKind::Waiting => {
                say(&printable(&event.text));
                Reply::Handled
            }
            EventKind::AskOtp => {
                say(&printable(&event.text));
                self.answer("Code: ", Echo::Off)
            }
            EventKind::PasteUrl => {
                self.show(event);
                self.answer("URL at which the browser ended: ", Echo::On)
            }
            EventKind::PickRole | EventKind::PickFactor => self.choice(event),
            EventKind::Unknown => Reply::Default,
        }
    }

    /// Text, URL with its QR code, code or number.
    fn show(&self, event: &Event) {
        say(&printable(&event.text));
        if let Some(url) = &event.url {
            say(&format!("  {}", printable(url)));
            if let Some(code) = self.qr_code(url) {
                say(&code);
            }
        }
        if let Some(code) = &event.code {
            say(&format!("  {}", Style::of(&io::stderr()).title(&printable(code))));
        }
    }

    fn qr_code(&self, url: &str) -> Option<String> {
        let size = rustix::termios::tcgetwinsize(io::stderr()).ok().filter(|_| self.qr_codes)?;
        qr::code(url, size.ws_col, size.ws_row, Style::of(&io::stderr()).is_coloured())
    }

    /// Lets them pick one of the choices, by its number.
    fn choice(&self, event: &Event) -> Reply {
        say(&printable(&event.text));
        for (index, choice) in event.choices.iter().enumerate() {
            say(&format!("  {}  {}", index + 1, printable(choice)));
        }
        loop {
            let typed = match self.ask(&format!("Number (1 to {}): ", event.choices.len()), Echo::On) {
                Asked::Typed(typed) => typed,
                Asked::Nobody => return Reply::Default,
                Asked::Gone => return Reply::Abort,
            };
            let picked = typed.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            match picked.and_then(|index| event.choices.get(index)) {
                Some(choice) => return Reply::Answer(Zeroizing::new(choice.clone())),
                None => say("That is none of the numbers."),
            }
        }
    }

    fn answer(&self, prompt: &str, echo: Echo) -> Reply {
        loop {
            match self.ask(prompt, echo) {
                Asked::Typed(typed) if typed.trim().is_empty() => {}
                Asked::Typed(typed) => return Reply::Answer(Zeroizing::new(typed.trim().to_owned())),
                Asked::Nobody => return Reply::Default,
                Asked::Gone => return Reply::Abort,
            }
        }
    }

    fn ask(&self, prompt: &str, echo: Echo) -> Asked {
        let Some(terminal) = &self.terminal else { return Asked::Nobody };
        match terminal.ask(prompt, echo, &self.interrupt) {
            Ok(Some(typed)) => Asked::Typed(typed),
            Ok(None) | Err(_) => Asked::Gone,
        }
    }
}

enum Asked {
    Typed(Zeroizing<String>),
    /// There is no terminal to ask at.
    Nobody,
    /// They do not want to, or not in time.
    Gone,
}

/// A line on standard error. Who closed it does not want to know.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{}", text.trim_end());
}
