//! What a page says and holds: title, text, forms, and whether a script would submit one of them. Scripts are on, so what stands in
//! `<noscript>` does not count.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

use super::form::{Control, Form};

/// A page as far as a person and the scripts on it could act on it.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub title: String,
    pub text: String,
    pub forms: Vec<Form>,
    /// A script submits a form without being asked.
    pub submits_itself: bool,
    /// The target of `<meta http-equiv="refresh">`.
    pub refresh: Option<String>,
    pub base: Option<String>,
    /// The page names its own icon, so that `/favicon.ico` is not asked for.
    pub names_icon: bool,
}

impl Document {
    /// Reads a page. Every sequence of bytes is one.
    pub fn read(html: &[u8]) -> Self {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let mut reader = Reader::default();
        for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
            reader.take(&token);
        }
        reader.document.text = squeezed(&reader.document.text);
        reader.document.title = squeezed(&reader.document.title).replace('\n', " ");
        reader.document
    }
}

#[derive(Default)]
struct Reader {
    document: Document,
    place: Place,
    in_form: bool,
    in_noscript: bool,
}

/// Where text goes.
#[derive(Default, PartialEq)]
enum Place {
    #[default]
    Page,
    Title,
    Script,
    Style,
    /// A button or a text area, the last control of the last form.
    Control,
}

impl Reader {
    fn take(&mut self, token: &Token) {
        match token {
            Token::StartTag(tag) if !self.in_noscript => self.start(tag),
            Token::EndTag(tag) => self.end(&tag.name),
            Token::String(text) if !self.in_noscript => self.say(&String::from_utf8_lossy(text)),
            _ => {}
        }
    }

    fn start(&mut self, tag: &StartTag<()>) {
        let attribute = |name: &str| {
            let value = tag.attributes.get(name.as_bytes())?;
            Some(String::from_utf8_lossy(value).into_owned())
        };
        match tag.name.as_slice() {
            b"noscript" => self.in_noscript = true,
            b"title" => self.place = Place::Title,
            b"script" => self.place = Place::Script,
            b"style" => self.place = Place::Style,
            b"base" => self.document.base = self.document.base.take().or_else(|| attribute("href")),
            b"meta" if attribute("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("refresh")) => {
                self.document.refresh = attribute("content").and_then(|content| refresh_target(&content));
            }
            b"link" => {
                let is_icon = attribute("rel").is_some_and(|rel| rel.to_ascii_lowercase().contains("icon"));
                self.document.names_icon |= is_icon;
            }
            b"body" => {
                self.document.submits_itself |= attribute("onload").is_some_and(|script| submits(&script));
            }
            // A form within a form is none (HTML, 13.2.6.4.7).
            b"form" if !self.in_form => {
                self.in_form = true;
                let post = attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
                self.document.forms.push(Form { action: attribute("action"), post, controls: Vec::new() });
            }
            b"input" | b"button" | b"textarea" | b"select" => self.control(&tag.name, attribute),
            b"option" => self.option(attribute("value"), attribute("selected").is_some()),
            name => self.break_line(name),
        }
    }

    fn control(&mut self, tag: &[u8], attribute: impl Fn(&str) -> Option<String>) {
        let lower = |name: &str| attribute(name).unwrap_or_default().to_ascii_lowercase();
        let kind = match tag {
            b"input" if lower("type").is_empty() => "text".to_owned(),
            b"button" if lower("type").is_empty() => "submit".to_owned(),
            b"input" | b"button" => lower("type"),
            other => String::from_utf8_lossy(other).into_owned(),
        };
        if matches!(tag, b"button" | b"textarea") {
            self.place = Place::Control;
        }
        let Some(form) = self.document.forms.last_mut().filter(|_| self.in_form) else { return };
        form.controls.push(Control {
            kind,
            name: attribute("name").unwrap_or_default(),
            id: attribute("id").unwrap_or_default(),
            value: attribute("value"),
            autocomplete: lower("autocomplete"),
            checked: attribute("checked").is_some(),
            disabled: attribute("disabled").is_some(),
            label: String::new(),
        });
    }

    /// The first option of a list is chosen unless another one is.
    fn option(&mut self, value: Option<String>, selected: bool) {
        let Some(list) = self.last_control().filter(|control| control.kind == "select") else { return };
        if selected || list.value.is_none() {
            list.value = value;
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            b"noscript" => self.in_noscript = false,
            b"form" => self.in_form = false,
            b"title" | b"script" | b"style" | b"button" | b"textarea" => self.place = Place::Page,
            name => self.break_line(name),
        }
    }

    /// Before and after what has lines of its own.
    fn break_line(&mut self, name: &[u8]) {
        const BLOCKS: &[&[u8]] =
            &[b"p", b"div", b"h1", b"h2", b"h3", b"li", b"ul", b"br", b"tr", b"main", b"section", b"label"];
        if BLOCKS.contains(&name) {
            self.document.text.push('\n');
        }
    }

    fn say(&mut self, text: &str) {
        match self.place {
            Place::Title => self.document.title.push_str(text),
            Place::Script => self.document.submits_itself |= submits(text),
            Place::Style => {}
            Place::Page => self.document.text.push_str(text),
            Place::Control => {
                if let Some(control) = self.last_control() {
                    control.label.push_str(text);
                    if control.kind == "textarea" {
                        control.value.get_or_insert_default().push_str(text);
                    }
                }
            }
        }
    }

    fn last_control(&mut self) -> Option<&mut Control> {
        self.document.forms.last_mut()?.controls.last_mut()
    }
}

/// Whether a script submits a form: `document.forms[0].submit()`, `HTMLFormElement.prototype.submit.call(…)`, a click on its button.
fn submits(script: &str) -> bool {
    [".submit(", ".submit.call(", ".requestSubmit(", ".click("].iter().any(|call| script.contains(call))
}

/// `https://…` of `0; url=https://…`.
fn refresh_target(content: &str) -> Option<String> {
    let (_, rest) = content.split_once([';', ','])?;
    let (name, target) = rest.split_once('=')?;
    name.trim().eq_ignore_ascii_case("url").then(|| target.trim().trim_matches(['\'', '"']).to_owned())
}

/// Without the blanks and empty lines that a page does not show.
fn squeezed(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_a_person_sees_it() {
        let page = Document::read(
            b"<html><head><title> Sign\n in </title><style>p { x: y }</style><link rel='shortcut icon' href='data:,'></head><body>\
              <noscript><form><input name=trap></form></noscript><p>Hello &amp; <b>welcome</b></p><!-- <form> -->\
              <form action='/a?b=c&amp;d' method=POST><input name=u><input type=Password name=p value='x'>\
              <select name=s><option value=1>One<option value=2 selected>Two</select><textarea name=t>a\nb</textarea>\
              <button name=go value=1> Go  on</button></form><input name=outside></body></html>",
        );
        assert_eq!((page.title.as_str(), page.text.as_str()), ("Sign in", "Hello & welcome\nOneTwo"));
        assert!(page.names_icon && !page.submits_itself && page.refresh.is_none());
        let [form] = page.forms.as_slice() else { panic!("{page:?}") };
        assert_eq!((form.action.as_deref(), form.post), (Some("/a?b=c&d"), true));
        let controls: Vec<_> =
            form.controls.iter().map(|c| (c.kind.as_str(), c.name.as_str(), c.value.as_deref())).collect();
        let expected = [
            ("text", "u", None),
            ("password", "p", Some("x")),
            ("select", "s", Some("2")),
            ("textarea", "t", Some("a\nb")),
            ("submit", "go", Some("1")),
        ];
        assert_eq!(controls, expected);
        assert_eq!(form.controls[4].label, " Go  on");
    }

    #[test]
    fn pages_that_go_on_by_themselves() {
        assert!(Document::read(b"<form></form><script>document.forms[0].submit()</script>").submits_itself);
        assert!(Document::read(b"<body onload='document.f.submit()'>").submits_itself);
        assert!(!Document::read(b"<p>document.forms[0].submit()</p><script>let a = 'submit';</script>").submits_itself);
        let refreshed = Document::read(b"<meta http-equiv=Refresh content='1; URL=\"/next\"'>");
        assert_eq!(refreshed.refresh.as_deref(), Some("/next"));
    }
}
