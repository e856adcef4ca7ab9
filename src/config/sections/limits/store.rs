//! `limits.store`: the URL of the server on which replicas share their budgets.

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

/// The store of the budgets.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub enum LimitsStore {
    /// The memory of each process.
    Local,
    /// A Redis or Valkey server that all replicas share.
    Redis(Redis),
}

/// The address of a Redis or Valkey server.
#[derive(Clone, Debug)]
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

impl TryFrom<String> for LimitsStore {
    type Error = String;

    /// Parses a URL. Errors quote no part of it, because it may contain a password.
    fn try_from(text: String) -> Result<Self, Self::Error> {
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
                    return Err("limits.store: the name of the master is missing. Use redis-sentinel://HOST,HOST/MASTER.".to_owned());
                }
                (RedisKind::Sentinel(master.to_owned()), database)
            }
            "cluster" => (RedisKind::Cluster, path),
            _ => (RedisKind::Single, path),
        };
        let database: i64 = match (database, &kind) {
            ("", _) => 0,
            (_, RedisKind::Cluster) => {
                return Err("limits.store: a cluster has no database numbers. Remove the number."
                    .to_owned());
            }
            (number, _) => number.parse().map_err(|_| {
                "limits.store: the path must be the number of a database".to_owned()
            })?,
        };
        let port = if scheme == "sentinel" { 26379 } else { 6379 };
        let nodes = hosts.split(',').map(|host| node(host, port)).collect::<Result<Vec<_>, _>>()?;
        if nodes.len() > 1 && kind == RedisKind::Single {
            return Err(
                "limits.store: several hosts need redis-cluster:// or redis-sentinel://".to_owned()
            );
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
    let wrong = || "limits.store: a host must be a name or address with an optional port, such as redis.internal:6379";
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

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn parses_every_topology() {
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
            let Ok(LimitsStore::Redis(redis)) = text.to_owned().try_into() else {
                panic!("{text}")
            };

            let shown: Vec<String> =
                redis.nodes.iter().map(|(host, port)| format!("{host}:{port}")).collect();
            assert_eq!((redis.kind, redis.has_tls), (kind, has_tls), "{text}");
            assert_eq!((&*shown.join(" "), redis.database), (nodes, database), "{text}");
            assert!(redis.username.is_none() && redis.password.is_none(), "{text}");
        }
    }

    #[test]
    fn decodes_user_name_and_password() {
        let parsed = LimitsStore::try_from("redis://ada:p%40ss%2Fword@cache:1".to_owned());

        let Ok(LimitsStore::Redis(redis)) = parsed else { panic!("{parsed:?}") };
        assert_eq!(redis.username.as_deref(), Some("ada"));
        assert_eq!(redis.password.unwrap().expose_secret(), "p@ss/word");
        assert_eq!(redis.nodes, [("cache".to_owned(), 1)]);
    }

    #[test]
    fn errors_name_the_reason_and_do_not_quote_the_url() {
        for (text, expected) in [
            ("", "must be \"local\""),
            ("memcached://mark", "must be \"local\""),
            ("redis://", "a host must be"),
            ("redis://:mark@", "a host must be"),
            ("redis://mark:port", "a host must be"),
            ("redis://a/mark", "the number of a database"),
            ("redis://mark,b", "several hosts"),
            ("redis-sentinel://mark", "name of the master is missing"),
            ("redis-cluster://mark/1", "no database numbers"),
            ("redis://a?mark=1", "a host must be"),
        ] {
            let error = LimitsStore::try_from(text.to_owned()).unwrap_err();

            assert!(error.starts_with("limits.store") && error.contains(expected), "{text}");
            assert!(!error.contains("mark"), "{text}: {error}");
        }
    }
}
