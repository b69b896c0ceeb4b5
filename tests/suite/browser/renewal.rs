//! What the tests of refresh tokens share: logins that go on from an earlier sign-in, and those for which somebody signs in.

use super::expect;
use super::oauth::{Desk, Plugin, Told};
use crate::probe::{Call, Dsn};
use crate::sent::{operations, the};
use rs_auth_sandbox::{Fault, FaultAction, Record};

/// `RS_AUTH_CACHE_REFRESH`.
const REFRESH: i32 = 3;

/// A login that takes nothing that an earlier one was given: what lies behind it is used.
fn again(dsn: &Dsn, plugin: &Plugin) -> Call {
    let call = dsn.call().cache(REFRESH);
    if plugin.asks.is_empty() { call } else { call.entry("aws") }
}

impl Desk {
    pub fn again(&self) -> Call {
        again(&self.dsn(), self.plugin)
    }

    /// A login by the refresh token alone. Gives the token.
    #[track_caller]
    pub fn renewed(&self) -> String {
        let told = self.one(self.again());
        assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
        self.used(&told)
    }

    /// A login for which alice signs in. Gives the refresh token that was tried before.
    #[track_caller]
    pub fn signed_in(&self) -> Option<String> {
        self.signs_in(self.again())
    }

    #[track_caller]
    pub fn signs_in(&self, call: Call) -> Option<String> {
        let told = self.one(call);
        assert_eq!((told.outcome.status, told.opened.len()), (0, 1), "{}", told.outcome.told());
        told.sent.iter().find_map(refresh_token)
    }

    /// After a sign-in each trouble with its renewal ends a login with that status and opens nothing; the token stays, and
    /// does once the trouble is over.
    #[track_caller]
    pub fn keeps_its_token_through(&self, troubles: &[(FaultAction, i32)]) {
        self.signed_in();
        let mut tried = Vec::new();
        for (action, status) in troubles {
            self.sandbox.script(Fault::on(self.plugin.token, action.clone()));
            let (told, _) = self.run(vec![self.again().timeout(2500)], |_| ());
            let stage = if *status == 500 { "" } else { "idp" };
            expect(&told[0].outcome, *status, stage, &[]);
            tried.push(self.used(&told[0]));
        }
        assert!(tried.iter().all(|token| *token == tried[0]), "it stays");
        assert_eq!(self.renewed(), tried[0], "and does once the trouble is over");
    }

    /// The refresh token of a login that used one and asked nobody.
    #[track_caller]
    pub fn used(&self, told: &Told) -> String {
        let exchange = self.plugin.token;
        assert!(told.opened.is_empty() && told.outcome.events.is_empty(), "nobody is asked");
        assert_eq!(operations(&told.sent).iter().filter(|operation| **operation == exchange).count(), 1);
        refresh_token(the(&told.sent, exchange)).expect("a refresh token is exchanged")
    }
}

/// That of a request that exchanges one, as RFC 6749 or IAM Identity Center spells it.
fn refresh_token(record: &Record) -> Option<String> {
    let spelling = [("grant_type", "refresh_token"), ("grantType", "refreshToken")];
    let found = spelling.into_iter().find(|(grant, _)| record.parameter(grant) == Some("refresh_token"));
    found.and_then(|(_, token)| record.parameter(token)).map(str::to_owned)
}
