//! Microsoft's error numbers (AADSTS…): what they mean for a login and what to do.

use crate::error::Status;

/// Where a person has to do what no request can.
pub const BROWSER: &str = "use a browser plugin (BrowserAzureAD or BrowserAzureADOAuth2), where the sign-in page can ask \
                           for what is missing";

/// Conditional access looks at the device, which only the system's browser can vouch for.
const DEVICE: &str = "a conditional access policy blocks this sign-in; use a browser plugin from a device that the policy \
                      accepts, or have the policy changed";
const PASSWORD: &str = "check UID and PWD";
const ACCOUNT: &str = "the account has to be put right by its owner or an administrator";
const CONSENT: &str =
    "an administrator has to grant the application consent, or the user has to consent once in a browser";
const CLIENT_ID: &str = "check client_id and idp_tenant: the application is not known in this tenant";
const SECRET: &str = "check client_secret: it must be the secret's value, not its id, and not be expired";
const PUBLIC: &str = "in the application's registration, allow public client flows and register the redirect URI under \
                      'Mobile and desktop applications'";
const SPA: &str = "the redirect URI is registered for a single-page application; register it under 'Mobile and desktop \
                   applications'";
const REDIRECT: &str = "register http://localhost/redshift/ as redirect URI under 'Mobile and desktop applications'";
const TENANT: &str = "check idp_tenant, and idp_partition for national clouds";
const USER: &str = "check UID and idp_tenant: the account is not known in this tenant";
const SCOPE: &str =
    "check scope: it must name a permission that the application exposes, such as api://<id>/jdbc_login";
const ASSIGNED: &str = "the user has to be assigned to the enterprise application";
const AGAIN: &str = "sign in again";
const FEDERATED: &str = "the account's password is kept elsewhere (federation or pass-through); use a browser plugin";

/// Sorted by number.
#[allow(clippy::unreadable_literal)] // as Microsoft writes them
const CODES: [(u64, Status, Option<&str>); 60] = [
    (16000, Status::MfaRequired, Some(BROWSER)),
    (50000, Status::Service, None),
    (50001, Status::IdpRejected, Some(CLIENT_ID)),
    (50005, Status::IdpRejected, Some(DEVICE)),
    (50011, Status::IdpRejected, Some(REDIRECT)),
    (50020, Status::IdpRejected, Some(USER)),
    (50034, Status::IdpRejected, Some(USER)),
    (
        50053,
        Status::IdpRejected,
        Some("the account is locked after too many wrong passwords, or the address is blocked; wait, then try again"),
    ),
    (50055, Status::IdpRejected, Some("the password is expired; sign in with a browser once and change it")),
    (50056, Status::IdpRejected, Some(FEDERATED)),
    (50057, Status::IdpRejected, Some(ACCOUNT)),
    (50058, Status::MfaRequired, Some(BROWSER)),
    (50059, Status::IdpRejected, Some(TENANT)),
    (50072, Status::MfaRequired, Some(BROWSER)),
    (50074, Status::MfaRequired, Some(BROWSER)),
    (50076, Status::MfaRequired, Some(BROWSER)),
    (50078, Status::MfaRequired, Some(BROWSER)),
    (50079, Status::MfaRequired, Some(BROWSER)),
    (50097, Status::IdpRejected, Some(DEVICE)),
    (50105, Status::IdpRejected, Some(ASSIGNED)),
    (50126, Status::IdpRejected, Some(PASSWORD)),
    (50128, Status::IdpRejected, Some(TENANT)),
    (50131, Status::IdpRejected, Some(DEVICE)),
    (50132, Status::IdpRejected, Some(AGAIN)),
    (50133, Status::IdpRejected, Some(AGAIN)),
    (50144, Status::IdpRejected, Some("the password is expired; sign in with a browser once and change it")),
    (50158, Status::MfaRequired, Some(BROWSER)),
    (50173, Status::IdpRejected, Some(AGAIN)),
    (50194, Status::IdpRejected, Some(TENANT)),
    (50196, Status::Throttled, None),
    (51004, Status::IdpRejected, Some(USER)),
    (53000, Status::IdpRejected, Some(DEVICE)),
    (53001, Status::IdpRejected, Some(DEVICE)),
    (53002, Status::IdpRejected, Some(DEVICE)),
    (53003, Status::IdpRejected, Some(DEVICE)),
    (53004, Status::MfaRequired, Some(BROWSER)),
    (54005, Status::IdpRejected, Some(AGAIN)),
    (65001, Status::IdpRejected, Some(CONSENT)),
    (65004, Status::IdpRejected, Some(CONSENT)),
    (70008, Status::IdpRejected, Some(AGAIN)),
    (70011, Status::IdpRejected, Some(SCOPE)),
    (70043, Status::IdpRejected, Some(AGAIN)),
    (81016, Status::IdpRejected, Some(FEDERATED)),
    (90002, Status::IdpRejected, Some(TENANT)),
    (90019, Status::IdpRejected, Some(TENANT)),
    (90033, Status::Service, None),
    (90072, Status::IdpRejected, Some(USER)),
    (90094, Status::IdpRejected, Some(CONSENT)),
    (500011, Status::IdpRejected, Some(SCOPE)),
    (500121, Status::MfaRequired, Some(BROWSER)),
    (530003, Status::IdpRejected, Some(DEVICE)),
    (650052, Status::IdpRejected, Some(CONSENT)),
    (650053, Status::IdpRejected, Some(SCOPE)),
    (700016, Status::IdpRejected, Some(CLIENT_ID)),
    (700082, Status::IdpRejected, Some(AGAIN)),
    (700084, Status::IdpRejected, Some(AGAIN)),
    (7000215, Status::IdpRejected, Some(SECRET)),
    (7000218, Status::IdpRejected, Some(PUBLIC)),
    (7000222, Status::IdpRejected, Some(SECRET)),
    (9002326, Status::IdpRejected, Some(SPA)),
];

/// What a number means, if it is one that logins meet.
pub fn known(code: u64) -> Option<(Status, Option<&'static str>)> {
    let index = CODES.binary_search_by_key(&code, |entry| entry.0).ok()?;
    CODES.get(index).map(|(_, status, hint)| (*status, *hint))
}

/// The first number in a description: `AADSTS50076: Due to …`.
pub fn code_in(description: &str) -> Option<u64> {
    let digits = |rest: &str| rest.get(..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()))?.parse().ok();
    description.split("AADSTS").skip(1).find_map(digits)
}

/// The description without the ids and the time that Microsoft appends.
pub fn without_trace(description: &str) -> &str {
    description.split("Trace ID:").next().unwrap_or(description).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(CODES.is_sorted_by_key(|entry| entry.0));
        for (code, status, _) in CODES {
            assert_eq!(known(code).unwrap().0, status);
        }
        assert!(known(1).is_none());
    }

    #[test]
    fn numbers_are_found_in_descriptions() {
        for (text, code) in [
            ("AADSTS50076: Due to a configuration change", Some(50076)),
            ("AADSTS7000215", Some(7_000_215)),
            ("Error: AADSTS: none, AADSTS65001.", Some(65001)),
            ("AADSTS99999999999999999999999999", None),
            ("aadsts50076", None),
            ("", None),
        ] {
            assert_eq!(code_in(text), code, "{text}");
        }
    }
}
