//! Writing pages in a [shape](super::PageShape): every attribute, tag and form goes through here.

use crate::http::Answer;
use crate::identity::page::{ActionStyle, AttributeOrder, PageShape, Quoting};

/// Writes one page. It stands at `path` on `host`.
pub(crate) struct Pen<'a> {
    pub shape: &'a PageShape,
    pub host: &'a str,
    pub path: &'a str,
}

impl Pen<'_> {
    /// An opening tag.
    pub fn tag(&self, name: &str, attributes: &[(&str, &str)]) -> String {
        let written: Vec<String> = attributes
            .iter()
            .map(|(name, value)| {
                // Forms say themselves how their action is written.
                let encoded = if *name == "action" { (*value).to_owned() } else { self.escape(value) };
                self.attribute(name, &encoded)
            })
            .collect();
        self.tag_of(name, &written)
    }

    /// A control of a form. Without a value it has no such attribute.
    pub fn input(&self, kind: &str, name: &str, id: &str, value: Option<&str>) -> String {
        let mut attributes = vec![("type", kind), ("name", name), ("id", id)];
        attributes.retain(|(_, value)| !value.is_empty());
        attributes.extend(value.map(|value| ("value", value)));
        if self.shape.attribute_order == AttributeOrder::ValueFirst {
            attributes.reverse();
        }
        self.tag("input", &attributes)
    }

    /// A form to be posted to that path and query here, or wherever the shape leads it.
    pub fn form(&self, id: &str, target: &str, inside: &str) -> String {
        match self.shape.action {
            ActionStyle::Absent => self.form_to(id, None, inside),
            _ => self.form_elsewhere(id, target, inside),
        }
    }

    /// The same for a target that is another page than this one, which cannot be left out.
    pub fn form_elsewhere(&self, id: &str, target: &str, inside: &str) -> String {
        let action = match self.shape.action {
            ActionStyle::RootRelative | ActionStyle::Absent => target.to_owned(),
            ActionStyle::Absolute => format!("https://{}{target}", self.host),
            ActionStyle::Relative => relative(self.base_path(), target),
            ActionStyle::OtherHost => format!("https://login.example.com{target}"),
            ActionStyle::PlainHttp => format!("http://{}{target}", self.host),
        };
        self.form_to(id, Some(&action), inside)
    }

    /// A form to be posted to exactly that URL.
    pub fn form_to(&self, id: &str, action: Option<&str>, inside: &str) -> String {
        let ampersand = if self.shape.entities_in_action { "&amp;" } else { "&" };
        let action = action.map(|action| action.replace('&', ampersand).replace('"', "%22").replace('\'', "%27"));
        let mut attributes = vec![("method", "post"), ("id", id)];
        attributes.extend(action.as_deref().map(|action| ("action", action)));
        format!("{}\n{inside}\n{}\n", self.tag("form", &attributes), self.end("form"))
    }

    /// That form as the page has it: alone, or between a search form and one that offers other ways to sign in, which has fields
    /// of the same names.
    pub fn among_others(&self, form: &str, user: &str, method: &str, target: &str) -> String {
        if !self.shape.several_forms {
            return form.to_owned();
        }
        let search = self.input("search", "q", "searchInput", Some(""));
        let search = format!("{}{search}{}", self.tag("form", &[("role", "search")]), self.end("form"));
        let fields = [self.input("hidden", method, "optionSelection", None), self.input("hidden", user, "", Some(""))];
        let options = self.form_to("options", Some(&format!("https://sts.example.com:443{target}")), &fields.concat());
        [&search, form, &options].concat()
    }

    /// The whole page.
    pub fn page(&self, status: u16, title: &str, body: &str) -> Answer {
        let base = self.shape.base_href.as_deref().map_or(String::new(), |href| self.tag("base", &[("href", href)]));
        let (head_noise, body_noise) = if self.shape.css_braces { (HEAD_NOISE, BODY_NOISE) } else { ("", "") };
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n<meta charset=\"utf-8\">\n{base}<title>{}</title>\n{head_noise}</head>\n\
             <body>\n{body_noise}{body}</body>\n</html>\n",
            text(title)
        );
        Answer::with(status, "text/html; charset=utf-8", html).header("Cache-Control", "no-cache, no-store")
    }

    /// A closing tag.
    pub fn end(&self, name: &str) -> String {
        if self.shape.upper_case_tags { format!("</{}>", name.to_uppercase()) } else { format!("</{name}>") }
    }

    fn tag_of(&self, name: &str, attributes: &[String]) -> String {
        let name = if self.shape.upper_case_tags { name.to_uppercase() } else { name.to_owned() };
        let gap = if self.shape.across_lines { "\n    " } else { " " };
        let close = if self.shape.across_lines { "\n>" } else { ">" };
        format!("<{name}{gap}{}{close}", attributes.join(gap))
    }

    fn attribute(&self, name: &str, encoded: &str) -> String {
        let name = if self.shape.upper_case_tags { name.to_uppercase() } else { name.to_owned() };
        let bare = |c: char| !c.is_whitespace() && !"\"'<>`".contains(c);
        match self.shape.quoting {
            Quoting::None if !encoded.is_empty() && encoded.chars().all(bare) => format!("{name}={encoded}"),
            Quoting::Single => format!("{name}='{encoded}'"),
            Quoting::Double | Quoting::None => format!("{name}=\"{encoded}\""),
        }
    }

    fn escape(&self, value: &str) -> String {
        if !self.shape.entities_in_values {
            return text(value);
        }
        let reference = |c: char| match c {
            _ if c.is_ascii_alphanumeric() => c.to_string(),
            '+' => "&#x2b;".to_owned(),
            _ => format!("&#{};", u32::from(c)),
        };
        value.chars().map(reference).collect()
    }

    /// Against which a relative action counts.
    fn base_path(&self) -> &str {
        let href = self.shape.base_href.as_deref().unwrap_or(self.path);
        match href.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |start| &rest[start..]),
            None => href,
        }
    }
}

/// Text as it stands in HTML, in an attribute too.
pub(crate) fn text(text: &str) -> String {
    crate::aws::errors::escape(text).replace('\'', "&#39;")
}

/// The target, which begins at the root, as seen from a page at `base`.
fn relative(base: &str, target: &str) -> String {
    let here: Vec<&str> = base.rsplit_once('/').map_or("", |(directory, _)| directory).split('/').collect();
    let path_end = target.find('?').unwrap_or(target.len());
    let there: Vec<&str> = target[..path_end].split('/').collect();
    let last = there.len() - 1;
    let shared = here.iter().zip(&there[..last]).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(here.len() - shared);
    format!("{up}{}{}", there[shared..].join("/"), &target[path_end..])
}

/// What a search for `<form` or `{` in text trips over, and an HTML tokenizer does not.
const HEAD_NOISE: &str = r#"<style>
.illustration { background-image: url('data:image/gif;base64,R0lGODlhAQABAAAAACw='); } @media (max-width: 600px) { #brand { width: 100%; } }
</style>
<script type="text/javascript">
//<![CDATA[
var page = { form: "<form id='trap' action='/trap'><input type='password' name='Trap' value='set'>", re: /[<>"']{2}/ };
//]]>
</script>
<!-- <form method="post" action="/trap"><input type="password" name="Trap" value="set"></form> -->
"#;
const BODY_NOISE: &str = r#"<noscript><div style="{display:none}">Scripts are off.<img alt="" src=/pixel {currency:eur} data-x='{"a":1}'></div></noscript>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_targets_lead_back() {
        for (base, target, expected) in [
            ("/adfs/ls/Page.aspx", "/adfs/ls/Page.aspx?a=/b", "Page.aspx?a=/b"),
            ("/idp/startSSO.ping", "/idp/xY1/resume/idp/start", "xY1/resume/idp/start"),
            ("/a/b/c", "/x/y", "../../x/y"),
            ("/", "/x", "x"),
            ("/x", "/x/y", "x/y"),
        ] {
            assert_eq!(relative(base, target), expected, "{base} {target}");
        }
    }
}
