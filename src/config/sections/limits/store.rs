//! `limits.store`: the URL of the server on which replicas share their budgets.

use std::str::FromStr;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};
use url::Url;

/// The place of the budgets.
#[derive(Clone, Debug)]
pub enum LimitsStore {
    /// The memory of each process.
    Local,
    /// A Redis or Valkey server that all replicas share.
    Redis(Redis),
}

/// The address of a Redis or Valkey server.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Redis {
    pub kind: RedisKind,
    pub has_tls: bool,
    pub nodes: Vec<(String, u16)>,
    pub database: i64,
    pub username: Option<String>,
    pub password: Option<SecretString>,
}

/// The topology of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisKind {
    /// One server.
    Single,
    /// The master of this name, as its sentinels report it.
    Sentinel(String),
    /// A cluster.
    Cluster,
}

impl FromStr for LimitsStore {
    type Err = String;

    /// Parses a URL. Errors quote no part of it, since it may contain a password.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "local" {
            return Ok(Self::Local);
        }
        let Some((scheme, rest)) = text.split_once("://") else { return Err(wrong_scheme()) };
        let (scheme, has_tls) = match scheme.replace("valkey", "redis").as_str() {
            "redis" => ("redis", false),
            "rediss" => ("redis", true),
            "redis-sentinel" => ("sentinel", false),
            "rediss-sentinel" => ("sentinel", true),
            "redis-cluster" => ("cluster", false),
            "rediss-cluster" => ("cluster", true),
            _ => return Err(wrong_scheme()),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (username, password) = user.split_once(':').unwrap_or((user, ""));
        let (kind, database) = match scheme {
            "sentinel" => {
                let (master, database) = path.split_once('/').unwrap_or((path, ""));
                if master.is_empty() {
                    return Err("limits.store must name the master behind the hosts of its sentinels: redis-sentinel://HOST,HOST/MASTER".to_owned());
                }
                (RedisKind::Sentinel(master.to_owned()), database)
            }
            "cluster" => (RedisKind::Cluster, path),
            _ => (RedisKind::Single, path),
        };
        let database: i64 = match (database, &kind) {
            ("", _) => 0,
            (_, RedisKind::Cluster) => {
                return Err("limits.store: a cluster has no databases to choose from".to_owned());
            }
            (number, _) => number.parse().map_err(|_| {
                "limits.store: behind the host there can be the number of a database, and nothing else"
                    .to_owned()
            })?,
        };
        let port = if scheme == "sentinel" { 26379 } else { 6379 };
        let nodes = hosts.split(',').map(|host| node(host, port)).collect::<Result<Vec<_>, _>>()?;
        if nodes.len() > 1 && kind == RedisKind::Single {
            return Err("limits.store: several hosts are a cluster (redis-cluster://) or have sentinels (redis-sentinel://)".to_owned());
        }
        let username = Some(decoded(username)).filter(|name| !name.is_empty());
        let password = Some(decoded(password)).filter(|password| !password.is_empty());
        let password = password.map(SecretString::from);
        Ok(Self::Redis(Redis { kind, has_tls, nodes, database, username, password }))
    }
}

fn wrong_scheme() -> String {
    "limits.store must be \"local\", or begin with redis://, rediss://, redis-sentinel://, rediss-sentinel://, redis-cluster:// or rediss-cluster://".to_owned()
}

fn node(host: &str, port: u16) -> Result<(String, u16), String> {
    let wrong = || "limits.store: this is no host with a port, such as redis.internal:6379";
    let url = Url::parse(&format!("redis://{host}")).map_err(|_| wrong())?;
    let name = url.host_str().filter(|name| !name.is_empty()).ok_or_else(wrong)?;
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong().to_owned());
    }
    let name = name.trim_start_matches('[').trim_end_matches(']');
    Ok((name.to_owned(), url.port().unwrap_or(port)))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

impl<'de> Deserialize<'de> for LimitsStore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn reads_every_way_to_run_a_store() {
        let single = || RedisKind::Single;
        let sentinel = || RedisKind::Sentinel("shop".to_owned());
        for (text, kind, has_tls, nodes, database) in [
            ("redis://cache", single(), false, "cache:6379", 0),
            ("rediss://cache:6380/3", single(), true, "cache:6380", 3),
            ("redis://[2001:db8::1]:7000", single(), false, "2001:db8::1:7000", 0),
            ("valkey://127.0.0.1/", single(), false, "127.0.0.1:6379", 0),
            ("redis-sentinel://a,b:7/shop", sentinel(), false, "a:26379 b:7", 0),
            ("rediss-sentinel://a/shop/2", sentinel(), true, "a:26379", 2),
            ("redis-cluster://a:1,b:2", RedisKind::Cluster, false, "a:1 b:2", 0),
            ("valkeys-cluster://a", RedisKind::Cluster, true, "a:6379", 0),
        ] {
            let Ok(LimitsStore::Redis(redis)) = text.parse() else { panic!("{text}") };

            let shown: Vec<String> =
                redis.nodes.iter().map(|(host, port)| format!("{host}:{port}")).collect();
            assert_eq!((redis.kind, redis.has_tls), (kind, has_tls), "{text}");
            assert_eq!((&*shown.join(" "), redis.database), (nodes, database), "{text}");
            assert!(redis.username.is_none() && redis.password.is_none(), "{text}");
        }
    }

    #[test]
    fn a_name_and_a_password_may_hold_anything_that_is_encoded() {
        let parsed: Result<LimitsStore, _> = "redis://ada:p%40ss%2Fword@cache:1".parse();

        let Ok(LimitsStore::Redis(redis)) = parsed else { panic!("{parsed:?}") };
        assert_eq!(redis.username.as_deref(), Some("ada"));
        assert_eq!(redis.password.unwrap().expose_secret(), "p@ss/word");
        assert_eq!(redis.nodes, [("cache".to_owned(), 1)]);
    }

    #[test]
    fn says_what_is_wrong_and_quotes_nothing() {
        for (text, expected) in [
            ("", "must be \"local\""),
            ("memcached://mark", "must be \"local\""),
            ("redis://", "no host"),
            ("redis://:mark@", "no host"),
            ("redis://mark:port", "no host"),
            ("redis://a/mark", "number of a database"),
            ("redis://mark,b", "several hosts"),
            ("redis-sentinel://mark", "name the master"),
            ("redis-cluster://mark/1", "no databases"),
            ("redis://a?mark=1", "no host"),
        ] {
            let sentence = text.parse::<LimitsStore>().unwrap_err();

            assert!(sentence.starts_with("limits.store") && sentence.contains(expected), "{text}");
            assert!(!sentence.contains("mark"), "{text}: {sentence}");
        }
    }
}
