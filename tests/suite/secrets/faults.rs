//! Everything that can go wrong with one request, by somebody who repeats what they were told.

use super::search::wardrobe;
use percent_encoding::{CONTROLS, utf8_percent_encode};
use rs_auth_sandbox::FaultAction;

/// A fault with its name.
pub struct Case {
    pub name: String,
    pub action: FaultAction,
}

/// All faults of one request. Whoever answers knows `secrets` and tells them, in all clothes and all places.
pub fn all(secrets: &[String], https: &str) -> Vec<Case> {
    let mut cases = transport();
    for clothes in 0..wardrobe("").len() {
        let told = Told { secrets, clothes };
        cases.extend(told.in_bodies());
        cases.extend(told.in_headers(https));
    }
    cases.extend(cut(secrets));
    cases
}

fn case(name: impl Into<String>, action: FaultAction) -> Case {
    Case { name: name.into(), action }
}

fn transport() -> Vec<Case> {
    let content_type = FaultAction::ContentType { value: "application/octet-stream".to_owned() };
    let all = [
        ("delay", FaultAction::Delay { ms: 10 }),
        ("stall", FaultAction::Stall),
        ("stall in body", FaultAction::StallInBody),
        ("close", FaultAction::Close),
        ("reset", FaultAction::Reset),
        ("reset in headers", FaultAction::ResetInHeaders),
        ("reset in body", FaultAction::ResetInBody),
        ("truncate", FaultAction::Truncate),
        ("garbage", FaultAction::Garbage),
        ("not HTTP", FaultAction::NotHttp),
        ("another media type", content_type),
        ("huge", FaultAction::Huge { bytes: 9 << 20 }),
        ("drip", FaultAction::Drip { bytes: 4096, pause_ms: 1 }),
        ("throttle", FaultAction::Throttle { status: 429, retry_after: 0 }),
    ];
    all.into_iter().map(|(name, action)| case(name, action)).collect()
}

fn respond(status: u16, headers: &[(&str, &str)], body: String) -> FaultAction {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    FaultAction::Respond { status, headers, body }
}

/// Secrets in one sort of clothes.
struct Told<'a> {
    secrets: &'a [String],
    clothes: usize,
}

impl Told<'_> {
    /// A secret, another one for each place.
    fn one(&self, place: usize) -> String {
        let secret = &self.secrets[(self.clothes + place) % self.secrets.len()];
        wardrobe(secret).swap_remove(self.clothes).text
    }

    fn named(&self, name: &str) -> String {
        format!("{name}, {}", wardrobe("")[self.clothes].name)
    }

    fn in_bodies(&self) -> Vec<Case> {
        let pick = |statuses: &[u16]| statuses[self.clothes % statuses.len()];
        let html = respond(pick(&[200, 403, 500]), &[("Content-Type", "text/html")], self.page());
        let json = respond(pick(&[400, 200, 401, 503]), &[("Content-Type", "application/json")], self.json());
        let (code, message) = (self.one(1), format!("You sent {} and {}.", self.one(0), self.one(2)));
        let denied = FaultAction::Error { code: "AccessDenied".to_owned(), message, status: 403 };
        let odd = FaultAction::Error { code, message: self.one(0), status: 400 };
        let text = respond(pick(&[404, 400, 302, 407]), &[], format!("{}\n{}", self.one(0), self.one(1)));
        let other = [("error", denied), ("error's code", odd), ("text", text)].into_iter().nth(self.clothes % 3);
        let all = [("page", html), ("JSON", json)].into_iter().chain(other);
        all.map(|(name, action)| case(self.named(name), action)).collect()
    }

    /// In every place that is told of a page, once with the user's form below and once without.
    fn page(&self) -> String {
        let quoted = |place| self.one(place).replace('"', "&quot;");
        let form = if self.clothes.is_multiple_of(2) {
            format!("<form id=\"{0}\" name=\"{0}\"><input name=\"{0}\" value=\"{0}\"></form>", quoted(2))
        } else {
            format!(
                "<form action=\"https://{0}/{0}\"><input name=user><input type=password name=\"{0}\"></form>",
                quoted(2)
            )
        };
        format!(
            "<html><title>No: {}</title><div id=errorText>Not {}</div><p role=alert>{}</p>\
             <div class=ping-error>{}</div>{form}<input name=SAMLResponse value=\"{}\"></html>",
            self.one(0),
            self.one(1),
            self.one(2),
            self.one(3),
            if self.clothes.is_multiple_of(3) { quoted(0) } else { String::new() },
        )
    }

    fn json(&self) -> String {
        // What the clothes are is said by the text: in JSON once more.
        let text = |place| serde_json::Value::String(self.one(place));
        let link = serde_json::json!({ "href": format!("https://other.example/{}", self.one(1)) });
        serde_json::json!({
            "error": text(0),
            "error_description": format!("AADSTS50126: wrong: {}", self.one(1)),
            "suberror": text(2),
            "errorCode": text(3),
            "errorSummary": text(0),
            "errorId": text(1),
            "errorCauses": [{ "errorSummary": text(2) }],
            "status": text(1),
            "stateToken": text(0),
            "_links": { "next": link, "skip": link },
            "__type": text(2),
            "message": text(3),
            "access_token": text(0),
        })
        .to_string()
    }

    fn in_headers(&self, https: &str) -> Vec<Case> {
        let header = |place: usize| utf8_percent_encode(&self.one(place), CONTROLS).to_string();
        let (one, other) = (header(0), header(1));
        let headers = [
            ("x-amzn-RequestId", one.as_str()),
            ("x-okta-request-id", one.as_str()),
            ("Content-Type", other.as_str()),
            ("WWW-Authenticate", one.as_str()),
            ("Set-Cookie", other.as_str()),
            ("Retry-After", one.as_str()),
            ("Server", one.as_str()),
        ];
        let status = [400, 401, 429, 503][self.clothes % 4];
        let to = [
            format!("{https}/{one}?{other}#{one}"),
            format!("http://127.0.0.1:1/{one}"),
            format!("https://{one}.invalid/{other}"),
            format!("https://{one}:{other}@127.0.0.1:1/{one}"),
        ];
        let location = to[self.clothes % to.len()].clone();
        let found =
            respond([302, 303, 308, 301][(self.clothes / 4) % 4], &[("Location", location.as_str())], String::new());
        let all = [
            ("headers", respond(status, &headers, String::new())),
            ("redirect", FaultAction::Redirect { location: to[(self.clothes + 1) % to.len()].clone() }),
            ("found", found),
        ];
        all.into_iter().skip(self.clothes % 3).take(1).map(|(name, action)| case(self.named(name), action)).collect()
    }
}

/// Told where whoever quotes it cuts: not even half of it may be left.
fn cut(secrets: &[String]) -> Vec<Case> {
    let cut = |limit: usize| {
        let secret = &secrets[limit / 100 % secrets.len()];
        format!("{}{secret}", "so ".repeat((limit - secret.chars().take(40).count() / 2) / 3))
    };
    let page = format!("<title>{}</title><div id=error>{}</div>", cut(200), cut(200));
    let json = serde_json::json!({ "error": "no", "error_description": cut(500), "errorCode": "E0000004", "errorSummary": cut(300) });
    let message = FaultAction::Error { code: "No".to_owned(), message: cut(1000), status: 400 };
    vec![
        case("cut page", respond(200, &[], page)),
        case("cut JSON", respond(400, &[("Content-Type", "application/json")], json.to_string())),
        case("cut error", message),
    ]
}
