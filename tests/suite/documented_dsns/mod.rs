//! Every DSN in the documentation logs in, as it stands there.
//!
//! A proxy of the sandbox leads all host names to its stand-ins, with certificates for these names; the world has the people,
//! roles, clusters and applications that the pages speak of ([`world`]). Whatever a page spells differently from that world is
//! refused. What cannot stand on a page, such as a SAML response of this minute, is in the one table of [`stand_in`].
//!
//! The word after the language of a block says what it is, and the next one which plugin it promises:
//! `ini dsn ADFS` a section of odbc.ini, `text dsn ADFS` a connection string, `text jdbc ADFS` a URL, `text requests` what is
//! asked for the DSN above (`RS_AUTH_BLESS=1 cargo test -p rs-auth --test suite documented_dsns` writes these anew), and
//! `ini file=~/.aws/config` a file that the DSNs of its page need.

mod block;
mod page;
mod pairs;
mod requests;
mod run;
mod stand_in;
mod world;

use block::Kind;
use page::Page;
use std::collections::BTreeSet;
use std::ffi::CStr;
use std::sync::Mutex;

/// All pages: those of the identity providers hold nothing else, the others are read for what is marked.
fn pages() -> Vec<Page> {
    let pages = page::all();
    assert!(pages.iter().filter(|page| page.is_of_provider()).count() > 10);
    pages
}

#[test]
fn every_dsn_logs_in_with_the_requests_that_its_page_names() {
    let waiting: Mutex<Vec<Page>> = Mutex::new(pages());
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(page) = waiting.lock().unwrap().pop() else { break };
                    let found = page.try_all();
                    faults.lock().unwrap().extend(found);
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_page_of_a_provider_has_a_dsn_and_nothing_unmarked() {
    for page in pages().iter().filter(|page| page.is_of_provider()) {
        assert!(page.dsns().count() > 0, "{} has no DSN", page.path);
        for block in &page.blocks {
            assert_ne!(block.kind, Kind::Other, "{}:{}: what is this block?", page.path, block.line);
        }
        let policies = page.blocks.iter().filter(|block| block.kind == Kind::Json);
        for policy in policies {
            let read: Result<serde_json::Value, _> = serde_json::from_str(&policy.text);
            assert!(read.is_ok(), "{}:{}: {read:?}", page.path, policy.line);
        }
    }
}

/// Whoever has a provider begins at the index.
#[test]
fn the_index_leads_to_every_page() {
    let pages = pages();
    let index = pages.iter().find(|page| page.path == "docs/providers/index.md").expect("an index");
    let names = pages.iter().filter(|page| page.is_of_provider()).map(|page| page.path.rsplit_once('/').unwrap().1);
    for name in names.filter(|name| *name != "index.md") {
        assert!(index.text.contains(&format!("({name}")), "{name} is not in the index");
    }
}

#[test]
fn every_plugin_has_a_dsn_and_its_requests() {
    let pages = pages();
    let promised = |with_requests: bool| -> BTreeSet<String> {
        let dsns = pages.iter().filter(|page| page.is_of_provider()).flat_map(Page::dsns);
        let dsns = dsns.filter(|dsn| !with_requests || dsn.requests.is_some());
        dsns.map(|dsn| dsn.plugin.clone()).collect()
    };
    let names: BTreeSet<String> = (0..rs_auth::capi::rs_auth_plugin_count())
        .map(|index| {
            // SAFETY: a static string.
            let name = unsafe { CStr::from_ptr(rs_auth::capi::rs_auth_plugin_name(index)) };
            name.to_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(promised(false), names);
    assert_eq!(promised(true), names);
}

#[test]
fn every_stand_in_is_needed() {
    let text: String = pages().iter().map(|page| page.text.as_str()).collect();
    for placeholder in stand_in::placeholders() {
        assert!(text.contains(placeholder), "{placeholder} is in no page");
    }
}

/// The control: a DSN with a fault does not pass.
#[test]
fn a_page_that_is_wrong_is_told() {
    let dsn = "[sales]\nplugin_name=Ping\nServer=sales.abc123xyz789.eu-west-1.redshift.amazonaws.com\nDatabase=dev\n\
               idp_host=ping.example.com\nUID=alice@example.com\nPWD=correct horse\n";
    let page = |info: &str, dsn: &str| Page::read("docs/providers/x.md", &format!("```{info}\n{dsn}```\n"));
    let faults = |info: &str, dsn: &str| page(info, dsn).try_all().join("\n");
    assert_eq!(faults("ini dsn Ping", dsn), "");
    for (info, dsn, part) in [
        ("ini dsn ADFS", dsn.to_owned(), "promises ADFS"),
        ("ini dsn Ping", dsn.replace("idp_host", "idp_hots"), "idp_hots"),
        ("ini dsn Ping", dsn.replace("correct horse", "wrong horse"), "refused user or password"),
        ("ini dsn Ping", format!("{dsn}ClusterId=other\n"), "ClusterId is"),
        ("ini dsn Ping", dsn.replace("sales.abc", "tales.abc"), "ClusterNotFound"),
    ] {
        let told = faults(info, &dsn);
        assert!(told.contains(part), "{part:?} in {told:?}");
    }
    let unasked = format!("```ini dsn Ping\n{dsn}```\n```text requests\nGET https://example.com/\n```\n");
    let told = Page::read("docs/providers/x.md", &unasked).try_all().join("\n");
    assert!(told.contains("are not current") || std::env::var_os("RS_AUTH_BLESS").is_some(), "{told:?}");
}
