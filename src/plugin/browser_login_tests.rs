//! How a page is shown and an answer comes back, with a browser and a host that are made up. The listener is a real one.

use crate::error::{AuthError, Stage, Status};
use crate::options::{Event, EventKind, Reply};
use crate::os::opener::Started;
use crate::plugin::browser_okta_saml::BrowserOktaSaml;
use crate::plugin::browser_saml::BrowserSaml;
use crate::plugin::fixture::{Desk, NOW_MS, assertion};
use crate::plugin::{Plugin, Proof};
use crate::ports::browser::fake::{Runs, browser};
use crate::ports::prompt::fake::{Raised, person};
use crate::secret::{ExposeSecret, SecretString};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const URL: &str = "https://sso.example.com/app/redshift?x=1";

/// A port that is free.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Posts a response as a browser would, on a thread; the page is its result.
fn browse(port: u16, response: &SecretString) -> JoinHandle<String> {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLResponse", response.expose_secret())
        .finish();
    std::thread::spawn(move || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let length = body.len();
        let head = format!(
            "POST /redshift/ HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        );
        stream.write_all((head + &body).as_bytes()).unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        page
    })
}

struct Scene {
    desk: Desk,
    port: u16,
    runs: Runs,
}

impl Scene {
    /// `$BROWSER` names two programs, which end as `ended` says.
    fn new(more: &[(&str, &str)], ended: impl Fn(u16) -> Started + Send + Sync + 'static) -> Self {
        let port = free_port();
        let text = port.to_string();
        let pairs = [("login_url", URL), ("listen_port", text.as_str()), ("page_title", "Sales & more")];
        let mut desk = Desk::new(&[&pairs, more].concat(), []);
        desk.ports.env = crate::ports::env::Env::from_pairs([("BROWSER", "one:two")]);
        let (browser, runs) = browser(move |_| ended(port));
        desk.ports.browser = browser;
        Self { desk, port, runs }
    }

    fn with_person(mut self, answer: impl Fn(&Event) -> Reply + Send + Sync + 'static) -> (Self, Raised) {
        let (prompt, raised) = person(answer);
        self.desk.ports.prompt = prompt;
        (self, raised)
    }

    async fn prove(&self, plugin: &dyn Plugin) -> Result<String, AuthError> {
        self.desk.prove(plugin).await.map(|proof| match proof {
            Proof::SamlResponse(response) => response.expose_secret().to_owned(),
            Proof::NativeToken(token) => token.token.expose_secret().to_owned(),
            other => panic!("{other:?}"),
        })
    }

    fn runs(&self) -> usize {
        self.runs.lock().unwrap().len()
    }
}

fn kinds(raised: &Raised) -> Vec<EventKind> {
    raised.lock().unwrap().iter().map(|event| event.kind).collect()
}

#[tokio::test]
async fn the_system_browser_brings_the_answer_and_gets_its_page_when_the_login_has_ended() {
    let pages = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&pages);
    let good = assertion(Some(NOW_MS + 1000));
    let response = good.clone();
    let scene = Scene::new(&[], move |port| {
        kept.lock().unwrap().push(browse(port, &response));
        Started::Well
    });
    assert_eq!(scene.prove(&BrowserSaml).await.unwrap(), good.expose_secret());
    assert_eq!(scene.runs(), 1);
    let page = pages.lock().unwrap().remove(0);
    assert!(!page.is_finished(), "the login is not over");
    scene.desk.ports.held_page.release(Ok(())).await;
    let page = page.join().unwrap();
    assert!(page.contains("You are signed in") && page.contains("Sales &amp; more"), "{page}");
    assert!(!scene.desk.logged("", good.expose_secret()));
}

#[tokio::test]
async fn the_native_token_has_the_end_of_the_assertion() {
    let good = assertion(Some(NOW_MS + 1000));
    let response = good.clone();
    let scene = Scene::new(&[], move |port| {
        browse(port, &response);
        Started::Well
    });
    let Proof::NativeToken(token) = scene.desk.prove(&BrowserOktaSaml).await.unwrap() else { panic!("no token") };
    assert_eq!((token.idp_type.as_deref(), token.expires_at), (Some("Okta"), Some(NOW_MS + 1000)));
    assert_eq!((token.token.expose_secret(), token.token_type), (good.expose_secret(), None));
}

#[tokio::test]
async fn a_host_may_show_the_page_itself() {
    let good = assertion(None);
    let response = good.clone();
    let scene = Scene::new(&[], |_| panic!("not the system browser"));
    let port = scene.port;
    let (scene, raised) = scene.with_person(move |_| {
        browse(port, &response);
        Reply::Handled(None)
    });
    assert_eq!(scene.prove(&BrowserSaml).await.unwrap(), good.expose_secret());
    assert_eq!(kinds(&raised), [EventKind::OpenUrl]);
    let event = raised.lock().unwrap().remove(0);
    assert_eq!(event.url.as_deref(), Some(URL));
    assert!(event.text.contains("sso.example.com"), "{}", event.text);
}

#[tokio::test]
async fn a_host_that_aborts_ends_the_login() {
    let (scene, _) = Scene::new(&[], |_| panic!("not the system browser")).with_person(|_| Reply::Abort);
    assert_eq!(scene.prove(&BrowserSaml).await.unwrap_err().status(), Status::Cancelled);
}

#[tokio::test]
async fn without_a_browser_and_anybody_it_ends_at_once() {
    let scene = Scene::new(&[], |_| Started::Failed(3));
    let began = Instant::now();
    let error = scene.prove(&BrowserSaml).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!((error.status(), error.stage()), (Status::NoBrowser, Some(Stage::Browser)));
    assert!(error.message().contains("one failed (exit code 3), two failed"), "{error}");
    let hint = error.hint_text().unwrap();
    assert!(hint.contains("event callback") && hint.contains("browser_command") && hint.contains("plugin"), "{hint}");
    assert_eq!(scene.runs(), 2);
}

#[tokio::test]
async fn what_is_pasted_may_be_wrong_twice() {
    let good = assertion(None);
    for (wrong, succeeds) in [(0, true), (2, true), (3, false)] {
        let count = Mutex::new(0);
        let response = good.clone();
        let (scene, raised) = Scene::new(&[], |_| Started::Failed(1)).with_person(move |event| match event.kind {
            EventKind::PasteUrl => {
                let mut count = count.lock().unwrap();
                *count += 1;
                let text = if *count > wrong { response.expose_secret() } else { "what is this?" };
                Reply::Handled(Some(crate::secret::secret(text)))
            }
            _ => Reply::UseDefault,
        });
        let proved = scene.prove(&BrowserSaml).await;
        match proved {
            Ok(value) => assert!(succeeds && value == good.expose_secret()),
            Err(error) => assert!(!succeeds && error.status() == Status::IdpUnexpected, "{error}"),
        }
        let asked = kinds(&raised);
        assert_eq!(asked[0], EventKind::OpenUrl);
        assert_eq!(asked.len(), 1 + usize::min(wrong + 1, 3));
        let raised = raised.lock().unwrap();
        assert!(raised[1].text.contains("SAMLResponse") && raised[1].url.as_deref() == Some(URL));
        assert_eq!(wrong > 0, raised.last().unwrap().text.contains("did not do"));
    }
}

/// The host shows a text field; meanwhile the browser gets through after all.
#[tokio::test]
async fn a_paste_that_the_host_handles_without_a_text_waits_for_the_browser() {
    let good = assertion(None);
    let response = good.clone();
    let scene = Scene::new(&[], |_| Started::Failed(1));
    let port = scene.port;
    let (scene, _) = scene.with_person(move |event| match event.kind {
        EventKind::PasteUrl => {
            browse(port, &response);
            Reply::Handled(None)
        }
        _ => Reply::UseDefault,
    });
    assert_eq!(scene.prove(&BrowserSaml).await.unwrap(), good.expose_secret());
}

#[tokio::test]
async fn a_busy_port_and_a_wrong_url_are_found_before_anything_is_shown() {
    let scene = Scene::new(&[], |_| panic!("nothing is shown"));
    let _taken = TcpListener::bind(("127.0.0.1", scene.port)).unwrap();
    let error = scene.prove(&BrowserSaml).await.unwrap_err();
    assert_eq!(error.status(), Status::Listener);
    for url in ["https://sso.example.com/?a=b|c", "https://sso.example.com/'x'"] {
        let scene = Scene::new(&[("login_url", url)], |_| panic!("nothing is shown"));
        let error = scene.prove(&BrowserOktaSaml).await.unwrap_err();
        assert_eq!(error.status(), Status::InvalidSetting);
        assert!(error.message().starts_with("login_url holds a character"), "{error}");
    }
}

#[tokio::test]
async fn a_role_is_needed_for_aws_only() {
    let bare = "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
                xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\"><p:Status>\
                <p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></p:Status><a:Assertion>\
                <a:AttributeStatement/></a:Assertion></p:Response>";
    let bare = crate::secret::secret(base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bare));
    for (plugin, status) in [(&BrowserSaml as &dyn Plugin, Some(Status::AssertionInvalid)), (&BrowserOktaSaml, None)] {
        let response = bare.clone();
        let scene = Scene::new(&[], move |port| {
            browse(port, &response);
            Started::Well
        });
        assert_eq!(scene.prove(plugin).await.err().map(|error| error.status()), status);
    }
}
