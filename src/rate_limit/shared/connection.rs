//! Connections to Redis or Valkey: one server, the master that sentinels name, or a cluster.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, FromRedisValue,
    IntoConnectionInfo, RedisConnectionInfo, RedisError, ScriptInvocation, TlsMode,
    aio::MultiplexedConnection,
    cluster::ClusterClientBuilder,
    cluster_async::ClusterConnection,
    io::tcp::TcpSettings,
    sentinel::{SentinelClientBuilder, SentinelServerType},
};
use secrecy::{ExposeSecret, SecretString};

use crate::config::{Redis, RedisKind};

/// The maximum time to connect to one node, and for a response. No request waits for a connection.
const CONNECT: Duration = Duration::from_secs(2);

/// A connection that all requests share. A clone uses the same connection.
#[derive(Clone)]
pub(super) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Connection {
    /// Runs a script. Loads the script again if the server lost it in a restart.
    pub(super) async fn invoke<T: FromRedisValue>(
        &self,
        invocation: &ScriptInvocation<'_>,
    ) -> Result<T, RedisError> {
        match self.clone() {
            Self::Single(mut single) => invocation.invoke_async(&mut single).await,
            Self::Cluster(mut cluster) => invocation.invoke_async(&mut cluster).await,
        }
    }
}

pub(super) async fn connect(
    redis: &Redis,
    password: Option<&SecretString>,
) -> Result<Connection, RedisError> {
    let password = redis.password.as_ref().or(password).map(ExposeSecret::expose_secret);
    let mut nodes = redis.nodes.iter().map(|(host, port)| address(host, *port, redis.has_tls));
    let username = redis.username.as_deref();
    // Nagle's algorithm would delay small packets for longer than a request waits.
    let tcp = TcpSettings::default().set_nodelay(true);
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(CONNECT));
    match &redis.kind {
        RedisKind::Single => {
            let mut settings = RedisConnectionInfo::default().set_db(redis.database);
            if let Some(username) = username {
                settings = settings.set_username(username);
            }
            if let Some(password) = password {
                settings = settings.set_password(password);
            }
            let node = nodes.next().ok_or_else(no_host)?.into_connection_info()?;
            let node = node.set_redis_settings(settings).set_tcp_settings(tcp);
            let client = Client::open(node)?;
            let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
            Ok(Connection::Single(connection))
        }
        RedisKind::Sentinel(master) => {
            let mut builder =
                SentinelClientBuilder::new(nodes, master, SentinelServerType::Master)?
                    .set_client_to_redis_db(redis.database)
                    .set_client_to_redis_tcp_settings(tcp.clone())
                    .set_client_to_sentinel_tcp_settings(tcp);
            if redis.has_tls {
                builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
            }
            if let Some(username) = username {
                builder = builder.set_client_to_redis_username(username);
            }
            if let Some(password) = password {
                builder = builder.set_client_to_redis_password(password);
            }
            let connection = builder.build()?.get_async_connection_with_config(&config).await?;
            Ok(Connection::Single(connection))
        }
        RedisKind::Cluster => {
            let nodes = nodes.map(IntoConnectionInfo::into_connection_info);
            let nodes = nodes.collect::<Result<Vec<ConnectionInfo>, _>>()?;
            let mut builder = ClusterClientBuilder::new(nodes)
                .tcp_settings(tcp)
                .connection_timeout(CONNECT)
                .response_timeout(CONNECT);
            if let Some(username) = username {
                builder = builder.username(username);
            }
            if let Some(password) = password {
                builder = builder.password(password);
            }
            if redis.has_tls {
                builder = builder.tls(TlsMode::Secure);
            }
            Ok(Connection::Cluster(builder.build()?.get_async_connection().await?))
        }
    }
}

fn address(host: &str, port: u16, has_tls: bool) -> ConnectionAddr {
    if has_tls {
        let host = host.to_owned();
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host.to_owned(), port)
    }
}

fn no_host() -> RedisError {
    (redis::ErrorKind::InvalidClientConfig, "limits.store has no host. Add a host").into()
}
