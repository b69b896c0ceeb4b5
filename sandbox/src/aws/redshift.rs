//! Amazon Redshift, the provisioned API, version 2012-12-01.

use crate::aws::errors::{AwsError, REDSHIFT_NAMESPACE};
use crate::aws::query::{Ask, Kind, Operation, Parameters, QueryApi, element, optional, required};
use crate::aws::{database_lifetime, database_password};
use crate::clock::iso;
use crate::http::{Answer, Request};
use crate::random;
use crate::service::{Call, Service};
use crate::shared::Shared;
use crate::world::{AuthenticationProfile, Cluster, World};

/// The stand-in.
pub(crate) struct Redshift;

impl Service for Redshift {
    fn recognise(&self, request: &Request, _: &Shared) -> Option<Call> {
        API.recognise(request)
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        API.answer(request, call, shared)
    }
}

static API: QueryApi = QueryApi {
    service: "redshift",
    version: "2012-12-01",
    namespace: REDSHIFT_NAMESPACE,
    operations: &[
        Operation {
            name: "GetClusterCredentials",
            rules: &[
                required("DbUser"),
                optional("DbName", Kind::Text),
                optional("ClusterIdentifier", Kind::Text),
                optional("CustomDomainName", Kind::Text),
                optional("DurationSeconds", Kind::Number),
                optional("AutoCreate", Kind::Boolean),
                optional("DbGroups", Kind::List("DbGroup")),
            ],
            signed: true,
            run: get_cluster_credentials,
        },
        Operation {
            name: "GetClusterCredentialsWithIAM",
            rules: &[
                optional("DbName", Kind::Text),
                optional("ClusterIdentifier", Kind::Text),
                optional("CustomDomainName", Kind::Text),
                optional("DurationSeconds", Kind::Number),
            ],
            signed: true,
            run: get_cluster_credentials_with_iam,
        },
        Operation {
            name: "DescribeClusters",
            rules: &[
                optional("ClusterIdentifier", Kind::Text),
                optional("MaxRecords", Kind::Number),
                optional("Marker", Kind::Text),
                optional("TagKeys", Kind::List("TagKey")),
                optional("TagValues", Kind::List("TagValue")),
            ],
            signed: true,
            run: describe_clusters,
        },
        Operation {
            name: "DescribeAuthenticationProfiles",
            rules: &[optional("AuthenticationProfileName", Kind::Text)],
            signed: true,
            run: describe_authentication_profiles,
        },
        Operation {
            name: "DescribeCustomDomainAssociations",
            rules: &[
                optional("CustomDomainName", Kind::Text),
                optional("CustomDomainCertificateArn", Kind::Text),
                optional("MaxRecords", Kind::Number),
                optional("Marker", Kind::Text),
            ],
            signed: true,
            run: describe_custom_domain_associations,
        },
        Operation {
            name: "GetIdentityCenterAuthToken",
            rules: &[crate::aws::query::Rule {
                name: "ClusterIds",
                kind: Kind::List("ClusterIdentifier"),
                required: true,
            }],
            signed: true,
            run: get_identity_center_auth_token,
        },
    ],
    missing: |name| AwsError::new(400, "MissingParameter", format!("The request must contain the parameter {name}.")),
    malformed: |name, value| {
        AwsError::new(400, "MalformedInput", format!("Value {value} at {name} is of the wrong type."))
    },
};

fn get_cluster_credentials(parameters: &Parameters, ask: &mut Ask<'_>) -> Result<String, AwsError> {
    let user = parameters.required("DbUser");
    check_user_name(user)?;
    let groups = parameters.list("DbGroups");
    if groups.iter().any(String::is_empty) {
        return Err(invalid("DbGroups must not hold an empty name"));
    }
    let lifetime = database_lifetime(parameters.number("DurationSeconds"), invalid)?;
    let cluster = chosen_cluster(parameters, ask)?.id.clone();
    ask.authorize("redshift:GetClusterCredentials", &arn(ask, "dbuser", &format!("{cluster}/{user}")))?;
    if parameters.boolean("AutoCreate") {
        ask.authorize("redshift:CreateClusterUser", &arn(ask, "dbuser", &format!("{cluster}/{user}")))?;
    }
    for group in groups {
        ask.authorize("redshift:JoinGroup", &arn(ask, "dbgroup", &format!("{cluster}/{group}")))?;
    }
    // The server reads the prefix: IAMA lets it create the user.
    let prefix = if parameters.boolean("AutoCreate") { "IAMA" } else { "IAM" };
    Ok([
        element("DbUser", &format!("{prefix}:{user}")),
        element("DbPassword", &database_password(ask.world)),
        element("Expiration", &iso(ask.world.now() + lifetime)),
    ]
    .concat())
}

fn get_cluster_credentials_with_iam(parameters: &Parameters, ask: &mut Ask<'_>) -> Result<String, AwsError> {
    let lifetime = database_lifetime(parameters.number("DurationSeconds"), invalid)?;
    let cluster = chosen_cluster(parameters, ask)?.id.clone();
    let database = parameters.text("DbName").unwrap_or("dev");
    ask.authorize("redshift:GetClusterCredentialsWithIAM", &arn(ask, "dbname", &format!("{cluster}/{database}")))?;
    let now = ask.world.now();
    Ok([
        element("DbUser", &ask.caller()?.principal.database_user()),
        element("DbPassword", &database_password(ask.world)),
        element("Expiration", &iso(now + lifetime)),
        element("NextRefreshTime", &iso(now + lifetime / 2)),
    ]
    .concat())
}

fn describe_clusters(parameters: &Parameters, ask: &mut Ask<'_>) -> Result<String, AwsError> {
    let wanted = parameters.text("ClusterIdentifier");
    ask.authorize("redshift:DescribeClusters", &arn(ask, "cluster", wanted.unwrap_or("*")))?;
    if let Some(id) = wanted
        && ask.world.cluster(&ask.region, id).is_none()
    {
        return Err(cluster_not_found(id));
    }
    let clusters: String = ask
        .world
        .clusters
        .iter()
        .filter(|cluster| cluster.region == ask.region && wanted.is_none_or(|id| id == cluster.id))
        .map(cluster_element)
        .collect();
    Ok(format!("<Clusters>\n{clusters}</Clusters>\n"))
}

fn cluster_element(cluster: &Cluster) -> String {
    let endpoint = if cluster.status == "creating" {
        String::new()
    } else {
        let inside = [element("Address", &cluster.host), element("Port", &cluster.port.to_string())].concat();
        format!("<Endpoint>\n{inside}</Endpoint>\n")
    };
    let availability = if cluster.status == "creating" { "Modifying" } else { "Available" };
    format!(
        "<Cluster>\n{}{}{}{}{}{}{endpoint}</Cluster>\n",
        element("ClusterIdentifier", &cluster.id),
        element("NodeType", "ra3.large"),
        element("ClusterStatus", &cluster.status),
        element("ClusterAvailabilityStatus", availability),
        element("MasterUsername", "awsuser"),
        element("DBName", "dev"),
    )
}

fn describe_authentication_profiles(parameters: &Parameters, ask: &mut Ask<'_>) -> Result<String, AwsError> {
    let wanted = parameters.text("AuthenticationProfileName");
    ask.authorize(
        "redshift:DescribeAuthenticationProfiles",
        &arn(ask, "authenticationprofile", wanted.unwrap_or("*")),
    )?;
    let profiles =
        ask.world.authentication_profiles.iter().filter(|profile| wanted.is_none_or(|name| name == profile.name));
    let member = |profile: &AuthenticationProfile| {
        let name = element("AuthenticationProfileName", &profile.name);
        ["<member>\n", &name, &element("AuthenticationProfileContent", &profile.content), "</member>\n"].concat()
    };
    let members: String = profiles.map(member).collect();
    match wanted {
        Some(name) if members.is_empty() => Err(AwsError::new(
            404,
            "AuthenticationProfileNotFoundFault",
            format!("Authentication profile {name} not found."),
        )),
        _ => Ok(format!("<AuthenticationProfiles>\n{members}</AuthenticationProfiles>\n")),
    }
}

fn describe_custom_domain_associations(parameters: &Parameters, ask: &mut Ask<'_>) -> Result<String, AwsError> {
    let wanted = parameters.text("CustomDomainName");
    ask.authorize("redshift:DescribeCustomDomainAssociations", &arn(ask, "cluster", "*"))?;
    let mut associations = String::new();
    for cluster in ask.world.clusters.iter().filter(|cluster| cluster.region == ask.region) {
        for domain in cluster.custom_domains.iter().filter(|domain| wanted.is_none_or(|name| name == *domain)) {
            associations += &association_element(ask.world, cluster, domain);
        }
    }
    match wanted {
        Some(name) if associations.is_empty() => {
            let message = format!("Custom domain association for {name} not found.");
            Err(AwsError::new(404, "CustomDomainAssociationNotFoundFault", message))
        }
        _ => Ok(format!("<Associations>\n{associations}</Associations>\n")),
    }
}

fn association_element(world: &World, cluster: &Cluster, domain: &str) -> String {
    let certificate = format!("arn:aws:acm:{}:{}:certificate/{domain}", cluster.region, world.account);
    format!(
        "<Association>\n{}<CertificateAssociations>\n<CertificateAssociation>\n{}{}</CertificateAssociation>\n\
         </CertificateAssociations>\n</Association>\n",
        element("CustomDomainCertificateArn", &certificate),
        element("CustomDomainName", domain),
        element("ClusterIdentifier", &cluster.id),
    )
}

fn get_identity_center_auth_token(parameters: &Parameters, ask: &mut Ask<'_>) -> Result<String, AwsError> {
    let clusters = parameters.list("ClusterIds");
    if clusters.is_empty() {
        return Err(AwsError::new(400, "RedshiftInvalidParameter", "ClusterIds must name at least one cluster."));
    }
    for id in clusters {
        ask.world.cluster(&ask.region, id).ok_or_else(|| cluster_not_found(id))?;
        ask.authorize("redshift:GetIdentityCenterAuthToken", &arn(ask, "cluster", id))?;
    }
    let expires = ask.world.now() + time::Duration::minutes(5);
    Ok([element("Token", &random::base64::<96>()), element("ExpirationTime", &iso(expires))].concat())
}

/// The cluster that a request means: by its identifier or by a custom domain name, in the region of the signature.
fn chosen_cluster<'w>(parameters: &Parameters, ask: &'w Ask<'_>) -> Result<&'w Cluster, AwsError> {
    match (parameters.text("ClusterIdentifier"), parameters.text("CustomDomainName")) {
        (Some(_), Some(_)) => {
            let message = "ClusterIdentifier and CustomDomainName cannot be given together.";
            Err(AwsError::new(400, "InvalidParameterCombination", message))
        }
        (Some(id), None) => ask.world.cluster(&ask.region, id).ok_or_else(|| cluster_not_found(id)),
        (None, Some(domain)) => ask
            .world
            .clusters
            .iter()
            .filter(|cluster| cluster.region == ask.region)
            .find(|cluster| cluster.custom_domains.iter().any(|name| name == domain))
            .ok_or_else(|| {
                AwsError::new(404, "ClusterNotFound", format!("No cluster has the custom domain {domain}."))
            }),
        (None, None) => {
            let message = "The request must contain the parameter ClusterIdentifier or CustomDomainName.";
            Err(AwsError::new(400, "MissingParameter", message))
        }
    }
}

/// The rules that the API's documentation gives for `DbUser`.
fn check_user_name(user: &str) -> Result<(), AwsError> {
    let first_is_letter = user.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
    let allowed = user.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '.' | '@' | '-'));
    if user.len() > 64 || !first_is_letter || !allowed || user.eq_ignore_ascii_case("public") {
        return Err(invalid(&format!("Invalid DbUser: {user}")));
    }
    Ok(())
}

fn invalid(message: &str) -> AwsError {
    AwsError::new(400, "InvalidParameterValue", message)
}

fn cluster_not_found(id: &str) -> AwsError {
    AwsError::new(404, "ClusterNotFound", format!("Cluster {id} not found."))
}

fn arn(ask: &Ask<'_>, kind: &str, name: &str) -> String {
    format!("arn:aws:redshift:{}:{}:{kind}:{name}", ask.region, ask.world.account)
}
