//! The shapes of pages, as they are written. That they mean the same is asked of an HTML parser in `python/tests/test_sandbox_identity.py`.

use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::{ActionStyle, AttributeOrder, PageShape, Quoting};

use crate::browser::{Browser, form};
use crate::common::authority;

const PAGES: [&str; 2] = [
    "/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices",
    "/idp/startSSO.ping?PartnerSpId=urn:amazon:webservices",
];

/// The sign-in pages of AD FS and of PingFederate in that shape.
fn written(sandbox: &Sandbox, shape: PageShape) -> [String; 2] {
    sandbox.with_world(|world| world.identity_pages.page = shape);
    PAGES.map(|page| Browser::new(sandbox).get(page).text())
}

/// That both pages hold such text, and do not in the default shape.
#[track_caller]
fn assert_holds(sandbox: &Sandbox, shape: &PageShape, texts: [&str; 2]) {
    let (plain, shaped) = (written(sandbox, PageShape::default()), written(sandbox, shape.clone()));
    for ((plain, shaped), text) in plain.iter().zip(&shaped).zip(texts) {
        assert!(shaped.contains(text), "{text} in {shaped}");
        assert!(!plain.contains(text), "{text} in {plain}");
    }
}

#[test]
fn tags_and_attributes_are_written_as_asked() {
    let sandbox = Sandbox::start();
    let plain = PageShape::default;
    assert_holds(
        &sandbox,
        &PageShape { quoting: Quoting::Single, ..plain() },
        ["name='UserName'", "name='pf.username'"],
    );
    assert_holds(&sandbox, &PageShape { quoting: Quoting::None, ..plain() }, ["name=UserName ", "name=pf.username "]);
    let value_first = PageShape { attribute_order: AttributeOrder::ValueFirst, ..plain() };
    assert_holds(
        &sandbox,
        &value_first,
        ["<input value=\"\" id=\"userNameInput\"", "<input value=\"\" id=\"username\""],
    );
    let upper = PageShape { upper_case_tags: true, ..plain() };
    assert_holds(
        &sandbox,
        &upper,
        ["<INPUT TYPE=\"email\" NAME=\"UserName\"", "<INPUT TYPE=\"text\" NAME=\"pf.username\""],
    );
    // Of AD FS' own values only the response has anything to write so.
    let ping = &written(&sandbox, PageShape { entities_in_values: true, ..plain() })[1];
    assert!(ping.contains("name=\"pf&#46;username\""), "{ping}");
    let across = PageShape { across_lines: true, ..plain() };
    assert_holds(&sandbox, &across, ["\n    name=\"UserName\"\n", "\n    name=\"pf.username\"\n"]);
    let several = PageShape { several_forms: true, ..plain() };
    assert_holds(&sandbox, &several, ["<form method=\"post\" id=\"options\""; 2]);
    assert_holds(
        &sandbox,
        &several,
        ["<input type=\"hidden\" name=\"AuthMethod\" id=\"optionSelection\">", "name=\"q\""],
    );
    assert_holds(&sandbox, &PageShape { css_braces: true, ..plain() }, ["<form id='trap'"; 2]);
    let based = PageShape { base_href: Some("/else/where/".to_owned()), ..plain() };
    assert_holds(&sandbox, &based, ["<base href=\"/else/where/\">"; 2]);
}

#[test]
fn the_action_is_written_as_asked() {
    let sandbox = Sandbox::start();
    let host = authority(&sandbox.https_url()).to_owned();
    let action = |action, entities_in_action, base_href: Option<&str>| {
        let base_href = base_href.map(str::to_owned);
        let shape = PageShape { action, entities_in_action, base_href, ..PageShape::default() };
        sandbox.with_world(|world| world.identity_pages.page = shape);
        PAGES.map(|page| form(&Browser::new(&sandbox).get(page)).action)
    };
    let begins = |actions: [String; 2], adfs: &str, ping: &str| {
        for (action, expected) in actions.iter().zip([adfs, ping]) {
            assert!(action.starts_with(expected), "{action} with {expected}");
        }
    };
    begins(action(ActionStyle::RootRelative, false, None), PAGES[0], "/idp/");
    let absolute = format!("https://{host}");
    begins(action(ActionStyle::Absolute, false, None), &format!("{absolute}{}", PAGES[0]), &format!("{absolute}/idp/"));
    let [adfs, ping] = action(ActionStyle::Relative, false, None);
    assert!(adfs.starts_with("IdpInitiatedSignOn.aspx?"), "{adfs}");
    assert!(ping.ends_with("/resumeSAML20/idp/startSSO.ping") && !ping.starts_with('/'), "{ping}");
    let based = action(ActionStyle::Relative, false, Some("https://127.0.0.1/else/where/"));
    begins(based, "../../adfs/ls/", "../../idp/");
    begins(
        action(ActionStyle::OtherHost, false, None),
        "https://login.example.com/adfs/",
        "https://login.example.com/idp/",
    );
    let plain = format!("http://{host}");
    begins(action(ActionStyle::PlainHttp, false, None), &format!("{plain}/adfs/"), &format!("{plain}/idp/"));
    let page =
        |entities_in_action| written(&sandbox, PageShape { entities_in_action, ..PageShape::default() })[0].clone();
    assert!(page(false).contains("&client-request-id="));
    assert!(page(true).contains("&amp;client-request-id="));
    let absent = written(&sandbox, PageShape { action: ActionStyle::Absent, ..PageShape::default() });
    assert!(absent.iter().all(|page| page.contains("<form") && !page.contains("action=")), "{absent:?}");
}
