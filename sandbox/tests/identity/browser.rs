//! Just enough of a browser for pages in the default shape: cookies, redirects, and forms whose fields are found by searching for text.

use std::collections::BTreeMap;

use rs_auth_sandbox::Sandbox;

use crate::common::{FORM, Reply, exchange, request, tls};

pub struct Browser<'a> {
    sandbox: &'a Sandbox,
    pub cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub fn new(sandbox: &'a Sandbox) -> Self {
        Self { sandbox, cookies: BTreeMap::new() }
    }

    pub fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, &[], "")
    }

    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_as(FORM, path, fields)
    }

    pub fn post_as(&mut self, content_type: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send("POST", path, &[("Content-Type", content_type)], &encode(fields))
    }

    /// Fills in the first form of a page and posts it.
    pub fn submit(&mut self, page: &Reply, typed: &[(&str, &str)]) -> Reply {
        let form = form(page);
        let mut fields = form.fields.clone();
        for (name, value) in typed {
            assert!(fields.insert((*name).to_owned(), (*value).to_owned()).is_some(), "no {name} in {}", page.text());
        }
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(&form.action, &fields)
    }

    /// Sends one request and keeps the cookies. Redirects are followed if `follow`.
    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let reply = self.send_once(method, path, headers, body);
        if reply.status != 302 {
            return reply;
        }
        let location = reply.header("location").unwrap().to_owned();
        let path = location.strip_prefix(&self.sandbox.https_url()).unwrap_or(&location).to_owned();
        self.send("GET", &path, &[], "")
    }

    pub fn send_once(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let url = self.sandbox.https_url();
        let mut headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        if !self.cookies.is_empty() {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.push(("Cookie".to_owned(), cookies.join("; ")));
        }
        let mut stream = tls(&url, self.sandbox.ca_file(), "127.0.0.1");
        let reply = exchange(&mut stream, &request(method, &url, path, &headers, body.as_bytes())).unwrap();
        if let Some(cookie) = reply.header("set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
    }
}

/// The first form of a page that has an action.
pub struct Form {
    pub action: String,
    /// Its inputs but for buttons and boxes, with their values.
    pub fields: BTreeMap<String, String>,
}

pub fn form(page: &Reply) -> Form {
    let text = page.text();
    let (_, rest) = text.split_once("<form method=\"post\"").unwrap_or_else(|| panic!("a form in {text}"));
    let (form, _) = rest.split_once("</form>").unwrap();
    let fields = form
        .split("<input ")
        .skip(1)
        .map(|input| input.split_once('>').unwrap().0)
        .filter(|input| !input.contains("type=\"checkbox\"") && !input.contains("type=\"submit\""))
        .map(|input| (attribute(input, "name").unwrap(), attribute(input, "value").unwrap_or_default()))
        .collect();
    Form { action: attribute(form, "action").unwrap(), fields }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let value = rest.split_once('"').unwrap().0;
    Some(
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&"),
    )
}

/// The SAML response of a page, if it has one.
pub fn saml_response(page: &Reply) -> Option<String> {
    page.text().contains("SAMLResponse").then(|| form(page).fields["SAMLResponse"].clone())
}

pub fn encode(fields: &[(&str, &str)]) -> String {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}
