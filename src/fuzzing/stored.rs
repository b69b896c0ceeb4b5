//! What lies on disk between logins, where anything may have happened to it.

use super::untold::stay_untold;
use super::whole;
use crate::cache::disk::fuzzed;
use crate::credentials::AwsSource;
use crate::error::Status;
use crate::exchange::chain;
use crate::exchange::fixture::{Fixture, at_once};
use crate::ports::http::fake::answer;

/// A file of ours: a sign-in, a registration, a user's key, the notes in a lock, a name.
pub fn disk_cache(bytes: &[u8]) {
    fuzzed::document(bytes);
    fuzzed::notes(bytes);
    fuzzed::key_and_name(bytes);
}

const PROFILE: &str = "[profile a]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Analyst\n\
                       [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n";
/// By the SHA-1 of `corp`.
const TOKEN_FILE: &str = "/home/u/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

/// A file of the token cache that the AWS CLI shares.
pub fn sso_cache(bytes: &[u8]) {
    let ask = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let files = [("/home/u/.aws/config", PROFILE), (TOKEN_FILE, &text)];
        let refusal = answer(400, &[("x-amzn-errortype", "InvalidGrantException")], r#"{"message":"No."}"#);
        at_once(async {
            let fixture = Fixture::new(&[], &files, [Ok(refusal.clone()), Ok(refusal.clone()), Ok(refusal)]).await;
            let error = chain::resolve(&AwsSource::Profile(Some("a".to_owned())), &fixture.config).await.err();
            (error, fixture.http.requests().len())
        })
    };
    let Some((error, requests)) = ask(bytes) else { return };
    // Nothing here gives keys.
    assert!(error.as_ref().is_some_and(|error| error.status() != Status::Internal), "{error:?}");
    assert!(requests <= 3);
    stay_untold(bytes, &["accessToken", "refreshToken", "clientSecret"], |bytes| {
        ask(bytes).and_then(|(error, _)| error).map(|error| whole(&error)).unwrap_or_default()
    });
}
