//! A request as a login would make it, for who foresees a login without making it: no query, no body, no secret.

use super::{Method, Purpose, Request};
use std::borrow::Cow;
use url::Url;

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doer {
    /// This library.
    Library,
    /// The browser of the person who signs in.
    Browser,
    /// A program that the settings name, or a plugin of the host's own.
    Program,
}

/// One step of a login.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// `None`: as the answer before it says, or no request.
    pub(crate) method: Option<Method>,
    /// `None`: only the login itself finds out which host that is, or it is no request.
    pub(crate) url: Option<Url>,
    /// The path is said by an answer before it, at the host of `url` unless that redirects.
    pub(crate) path_is_open: bool,
    pub(crate) purpose: Purpose,
    pub(crate) doer: Doer,
    /// The operation of an AWS service.
    pub(crate) operation: Option<String>,
    /// What it is for, for a person.
    pub(crate) what: Cow<'static, str>,
    /// Why it may not happen.
    pub(crate) only_if: Option<Cow<'static, str>>,
    pub(crate) may_repeat: bool,
}

impl Planned {
    fn new(method: Option<Method>, url: Option<Url>, what: impl Into<Cow<'static, str>>) -> Self {
        let url = url.map(without_secrets);
        Self {
            method,
            url,
            path_is_open: false,
            purpose: Purpose::IdentityProvider,
            doer: Doer::Library,
            operation: None,
            what: what.into(),
            only_if: None,
            may_repeat: false,
        }
    }

    /// A page of an identity provider.
    pub(crate) fn get(url: Url, what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Some(Method::GET), Some(url), what)
    }

    /// Something sent to an identity provider.
    pub(crate) fn post(url: Url, what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Some(Method::POST), Some(url), what)
    }

    /// A request like this one.
    pub(crate) fn of(request: &Request, what: impl Into<Cow<'static, str>>) -> Self {
        let planned = Self::new(Some(request.method.clone()), Some(request.url.clone()), what);
        Self { purpose: request.purpose, ..planned }
    }

    /// Something that is no request.
    pub(crate) fn by_program(what: impl Into<Cow<'static, str>>) -> Self {
        Self { doer: Doer::Program, ..Self::new(None, None, what) }
    }

    pub(crate) fn by_browser(self) -> Self {
        Self { doer: Doer::Browser, ..self }
    }

    pub(crate) fn to(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    pub(crate) fn of_operation(self, operation: impl Into<String>) -> Self {
        Self { operation: Some(operation.into()), ..self }
    }

    pub(crate) fn only_if(self, condition: impl Into<Cow<'static, str>>) -> Self {
        Self { only_if: Some(condition.into()), ..self }
    }

    /// The renewal of an earlier sign-in, and what is done if it does not help.
    pub(crate) fn unless_it_helps(self, steps: Vec<Self>) -> Vec<Self> {
        let else_done = steps.into_iter().map(|step| step.and_only_if("the earlier sign-in is not renewed"));
        std::iter::once(self).chain(else_done).collect()
    }

    /// Under one more condition, which comes first.
    pub(crate) fn and_only_if(self, condition: &str) -> Self {
        match &self.only_if {
            Some(known) => {
                let both = format!("{condition}, and {known}");
                self.only_if(both)
            }
            None => self.only_if(condition.to_owned()),
        }
    }

    pub(crate) fn repeatedly(self) -> Self {
        Self { may_repeat: true, ..self }
    }

    /// At a path that an answer says; with any method if `method` is `None`.
    pub(crate) fn wherever(self, method: Option<Method>) -> Self {
        let url = self.url.map(|mut url| {
            url.set_path("/");
            url
        });
        Self { method, url, path_is_open: true, ..self }
    }
}

fn without_secrets(mut url: Url) -> Url {
    url.set_query(None);
    url.set_fragment(None);
    // A URL that cannot have them has none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_url_is_kept_but_host_and_path() {
        let url = Url::parse("https://user:hunter2@h.example:8443/a/b?token=hunter2#hunter2").unwrap();
        let planned = Planned::get(url, "");
        assert_eq!(planned.url.as_ref().unwrap().as_str(), "https://h.example:8443/a/b");
        let open = planned.wherever(None);
        assert_eq!(
            (open.url.unwrap().as_str(), open.path_is_open, open.method),
            ("https://h.example:8443/", true, None)
        );
    }

    #[test]
    fn what_a_renewal_spares_is_told_with_its_own_conditions() {
        let page = || Planned::get(Url::parse("https://h.example/").unwrap(), "");
        let steps = page().unless_it_helps(vec![page(), page().only_if("it rains").repeatedly()]);
        let conditions: Vec<_> = steps.iter().map(|step| step.only_if.as_deref()).collect();
        let refused = "the earlier sign-in is not renewed";
        assert_eq!(conditions, [None, Some(refused), Some(&*format!("{refused}, and it rains"))]);
        assert!(steps.last().unwrap().may_repeat);
    }
}
