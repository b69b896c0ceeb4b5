//! Pages in the shapes that AD FS, PingFederate and Okta give them, and the corners of HTML that they sit in.

use super::*;
use crate::secret::ExposeSecret;

/// A sign-in page of AD FS with the second form that many deployments have (peers' fixture).
const ADFS: &str = r#"<!DOCTYPE html><html><head><title>
    Sign In </title><style>body { margin: 0 } /* <form action="/css"> */ .x>{}</style>
  <script>if (a < b) { document.write("<form id='js'><input type=password name=js>"); }</script></head>
  <body><!-- <form id="old" action="/old"><input type="password" name="old"></form> -->
  <noscript><img height=1 {currency: 'x'} "= src=x></noscript>
  <form method="post" id="loginForm" autocomplete="off" onKeyPress="if (event && event.keyCode == 13) Login.submit();"
        action="/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices3&client-request-id=1234">
    <div id="error" class="fieldMargin error"><span id="errorText" for="" role="alert"></span></div>
    <input id="userNameInput" name="UserName" type="email" value="" tabindex="1"/>
    <input id="passwordInput" name="Password" type="password" tabindex="2"/>
    <input type="checkbox" name="Kmsi" id="kmsiInput" value="true"/>
    <span id="submitButton" class="submit" role="button">Sign in</span>
    <input id="optionForms" type="hidden" name="AuthMethod" value="FormsAuthentication"/>
  </form>
  <form id="options" method="post" action="https://other.example.com/adfs/ls/">
    <input id="optionSelection" type="hidden" name="AuthMethod"/>
    <input id="userNameInputOptionsHolder" name="UserName" value="" type="hidden"/>
  </form></body></html>"#;

const PING: &str = r#"<html><head><base href="https://sso.example.com/"/><title>Sign On</title></head><body>
  <div class="ping-container"><form method="POST" action="/idp/x/resumeSAML20/idp/startSSO.ping" name="pf">
    <div class="ping-messages"><div class="ping-error">We didn&#39;t recognize the username or
      password you entered.<br/>Please try again.</div></div>
    <input type=hidden name="pf.userType" value=""><input type=checkbox name="rememberUsername" disabled>
    <input id="username" type="text" size="36" name="pf.username" value="" autocorrect="off"/>
    <input id="password" type="password" size="36" name="pf.pass" onKeyPress="return postOnReturn(event)"/>
    <input type="hidden" name="pf.ok" value=""/><input type="hidden" name="pf.cancel" value=""/>
    <input type="submit" name="login-button" value="Log in"><button name=b value=1>x</button>
    <input type=image name=i value=1><input type=reset name=r value=1><input type=button name=bb value=1>
    <input type=file name=f value=1>
  </form></body></html>"#;

fn page(html: &str) -> Page {
    read(html.as_bytes())
}

fn shown(fields: &Fields) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect()
}

fn filled(html: &str) -> Vec<(String, String)> {
    let page = page(html);
    let form = page.password_form().expect("a form with a password");
    let fields = form.fill("me", &secret("pw")).unwrap();
    shown(&fields).into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// PY-128, PY-129, PY-133, PY-134.
#[test]
fn adfs_sign_in() {
    let page = page(ADFS);
    let form = page.password_form().unwrap();
    assert_eq!(page.title(), Some("Sign In"));
    assert_eq!(page.form_names(), ["loginForm", "options"]);
    assert_eq!(page.notice(), None);
    assert_eq!((form.user_field(), form.password_field()), (Some("UserName"), Some("Password")));
    let expected = [("UserName", "me"), ("Password", "pw"), ("Kmsi", "true"), ("AuthMethod", "FormsAuthentication")];
    assert_eq!(filled(ADFS), pairs(&expected));
    let url = url::Url::parse("https://example.com/adfs/ls/IdpInitiatedSignOn.aspx").unwrap();
    assert_eq!(
        form.target(&url).unwrap().as_str(),
        "https://example.com/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=urn:amazon:webservices3&client-request-id=1234"
    );
}

#[test]
fn ping_sign_in() {
    let page = page(PING);
    assert_eq!(page.form_names(), ["pf"]);
    assert_eq!(page.notice(), Some("We didn't recognize the username or password you entered. Please try again."));
    let expected = [("pf.userType", ""), ("pf.username", "me"), ("pf.pass", "pw"), ("pf.ok", ""), ("pf.cancel", "")];
    assert_eq!(filled(PING), pairs(&expected));
}

/// PY-132, PY-133, PY-141, PY-142: the value, wherever and however it stands.
#[test]
fn the_response_is_found() {
    for html in [
        "<form method=post action='https://signin.aws.amazon.com/saml'><input type=\"hidden\"\n name=\"SAMLResponse\"\n\
         value=\"dummy_value\"/><noscript><input type=submit value=Go></noscript></form>",
        "<input name='SAMLResponse' type=hidden value='dummy_value'/><input name='RelayState' value=''/>",
        "<INPUT VALUE=dummy_value TYPE=hidden NAME=SAMLResponse>",
        "<form><input name=SAMLResponse value=''></form><input name=SAMLResponse value=dummy_value><form>\
         <input name=SAMLResponse value=other></form>",
        "<noscript><input name=SAMLResponse value=dummy_value></noscript>",
        "<form><input name=SAMLResponse value=dummy_v&#97;lue",
        "<form><input name=SAMLResponse value=dummy_v&#97;lue>",
        "<input name=SAMLResponse value=dummy_v&#x61;lue disabled>",
    ] {
        let expected = html.ends_with('>').then_some("dummy_value");
        let page = page(html);
        assert_eq!(page.value("SAMLResponse").as_ref().map(ExposeSecret::expose_secret), expected, "{html}");
    }
    // Okta writes + and = as entities.
    let okta = page("<input name='SAMLResponse' type='hidden' value='PHNhbWw&#x2b;Cg&#x3d;&#x3d;'/>");
    assert_eq!(okta.value("SAMLResponse").unwrap().expose_secret(), "PHNhbWw+Cg==");
    for html in [
        "",
        "<html></html>",
        "<input name=RelayState value=x>",
        "<input name=SAMLResponse value=' '>",
        "<input name=samlresponse value=x>",
        "<!-- <input name=SAMLResponse value=x> -->",
        "<script><input name=SAMLResponse value=x></script>",
        "<style><input name=SAMLResponse value=x></style>",
        "<template><input name=SAMLResponse value=x></template>",
        "<textarea><input name=SAMLResponse value=x></textarea>",
        "<title><input name=SAMLResponse value=x></title>",
        "<iframe><input name=SAMLResponse value=x></iframe>",
        "<a title='<input name=SAMLResponse value=x>'>",
    ] {
        assert!(page(html).value("SAMLResponse").is_none(), "{html}");
    }
}

#[test]
fn fields_are_sent_as_from_a_browser() {
    for (html, expected) in [
        ("<input name=user><input type=password name=p>", &[("user", "me"), ("p", "pw")][..]),
        ("<form><input id=UserInput name=x><input type=password name=p>", &[("x", "me"), ("p", "pw")]),
        ("<form><input type=tel name=eMail_addr><input type=password name=p>", &[("eMail_addr", "me"), ("p", "pw")]),
        ("<form><input type=nonsense name=user><input type=PASSWORD name=p>", &[("user", "me"), ("p", "pw")]),
        // An empty hidden field of the same name in front does not take the user's place.
        (
            "<form><input type=hidden name=USER value=x><input name=user><input type=password name=p>",
            &[("user", "me"), ("p", "pw")],
        ),
        // The first of a name.
        (
            "<form><input type=email name=e><input type=password name=p><input name=a value=1><input name=A value=2>",
            &[("e", "me"), ("p", "pw"), ("a", "1")],
        ),
        // Disabled ones, by themselves and by their fieldset, and what is in a template.
        (
            "<form><input type=email name=e><input type=password name=p><input name=a disabled value=1>\
             <fieldset disabled><fieldset></fieldset><input name=b></fieldset><input name=c value=2>\
             <template><input name=d></template>",
            &[("e", "me"), ("p", "pw"), ("c", "2")],
        ),
        // A disabled password field is none.
        (
            "<form><input type=email name=e><input type=password name=old disabled><input type=password name=p>",
            &[("e", "me"), ("p", "pw")],
        ),
        (
            "<form><input type=email name=e><input type=password name=p><input type=checkbox name=c>\
             <input type=radio name=r value=1><input type=radio name=r value=2 checked>",
            &[("e", "me"), ("p", "pw"), ("c", "on"), ("r", "2")],
        ),
        (
            "<form><input type=email name=e><input type=password name=p><select name=s><option disabled>a<option> b  c \
             </option></select><select name=t><optgroup><option value=1><option value=2 selected>x</optgroup></select>\
             <select name=u multiple><option>1</select><select name=v multiple><option>1<option selected>2</select>",
            &[("e", "me"), ("p", "pw"), ("s", "b c"), ("t", "2"), ("v", "2")],
        ),
        (
            "<form><input type=email name=e><input type=password name=p><textarea name=t>\n\nx &amp; <b>\n</textarea>\
             <input type=hidden name=h value='a\nb'>",
            &[("e", "me"), ("p", "pw"), ("t", "\r\nx & <b>\r\n"), ("h", "a\r\nb")],
        ),
        // Other forms: in front, behind, nested (no form of its own), and by the attribute `form`.
        (
            "<form id=a><input name=x></form><form id=b><input name=user><form id=c><input type=password name=p></form>\
             <input name=loose><form id=d><input name=y><input name=z form=b value=1><input name=w form=none></form>",
            &[("user", "me"), ("p", "pw"), ("z", "1")],
        ),
        // Unclosed, with tags that do not match.
        (
            "<table><form action=x><tr></div><td><input name=user></table><p><input type=password name=p></b></form>\
             <input name=out>",
            &[("user", "me"), ("p", "pw")],
        ),
        // Attributes given twice, without values, without blanks between them.
        (
            "<form><input name=user name=other value='a'value=b><input/type='password'/name=\"p\"/><input value name=q>",
            &[("user", "me"), ("p", "pw"), ("q", "")],
        ),
    ] {
        assert_eq!(filled(html), pairs(expected), "{html}");
    }
}

#[test]
fn what_cannot_be_filled_is_named() {
    for (html, told) in [
        ("<form id=f><input type=password name=p>", "'f' has no user field"),
        ("<form><input type=hidden name=user value=x><input type=password name=p>", "'unnamed' has no user field"),
        ("<form><input type=checkbox name=user><input type=password name=p>", "has no user field"),
        ("<form><input name=user disabled><input type=password name=p>", "has no user field"),
        ("<form><input id=user><input type=password name=p>", "has no user field"),
        (
            "<form name=n><input name=user><input type=password name=p><input type=password name=q>",
            "'n' asks for two passwords, 'p' and 'q'",
        ),
    ] {
        let page = page(html);
        let error = page.password_form().unwrap().fill("me", &secret("pw")).unwrap_err();
        assert!(error.message().contains(told), "{html}: {}", error.message());
        assert!(error.hint_text().is_some());
    }
    let without = page("<form><input name=user>");
    assert!(without.password_form().is_none());
    let error = without.forms()[0].fill("me", &secret("pw")).unwrap_err();
    assert!(error.message().contains("no password field"), "{}", error.message());
}

#[test]
fn a_form_for_scripts_is_sent_as_it_is() {
    let page =
        page("<form action=next><input type=hidden name=wa value=1><input type=hidden name=ctx value='a&amp;b'>");
    assert_eq!(shown(&page.forms()[0].fields()), [("wa", "1"), ("ctx", "a&b")]);
}

#[test]
fn notices_say_what_went_wrong() {
    for (html, expected) in [
        ("<span id=errorText>Incorrect user ID or password.</span>", Some("Incorrect user ID or password.")),
        ("<label id='errorText' for=''></label><p role=alert>Other</p>", Some("Other")),
        ("<p role=ALERT>Alert</p><div id=errorMessage>Known <b>one</b></div>", Some("Known one")),
        ("<div id=error><div>a</div><script>x<y</script><div>b</div></div>c", Some("a b")),
        ("<div class='x ping-error y'>a&nbsp;&amp; b", Some("a & b")),
        ("<div id=error>\n</div><div id=error>second</div>", Some("second")),
        ("<noscript><p role=alert>Scripts are off</p></noscript>", None),
        ("<template><p role=alert>Never shown</p></template>", None),
        ("<input role=alert value=x>text", None),
        ("<p>text</p>", None),
    ] {
        assert_eq!(page(html).notice(), expected, "{html}");
    }
    let long = page(&format!("<p role=alert>password=hunter2 {}</p>", "é ".repeat(5000)));
    let notice = long.notice().unwrap();
    assert!(!notice.contains("hunter2") && notice.chars().count() <= 201, "{notice}");
}

#[test]
fn neither_debug_nor_names_tell_values() {
    let html =
        "<title>T</title><form id=f><input name=SAMLResponse value=canary><input type=password name=p value=canary>";
    let page = page(html);
    let debug = format!("{page:?}");
    assert!(debug.contains("SAMLResponse") && debug.contains("\"T\""), "{debug}");
    let fields = format!("{:?}", page.forms()[0].fields());
    assert!(fields.contains("SAMLResponse"));
    assert!(!debug.contains("canary") && !fields.contains("canary"));
}
