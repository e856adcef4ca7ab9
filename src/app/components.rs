//! The components of the service, and their construction from the settings.

use std::{path::Path, sync::Arc};

use anyhow::anyhow;

use crate::{
    bot_check::BotCheck,
    cognito::{Connection, FormFields, SecretCache},
    config::{self, AddressLogging, Config, DatabaseFailure},
    http::{
        self, ClientIpResolver, DenyCache, Languages, Lifecycle, PolicyPages, SignUpPages,
        TextsPages,
    },
    metrics::Metrics,
    pwned_passwords::PwnedPasswords,
    rate_limit::{CognitoBudget, RateLimits},
    registration::{Policy, Rules, UsernameKey},
    signup::{Disclosure, InFlight, MessageLimits, ResponseDelay, UseCases},
    store::{Migrate, Store},
};

/// The components that all workers share.
pub(super) struct Components {
    pub(super) server: Arc<config::Server>,
    pub(super) admin: config::Admin,
    pub(super) registration: config::Registration,
    address_logging: AddressLogging,
    on_store_failure: DatabaseFailure,
    pub(super) metrics: Metrics,
    pub(super) lifecycle: Arc<Lifecycle>,
    pub(super) in_flight: Arc<InFlight>,
    connection: Connection,
    fields: Arc<FormFields>,
    username_key: [u8; 32],
    pub(super) rate_limits: Arc<RateLimits>,
    cognito_budget: Arc<CognitoBudget>,
    message_limits: Arc<MessageLimits>,
    bot_check: Arc<BotCheck>,
    pwned_passwords: Option<Arc<PwnedPasswords>>,
    pub(super) rules: Arc<Rules>,
    policy: Arc<PolicyPages>,
    pub(super) store: Arc<Store>,
    texts: Arc<TextsPages>,
    languages: Arc<Languages>,
    sign_up_page: Option<Arc<SignUpPages>>,
    pub(super) client_address: Arc<ClientIpResolver>,
}

impl Components {
    /// Builds the components in the order of their dependencies.
    pub(super) async fn build(config: Config, migrate: Migrate) -> anyhow::Result<Self> {
        let metrics = Metrics::default();
        http::expect_responses(&metrics);
        for is_enforced in [true, false] {
            metrics.expect_limit("sms", is_enforced);
        }
        let connection = Connection::prepare(&config.cognito, metrics.clone()).await?;
        let delay = config.registration.max_response_delay();
        // Later components need keys that derive from the database key, which the database may
        // contain.
        let store = Arc::new(Store::open(&config, delay, migrate, metrics.clone()).await?);
        let keys = store.keys();
        let username_key = keys.usernames;
        let proof_lifetime = config.bot_check.proof_lifetime();
        let rate_limits =
            RateLimits::open(&config.limits, proof_lifetime, &keys.limits, metrics.clone());
        let rate_limits = Arc::new(Box::pin(rate_limits).await);
        let cognito_budget = CognitoBudget::new(&config.limits, &rate_limits);
        let pwned_passwords =
            PwnedPasswords::new(&config.registration.pwned_passwords, metrics.clone())
                .map_err(|error| no_root_certificates("registration.pwned_passwords", error))?;
        let rules = Arc::new(Rules::new(&config.registration)?.with_sms(&config.limits)?);
        let policy = Policy::new(&rules, config.registration.resend_interval);
        let policy = policy.with_bot_check(&config.bot_check);
        let languages = Languages::load(
            config.texts.dir.as_deref().map(Path::new),
            config.registration.username,
        )?;
        let policy = PolicyPages::new(&policy, &languages, &config.registration, &config.links)?;
        let sign_up_page = config
            .pages
            .sign_up
            .then(|| SignUpPages::new(&config.pages, &config.bot_check, &languages));
        let bot_check = BotCheck::new(&config.bot_check, &keys.challenges, metrics.clone())
            .map_err(|error| no_root_certificates("bot_check", error))?;
        let message_limits = MessageLimits {
            rate_limits: Arc::clone(&rate_limits),
            store: Arc::clone(&store),
            rules: Arc::clone(&rules),
            username_mode: config.registration.username,
            existing_accounts: config.registration.existing_accounts,
            metrics: metrics.clone(),
        };
        let fields = FormFields::new(&config.registration);
        let client_address = ClientIpResolver::new(
            config.server.trusted_proxies.clone(),
            &config.server.client_address_header,
        )?;
        Ok(Self {
            server: Arc::new(config.server),
            admin: config.admin,
            registration: config.registration,
            address_logging: config.log.client_address,
            on_store_failure: config.database.on_failure,
            metrics,
            lifecycle: Arc::default(),
            in_flight: Arc::default(),
            connection,
            fields: Arc::new(fields),
            username_key,
            rate_limits,
            cognito_budget: Arc::new(cognito_budget),
            message_limits: Arc::new(message_limits),
            bot_check: Arc::new(bot_check),
            pwned_passwords: pwned_passwords.map(Arc::new),
            rules,
            policy: Arc::new(policy),
            store,
            texts: Arc::new(TextsPages::new(&languages)?),
            languages: Arc::new(languages),
            sign_up_page: sign_up_page.map(Arc::new),
            client_address: Arc::new(client_address),
        })
    }

    pub(super) fn secrets(&self) -> &Arc<SecretCache> {
        self.connection.secrets()
    }

    pub(super) fn worker(&self) -> http::State {
        http::State {
            server: Arc::clone(&self.server),
            address_logging: self.address_logging,
            rules: Arc::clone(&self.rules),
            policy: Arc::clone(&self.policy),
            username_key: UsernameKey::new(self.username_key),
            client_address: Arc::clone(&self.client_address),
            rate_limits: Arc::clone(&self.rate_limits),
            deny_cache: DenyCache::default(),
            use_cases: self.use_cases(),
            texts: Arc::clone(&self.texts),
            languages: Arc::clone(&self.languages),
            sign_up_page: self.sign_up_page.clone(),
            metrics: self.metrics.clone(),
            lifecycle: Arc::clone(&self.lifecycle),
        }
    }

    pub(super) fn use_cases(&self) -> UseCases {
        let registration = &self.registration;
        UseCases {
            cognito: self.connection.open(Arc::clone(&self.fields)),
            cognito_budget: Arc::clone(&self.cognito_budget),
            store: Arc::clone(&self.store),
            on_store_failure: self.on_store_failure,
            message_limits: Arc::clone(&self.message_limits),
            bot_check: Arc::clone(&self.bot_check),
            pwned_passwords: self.pwned_passwords.clone(),
            disclosure: Disclosure {
                existing_accounts: registration.existing_accounts,
                return_session: registration.return_session,
            },
            response_delay: ResponseDelay::new(registration),
            silent_resend: registration.resends_silently(),
            in_flight: Arc::clone(&self.in_flight),
            metrics: self.metrics.clone(),
        }
    }

    pub(super) fn readiness(&self) -> http::Readiness {
        http::Readiness {
            lifecycle: Arc::clone(&self.lifecycle),
            store: Arc::clone(&self.store),
            on_store_failure: self.on_store_failure,
            cognito_budget: Arc::clone(&self.cognito_budget),
        }
    }
}

fn no_root_certificates(setting: &str, error: impl Into<anyhow::Error>) -> anyhow::Error {
    anyhow!(
        "{setting}: the system has no root certificates: {:#}. Install them, or set SSL_CERT_FILE.",
        error.into()
    )
}
