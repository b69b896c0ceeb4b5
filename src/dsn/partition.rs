//! The partitions of AWS and the DNS suffixes of their hosts.

/// A partition of AWS: a set of regions with its own accounts and DNS suffix.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    /// As ARNs spell it.
    pub name: &'static str,
    /// The end of its host names.
    pub dns_suffix: &'static str,
    /// The end of its host names that also have IPv6 addresses.
    pub dual_stack_suffix: &'static str,
}

/// aws-us-gov shares its suffixes with aws.
const PARTITIONS: &[Partition] = &[
    Partition { name: "aws", dns_suffix: "amazonaws.com", dual_stack_suffix: "api.aws" },
    Partition { name: "aws-us-gov", dns_suffix: "amazonaws.com", dual_stack_suffix: "api.aws" },
    Partition { name: "aws-cn", dns_suffix: "amazonaws.com.cn", dual_stack_suffix: "api.amazonwebservices.com.cn" },
    Partition { name: "aws-eusc", dns_suffix: "amazonaws.eu", dual_stack_suffix: "api.amazonwebservices.eu" },
    Partition { name: "aws-iso", dns_suffix: "c2s.ic.gov", dual_stack_suffix: "api.aws.ic.gov" },
    Partition { name: "aws-iso-b", dns_suffix: "sc2s.sgov.gov", dual_stack_suffix: "api.aws.scloud" },
    Partition { name: "aws-iso-e", dns_suffix: "cloud.adc-e.uk", dual_stack_suffix: "api.cloud-aws.adc-e.uk" },
    Partition { name: "aws-iso-f", dns_suffix: "csp.hci.ic.gov", dual_stack_suffix: "api.aws.hci.ic.gov" },
];

/// The name of the partition that a region belongs to, by the prefix of its name.
#[must_use]
pub fn of_region(region: &str) -> &'static str {
    const BY_PREFIX: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("eusc-", "aws-eusc"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
    ];
    BY_PREFIX.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, name)| name)
}

/// The end of the host names of a region; with `dual_stack` of those that also have IPv6 addresses.
#[must_use]
pub fn dns_suffix(region: &str, dual_stack: bool) -> &'static str {
    let name = of_region(region);
    let partition = PARTITIONS.iter().find(|partition| partition.name == name);
    if dual_stack {
        partition.map_or("api.aws", |partition| partition.dual_stack_suffix)
    } else {
        partition.map_or("amazonaws.com", |partition| partition.dns_suffix)
    }
}

/// What stands before the DNS suffix of a partition: `host` is in lower case, without a trailing dot.
#[must_use]
pub fn before_suffix(host: &str) -> Option<&str> {
    PARTITIONS.iter().find_map(|partition| before(host, partition.dns_suffix))
}

fn before<'a>(host: &'a str, suffix: &str) -> Option<&'a str> {
    host.strip_suffix(suffix)?.strip_suffix('.')
}

/// Whether a host belongs to AWS: what signed requests, assertions and tokens are sent to without a warning.
#[must_use]
pub fn is_aws_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    let under = |suffix| before(host, suffix).is_some_and(|rest| !rest.is_empty());
    PARTITIONS.iter().any(|partition| under(partition.dns_suffix) || under(partition.dual_stack_suffix))
}

#[cfg(test)]
mod tests {
    use super::{before_suffix, is_aws_host};

    #[test]
    fn hosts_of_aws() {
        for host in [
            "redshift.us-east-1.amazonaws.com",
            "STS.amazonaws.com.",
            "redshift.cn-north-1.amazonaws.com.cn",
            "redshift.eusc-de-east-1.amazonaws.eu",
            "sts.us-iso-east-1.c2s.ic.gov",
            "redshift.us-east-1.api.aws",
        ] {
            assert!(is_aws_host(host), "{host}");
        }
        for host in [
            "",
            "amazonaws.com",
            "amazonaws.com.evil.example",
            "evilamazonaws.com",
            "x.amazonaws.com.cn.",
            "x.amazonaws.co",
        ] {
            assert_eq!(is_aws_host(host), host == "x.amazonaws.com.cn.", "{host}");
        }
        assert_eq!(before_suffix("a.b.amazonaws.com.cn"), Some("a.b"));
        assert_eq!(before_suffix("a.example"), None);
    }
}
