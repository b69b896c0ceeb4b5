//! Where a form is posted.

use super::Form;
use crate::error::{AuthError, Stage, Status};
use crate::redact;
use url::Url;

impl Form {
    /// Where a browser at `page` would post the form, if that is a place the user's password may go to.
    pub fn target(&self, page: &Url) -> Result<Url, AuthError> {
        let target = self.resolve(page).ok_or_else(|| {
            let form = redact::head(self.name().unwrap_or("unnamed"), super::NAME_SHOWN);
            fault(format!("the action of the form '{form}' on the page of {} is not a URL", place(page)))
        })?;
        may_be_posted_to(&target, page)?;
        Ok(target)
    }

    /// An absent or empty action means the page itself, whatever its base is.
    fn resolve(&self, page: &Url) -> Option<Url> {
        let action = self.action.as_deref().map(str::trim).filter(|action| !action.is_empty());
        let mut target = match action {
            None => page.clone(),
            Some(action) => {
                // A base that is no URL counts as absent; so do bases that could not be one of a page.
                let base = self.base.as_ref().and_then(|base| page.join(base.trim()).ok());
                base.as_ref().filter(|base| base.has_host()).unwrap_or(page).join(action).ok()?
            }
        };
        target.set_fragment(None);
        // A client would turn these into an Authorization header.
        target.set_username("").and_then(|()| target.set_password(None)).ok()?;
        Some(target)
    }
}

/// A password goes to the host that asked for it and nowhere else, and never in clear.
pub fn may_be_posted_to(target: &Url, page: &Url) -> Result<(), AuthError> {
    if target.scheme() != "https" {
        let scheme = redact::head(target.scheme(), super::NAME_SHOWN);
        return Err(fault(format!("the login form of {} is posted over {scheme}, not https", place(page)))
            .hint("the password was not sent; the identity provider has to use https for this form"));
    }
    if (target.host(), target.port_or_known_default()) != (page.host(), page.port_or_known_default()) {
        return Err(fault(format!(
            "the login form of {} is posted to another host, {}",
            place(page),
            redact::head(&place(target), 255)
        ))
        .hint("the password was not sent; give the host that shows the form as idp_host, or use a browser plugin"));
    }
    Ok(())
}

/// Host and port: what the rule compares.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or("(no host)");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn fault(message: String) -> AuthError {
    AuthError::new(Status::IdpUnexpected, Stage::Idp, message)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn target(page: &str, html: &str) -> Result<String, AuthError> {
        let page = Url::parse(page).unwrap();
        let form = read(html.as_bytes());
        form.password_form().unwrap().target(&page).map(String::from)
    }

    #[test]
    fn actions_are_resolved_like_in_a_browser() {
        let page = "https://idp.example.com:8443/adfs/ls/sign-on?loginToRp=urn:amazon:webservices#top";
        for (html, expected) in [
            ("<form><input type=password name=p>", "/adfs/ls/sign-on?loginToRp=urn:amazon:webservices"),
            ("<form action=''><input type=password name=p>", "/adfs/ls/sign-on?loginToRp=urn:amazon:webservices"),
            // PY-128: a raw ampersand, and one that looks like an entity
            (
                "<form action='/adfs/ls/?a=1&client-request-id=2'><input type=password name=p>",
                "/adfs/ls/?a=1&client-request-id=2",
            ),
            ("<form action='/x?a=1&amp;b=2'><input type=password name=p>", "/x?a=1&b=2"),
            ("<form action='&#x2f;x&#x3f;a&#61;1'><input type=password name=p>", "/x?a=1"),
            ("<form action=' \n/x\n '><input type=password name=p>", "/x"),
            ("<form action=next#here><input type=password name=p>", "/adfs/ls/next"),
            ("<form action='?b=2'><input type=password name=p>", "/adfs/ls/sign-on?b=2"),
            ("<form action='../up'><input type=password name=p>", "/adfs/up"),
            ("<form ACTION=https://IDP.example.com:8443/abs><input type=password name=p>", "/abs"),
            ("<form action=//idp.example.com:8443/abs><input type=password name=p>", "/abs"),
            ("<base href='/idp/'><form action=x><input type=password name=p>", "/idp/x"),
            ("<form action=x><input type=password name=p></form><base href='/idp/'>", "/idp/x"),
            ("<base href='/one/'><base href='/two/'><form action=x><input type=password name=p>", "/one/x"),
            ("<base target=_top><base href='/two/'><form action=x><input type=password name=p>", "/two/x"),
            // An empty action is the page, not the base.
            (
                "<base href='/idp/'><form><input type=password name=p>",
                "/adfs/ls/sign-on?loginToRp=urn:amazon:webservices",
            ),
            ("<base href='https://['><form action=x><input type=password name=p>", "/adfs/ls/x"),
            ("<base href='data:,x'><form action=x><input type=password name=p>", "/adfs/ls/x"),
            ("<input type=password name=p>", "/adfs/ls/sign-on?loginToRp=urn:amazon:webservices"),
        ] {
            assert_eq!(target(page, html).unwrap(), format!("https://idp.example.com:8443{expected}"), "{html}");
        }
    }

    #[test]
    fn a_password_stays_with_the_host_that_asked_for_it() {
        let page = "https://idp.example.com/login";
        let form = |action: &str| format!("<form id=f action='{action}'><input type=password name=p>");
        assert_eq!(target(page, &form("https://idp.example.com:443/x")).unwrap(), "https://idp.example.com/x");
        for (action, told) in [
            ("https://other.example.com/x", "posted to another host, other.example.com"),
            ("https://idp.example.com:8443/x", "posted to another host, idp.example.com:8443"),
            ("https://idp.example.com.evil.example/x", "posted to another host"),
            ("https://idp.example.com@evil.example/x", "posted to another host, evil.example"),
            ("//evil.example/x", "posted to another host, evil.example"),
            (r"\\evil.example\x", "posted to another host, evil.example"),
            ("http://idp.example.com/x", "posted over http"),
            ("javascript:send()", "is not a URL"),
            ("ftp://idp.example.com/x", "posted over ftp"),
            ("mailto:a@example.com", "is not a URL"),
            ("https://[", "is not a URL"),
        ] {
            let error = target(page, &form(action)).unwrap_err();
            assert!(error.message().contains(told), "{action}: {}", error.message());
            assert_eq!(error.status(), Status::IdpUnexpected);
        }
        let based = "<base href=https://evil.example/><form action=x><input type=password name=p>";
        assert!(target(page, based).unwrap_err().message().contains("another host, evil.example"));
        // Over plain http nothing is posted, not even to the page's own host.
        assert!(target("http://idp.example.com/", &form("")).unwrap_err().message().contains("posted over http"));
    }
}
