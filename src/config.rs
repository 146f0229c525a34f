//! What an operator can set: flags and environment variables, read once at start.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;

/// Options of every command that opens the database.
#[derive(Args, Clone, Debug)]
pub struct DatabaseArgs {
    /// Where the data is: sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, env = "DATABASE_URL", default_value = "sqlite://exitpoll.db", hide_env_values = true, global = true)]
    pub database_url: String,
}

/// Options of the server.
#[derive(Args, Clone, Debug)]
pub struct ServerArgs {
    /// Address to listen on
    #[arg(long, env = "EXITPOLL_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// How shoppers' browsers and links reach this server
    #[arg(long, env = "EXITPOLL_PUBLIC_URL", default_value = "http://localhost:8080")]
    pub public_url: url::Url,
    /// Master key, 32 characters at least; kept beside the SQLite file when not given, required for Postgres
    #[arg(long, env = "EXITPOLL_SECRET", hide_env_values = true)]
    pub secret: Option<String>,
    /// Proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8
    #[arg(long, env = "EXITPOLL_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<IpNet>,
    /// Mail server, smtps://USER:PASSWORD@HOST:465 or smtp://HOST:587?tls=required; without one mail is captured and shown
    #[arg(long, env = "EXITPOLL_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Who mail is from, such as "Shop <hello@shop.example>"; needed with a mail server
    #[arg(long, env = "EXITPOLL_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Let webhooks reach private, local and reserved addresses: for tests and intranets
    #[arg(long, env = "EXITPOLL_ALLOW_PRIVATE_TARGETS", value_parser = clap::builder::BoolishValueParser::new())]
    pub allow_private_targets: bool,
    /// What whoever reads /metrics shows, as "Authorization: Bearer …"; without one it is answered on this machine only
    #[arg(long, env = "EXITPOLL_METRICS_TOKEN", hide_env_values = true, value_parser = metrics_token)]
    pub metrics_token: Option<String>,
}

/// A token that can be guessed is none.
fn metrics_token(text: &str) -> Result<String, String> {
    match text.len() {
        MIN_TOKEN.. => Ok(text.to_owned()),
        n => Err(format!("has {n} characters, {MIN_TOKEN} at least are needed; make one with: openssl rand -hex 32")),
    }
}

/// Characters.
const MIN_TOKEN: usize = 16;

#[derive(Clone)]
pub struct Config {
    pub database_url: String,
    pub public_url: url::Url,
    pub secret: Secret,
    pub trusted_proxies: Vec<IpNet>,
    /// The mail server; `None`: mail is captured.
    pub smtp_url: Option<String>,
    /// Who mail is from.
    pub mail_from: Option<String>,
    /// Whether webhooks may reach private, local and reserved addresses.
    pub allow_private_targets: bool,
    /// What whoever reads `/metrics` shows; `None`: only this machine may read it.
    pub metrics_token: Option<String>,
    pub limits: Limits,
}

/// The master key. Prints nothing of itself.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// Requests a minute that one address may send; a burst may use a minute's worth at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub decide: u32,
    pub events: u32,
    /// Coupons an hour: whoever makes up visitors must not empty a pool.
    pub coupon: u32,
    /// Attempts to log in.
    pub login: u32,
    /// Deliveries of a shop's webhooks: a sale or an import sends many at once.
    pub hooks: u32,
    /// Of one key of the management interface.
    pub api: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { decide: 120, events: 240, coupon: 30, login: 20, hooks: 1200, api: 600 }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "EXITPOLL_SECRET is needed with Postgres: every node must sign with the same key. Make one with: openssl rand -hex 32"
    )]
    SecretNeeded,
    #[error("EXITPOLL_SECRET has {0} characters, 32 at least are needed")]
    SecretShort(usize),
    #[error("{path}: {error}")]
    SecretFile { path: PathBuf, error: std::io::Error },
}

impl Secret {
    /// The given key, or, with SQLite, the one in a file beside the database, made at the first start.
    pub fn resolve(given: Option<&str>, database_url: &str) -> Result<Self, ConfigError> {
        match given {
            Some(key) if key.len() < 32 => Err(ConfigError::SecretShort(key.len())),
            Some(key) => Ok(Self(key.as_bytes().to_vec())),
            None => Self::beside(&sqlite_path(database_url).ok_or(ConfigError::SecretNeeded)?),
        }
    }

    fn beside(database: &std::path::Path) -> Result<Self, ConfigError> {
        let mut path = database.as_os_str().to_owned();
        path.push(".secret");
        let path = PathBuf::from(path);
        let failed = |error| ConfigError::SecretFile { path: path.clone(), error };
        let made = crate::id::secret(32);
        match create_private(&path, &made) {
            Ok(()) => Ok(Self(made.into_bytes())),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                let key = std::fs::read_to_string(&path).map_err(failed)?;
                Self::resolve(Some(key.trim()), "")
            }
            Err(e) => Err(failed(e)),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The file of a SQLite database; `None` for Postgres and for databases in memory.
pub fn sqlite_path(database_url: &str) -> Option<PathBuf> {
    let path = database_url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path).split('?').next()?;
    (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
}

/// Creates a file that only its owner can read; refuses one that exists.
fn create_private(path: &std::path::Path, content: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_made_once_and_only_for_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("a.db").display());
        let first = Secret::resolve(None, &url).unwrap();
        assert_eq!(first.bytes(), Secret::resolve(None, &url).unwrap().bytes());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(dir.path().join("a.db.secret")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(matches!(Secret::resolve(Some("short"), &url), Err(ConfigError::SecretShort(5))));
        assert!(matches!(Secret::resolve(None, "postgres://localhost/x"), Err(ConfigError::SecretNeeded)));
    }

    #[test]
    fn sqlite_paths() {
        assert_eq!(sqlite_path("sqlite://exitpoll.db"), Some("exitpoll.db".into()));
        assert_eq!(sqlite_path("sqlite:///var/lib/x.db?mode=rwc"), Some("/var/lib/x.db".into()));
        assert_eq!(sqlite_path("sqlite::memory:"), None);
        assert_eq!(sqlite_path("postgres://h/d"), None);
    }
}
