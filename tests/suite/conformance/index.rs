//! Where each case is.

use super::{adfs, calls, entra, okta, profiles, saml, tokens};
use crate::docs::is_test;
use std::collections::BTreeSet;
use std::fs;

/// How many cases there are.
const CASES: u16 = 213;

enum Place {
    /// A row of a table here.
    Here,
    /// A row of the table of settings.
    PeerCases(&'static str),
    /// A test elsewhere, which has the case as it is.
    In(&'static str),
    DoesNotApply(&'static str),
}
use Place::{DoesNotApply, Here, In, PeerCases};

const TARGETS: Place = In("flows::targets::every_target_by_every_identity");
const NO_BOTO: &str = "the AWS SDK is built in: there is no older one";

/// First and last number, and where they are.
const INDEX: &[(u16, u16, Place)] = &[
    (1, 1, DoesNotApply("a name in a DSN is always text")),
    (2, 8, PeerCases("tls_modes")),
    (9, 9, PeerCases("a_cluster_is_found")),
    (10, 30, PeerCases("methods")),
    // A class that is imported there is a plugin of the host's own here.
    (31, 31, In("flows::host_plugin::keys_are_exchanged_and_kept")),
    (32, 32, In("capi::tests::reports_of_a_dsn_that_is_null_are_refused")),
    (33, 33, In("saml_plugins::adfs::certificates_count_unless_told_otherwise")),
    (34, 41, PeerCases("hosts")),
    (42, 46, PeerCases("other_hosts")),
    (47, 47, PeerCases("a_cluster_is_found")),
    (48, 50, PeerCases("other_hosts")),
    (51, 51, PeerCases("hosts")),
    (52, 52, PeerCases("other_hosts")),
    (53, 53, Here),
    (54, 62, TARGETS),
    (63, 65, Here),
    (66, 66, DoesNotApply("keys of any kind may ask any call, so there are no kinds to tell apart")),
    (67, 68, TARGETS),
    (69, 77, Here),
    (78, 79, TARGETS),
    (80, 80, In("aws_errors::refusals::what_the_provisioned_service_refuses")),
    (81, 81, In("network::connect::a_name_that_is_unknown")),
    (82, 82, In("aws_errors::retries::three_attempts_and_no_more")),
    (83, 84, DoesNotApply("the keys of the cache are hashes, which nobody reads")),
    (85, 85, In("cache::kept::a_second_call_is_served_without_a_request")),
    (86, 87, In("cache::kept::policies_and_settings_that_go_past_it")),
    (88, 88, In("cache::kept::a_second_call_is_served_without_a_request")),
    (89, 90, In("cache::kept::nothing_is_served_in_the_last_fifth_of_its_life_or_after_it")),
    (91, 91, In("saml_plugins::adfs::one_sign_in_for_many_databases")),
    (92, 92, In("cache::keys::a_cluster_of_the_same_name_in_another_region_is_another_one")),
    (93, 93, In("flows::auth_profile::its_members_lie_over_the_dsn")),
    (94, 94, Here),
    (95, 95, In("flows::auth_profile::what_stands_in_the_way_of_reading_it")),
    (96, 99, Here),
    (100, 100, DoesNotApply(NO_BOTO)),
    (101, 101, Here),
    (
        102,
        102,
        DoesNotApply("there is no object that holds keys and profile at once; the choice is that of PY-015 to 017"),
    ),
    (103, 103, TARGETS),
    (104, 104, In("flows::profiles::what_a_profile_lacks_is_said_before_anything_is_asked")),
    (105, 105, TARGETS),
    (106, 108, Here),
    (109, 109, In("saml_plugins::adfs::one_sign_in_for_many_databases")),
    (110, 110, In("conformance::saml::keys_past_their_end_are_replaced_once")),
    (111, 115, Here),
    (116, 117, In("saml_plugins::roles::what_the_provider_says_of_the_user")),
    (118, 121, Here),
    (122, 122, In("saml_plugins::roles::assertions_in_every_shape")),
    (123, 125, Here),
    (126, 126, In("saml_plugins::adfs::a_user_without_a_password_is_integrated_authentication_or_nothing")),
    (127, 134, Here),
    (135, 135, In("okta::settings::each_key_that_is_missing")),
    (136, 136, In("okta::settings::success_and_what_was_sent")),
    (137, 137, In("okta::states::answers_that_are_none_of_the_api")),
    (138, 138, Here),
    (139, 139, In("okta::settings::success_and_what_was_sent")),
    (140, 140, Here),
    (141, 141, In("okta::settings::success_and_what_was_sent")),
    (142, 142, Here),
    (143, 143, In("okta::network::nobody_listens")),
    (144, 144, In("azure::each_required_key")),
    (145, 145, In("azure::one_request_brings_the_assertion")),
    (146, 146, In("azure::nobody_listens_or_the_line_breaks")),
    (147, 148, In("azure::answers_that_are_none_of_microsofts")),
    (149, 152, In("plugin::entra::tests::the_host_is_that_of_the_partition")),
    (153, 153, DoesNotApply("a value in a DSN is always text")),
    (154, 154, Here),
    (155, 155, In("browser::oauth_standard::azure::each_required_key")),
    (156, 156, In("browser::oauth_standard::azure::a_login_that_cannot_end_opens_nothing")),
    (157, 157, In("browser::oauth_standard::azure::success_and_the_proof_of_the_code")),
    (158, 158, In("browser::azure::the_browser_gets_the_wire_of_the_odbc_driver_and_pkce")),
    // A state of somebody else's does not end the wait.
    (159, 159, In("browser::oauth_standard::azure::another_state_never_reaches_the_token_endpoint")),
    (160, 160, In("browser::oauth_standard::azure::a_busy_port_is_told_at_once")),
    (161, 161, In("browser::oauth_standard::azure::the_token_endpoint_is_not_reached")),
    (162, 162, In("browser::azure::the_browser_gets_the_wire_of_the_odbc_driver_and_pkce")),
    (163, 163, In("browser::azure::access_tokens_that_are_no_assertion")),
    // In the order of the ODBC driver.
    (164, 164, In("browser::azure::the_browser_gets_the_wire_of_the_odbc_driver_and_pkce")),
    (165, 165, In("browser::azure::the_host_is_that_of_the_partition_and_through_a_proxy")),
    (166, 166, In("browser::standard::saml::success_and_what_was_sent")),
    (167, 167, In("browser::standard::saml::the_required_key")),
    (168, 169, In("browser::standard::saml::a_login_that_cannot_end_opens_nothing")),
    (170, 170, In("browser::ports::a_busy_port_is_told_at_once")),
    (171, 171, In("browser::standard::saml::success_and_what_was_sent")),
    (172, 172, In("browser::oauth_standard::azure_oauth2::each_required_key")),
    (173, 173, In("browser::azure_oauth2::the_hosts_are_those_of_the_partition")),
    (174, 174, In("browser::azure_oauth2::the_hosts_are_those_of_the_partition")),
    (175, 175, In("browser::azure_oauth2::the_access_token_is_the_token_for_the_server")),
    (176, 176, In("browser::idc::the_usual_port_is_7890")),
    (177, 177, In("browser::oauth_standard::idc::each_required_key")),
    (178, 178, In("browser::idc::the_access_token_is_the_token_for_the_server")),
    (179, 179, In("browser::idc::what_register_client_refuses")),
    (
        180,
        181,
        DoesNotApply(
            "a client is registered for each sign-in: the driver's own cache never serves a second one either",
        ),
    ),
    (182, 182, In("browser::oauth_standard::idc::answers_that_are_none_of_a_token_endpoint")),
    (183, 184, In("browser::idc::the_access_token_is_the_token_for_the_server")),
    // 43 characters: 256 bits.
    (185, 185, In("browser::oauth_standard::idc::success_and_the_proof_of_the_code")),
    (186, 186, In("browser::idc::the_usual_port_is_7890")),
    (187, 188, In("plugin::browser_idc::tests::the_host_is_that_of_the_region")),
    (189, 189, In("browser::idc::what_is_no_region_is_told_before_anything_is_sent")),
    (190, 190, In("browser::oauth_standard::idc::another_state_never_reaches_the_token_endpoint")),
    (191, 191, In("browser::idc::what_else_stands_in_the_address_does_not_matter")),
    (192, 192, In("browser::idc::a_token_that_is_not_there_yet_is_asked_for_again")),
    (193, 194, Here),
    (195, 195, In("tokens::identity_center::without_a_host_it_is_found")),
    (196, 196, In("tokens::idp_token::half_of_a_way_names_the_other_half")),
    (197, 197, In("tokens::idp_token::both_ways_at_once_are_refused")),
    (198, 198, In("tokens::identity_center::a_cluster_by_its_host")),
    (199, 199, In("tokens::identity_center::a_workgroup_by_its_host")),
    (200, 200, In("tokens::identity_center::explicit_keys_win_over_the_host")),
    (201, 201, In("tokens::identity_center::a_cluster_by_its_host")),
    (202, 202, In("tokens::identity_center::without_a_region_nothing_is_asked")),
    (203, 204, In("tokens::identity_center::the_api_knows_no_custom_domain")),
    (205, 205, In("tokens::native::it_is_handed_on_as_it_is")),
    (206, 206, In("tokens::identity_center::every_call_fetches_a_new_one")),
    (207, 207, In("tokens::identity_center::keys_that_aws_refuses")),
    (208, 208, In("tokens::identity_center::answers_that_hold_no_token")),
    (209, 209, In("tokens::identity_center::a_cluster_by_its_host")),
    (210, 211, Here),
    (212, 212, In("tokens::native::it_is_handed_on_as_it_is")),
    (213, 213, DoesNotApply("numbers inside that driver; the kinds of results here stand in rs_auth.h")),
];

fn name(number: u16) -> String {
    format!("PY-{number:03}")
}

/// The ids of all rows here.
fn rows() -> BTreeSet<&'static str> {
    let tables = [
        adfs::cases(),
        calls::cases(),
        entra::cases(),
        okta::cases(),
        profiles::cases(),
        saml::cases(),
        tokens::cases(),
    ];
    tables.iter().flatten().map(|case| case.id).collect()
}

#[test]
fn every_case_has_its_place() {
    let all: Vec<u16> = INDEX.iter().flat_map(|(first, last, _)| *first..=*last).collect();
    assert_eq!(all, (1..=CASES).collect::<Vec<_>>(), "each once, in order");
    let rows = rows();
    let settings = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/dsn/peer_cases.rs")).unwrap();
    for (first, last, place) in INDEX {
        for id in (*first..=*last).map(name) {
            let is_row = rows.contains(id.as_str());
            assert_eq!(is_row, matches!(place, Here), "{id}: a row here, or not");
            match place {
                Here => {}
                PeerCases(test) => {
                    let body = settings.split(&format!("fn {test}()")).nth(1).unwrap_or_else(|| panic!("{id}: {test}"));
                    assert!(body.split("\n}\n").next().unwrap().contains(&id), "{id} is not in {test}");
                }
                In(test) => assert!(is_test(test), "{id}: there is no test {test}"),
                DoesNotApply(why) => assert!(!why.is_empty(), "{id}"),
            }
        }
    }
    let numbers: BTreeSet<_> = (1..=CASES).map(name).collect();
    assert!(rows.iter().all(|id| numbers.contains(*id)), "{rows:?}");
}
