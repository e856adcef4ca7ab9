//! What the service is made of: each part gets its own section of the settings.

use std::sync::Arc;

use anyhow::Context;

use crate::{
    breaches::RangeServer,
    cognito::{Budget, Connection, FormFields, HeldSecrets},
    config::{self, AddressLogging, Config, DatabaseFailure},
    http::{self, ClientAddress, EvenTime, Health, PolicyPage, RefusedLately, Texts},
    humanity::BotCheck,
    ledger::{Ledger, Migrate},
    limits::Limits,
    metrics::Metrics,
    registration::{Policy, Rules, UsernameKey},
};

/// What all workers share, and the work that goes on beside them.
pub(super) struct Parts {
    pub(super) server: Arc<config::Server>,
    pub(super) admin: config::Admin,
    pub(super) registration: config::Registration,
    address_logging: AddressLogging,
    ledger_failure: DatabaseFailure,
    pub(super) metrics: Metrics,
    pub(super) health: Arc<Health>,
    connection: Connection,
    fields: Arc<FormFields>,
    username_key: [u8; 32],
    pub(super) limits: Arc<Limits>,
    budget: Arc<Budget>,
    range_server: Option<RangeServer>,
    pub(super) rules: Arc<Rules>,
    policy: Arc<PolicyPage>,
    bot_check: BotCheck,
    pub(super) ledger: Arc<Ledger>,
    texts: Arc<Texts>,
    client_address: Arc<ClientAddress>,
}

impl Parts {
    /// Prepares one part after the other.
    ///
    /// # Errors
    /// Where one of them cannot be had as it is set.
    pub(super) async fn prepare(config: Config, migrate: Migrate) -> anyhow::Result<Self> {
        let metrics = Metrics::default();
        let connection = Connection::prepare(&config.cognito, metrics.clone()).await?;
        let range_server = RangeServer::prepare(&config.registration.breached_passwords)
            .context("registration.breached_passwords: no certificates to trust were found")?;
        let rules = Rules::new(&config.registration)?.with_sms(&config.limits)?;
        let policy = policy_page(&config, &rules)?;
        let texts = Texts::english()?;
        let fields = FormFields::new(&config.registration);
        let client_address = client_address(&config.server)?;
        let ledger = open_ledger(&config, migrate, &metrics).await?;
        // The database may be where the key is stored, so that it comes before what is keyed.
        let keys = ledger.keys();
        let username_key = keys.usernames;
        let bot_check = BotCheck::prepare(&config.humanity, &[keys.challenges])
            .context("humanity: no certificates to trust were found")?;
        let limits = Arc::new(open_limits(&config, &keys.limits, &metrics).await);
        let budget = Budget::new(Arc::clone(&limits));
        Ok(Self {
            server: Arc::new(config.server),
            admin: config.admin,
            registration: config.registration,
            address_logging: config.log.client_address,
            ledger_failure: config.database.on_failure,
            metrics,
            health: Arc::default(),
            connection,
            fields: Arc::new(fields),
            username_key,
            limits,
            budget: Arc::new(budget),
            range_server,
            rules: Arc::new(rules),
            policy: Arc::new(policy),
            bot_check,
            ledger: Arc::new(ledger),
            texts: Arc::new(texts),
            client_address: Arc::new(client_address),
        })
    }

    pub(super) fn secrets(&self) -> &Arc<HeldSecrets> {
        self.connection.secrets()
    }

    /// What the handlers of one more worker work with.
    pub(super) fn worker(&self) -> http::State {
        let registration = &self.registration;
        http::State {
            server: Arc::clone(&self.server),
            address_logging: self.address_logging,
            existing_accounts: registration.existing_accounts,
            even_time: EvenTime::new(registration),
            hidden_resend: registration.resends_hidden(),
            username_mode: registration.username,
            rules: Arc::clone(&self.rules),
            policy: Arc::clone(&self.policy),
            username_key: UsernameKey::new(self.username_key),
            client_address: Arc::clone(&self.client_address),
            limits: Arc::clone(&self.limits),
            refused_lately: RefusedLately::default(),
            cognito: self.connection.open(Arc::clone(&self.fields), Arc::clone(&self.budget)),
            humanity: self.bot_check.open(self.metrics.clone()),
            breaches: self.range_server.as_ref().map(|server| server.open(self.metrics.clone())),
            ledger: Arc::clone(&self.ledger),
            ledger_failure: self.ledger_failure,
            texts: Arc::clone(&self.texts),
            metrics: self.metrics.clone(),
            health: Arc::clone(&self.health),
        }
    }

    /// What readiness is told by.
    pub(super) fn readiness(&self) -> http::Readiness {
        http::Readiness {
            health: Arc::clone(&self.health),
            ledger: Arc::clone(&self.ledger),
            ledger_failure: self.ledger_failure,
        }
    }
}

async fn open_limits(config: &Config, key: &[u8; 32], metrics: &Metrics) -> Limits {
    let remembers = config.humanity.remembers();
    Box::pin(Limits::open(&config.limits, remembers, key, metrics.clone())).await
}

fn policy_page(config: &Config, rules: &Rules) -> anyhow::Result<PolicyPage> {
    let policy = Policy::new(rules, config.registration.resend_interval);
    Ok(PolicyPage::new(&policy.with_bot_check(&config.humanity))?)
}

async fn open_ledger(
    config: &Config,
    migrate: Migrate,
    metrics: &Metrics,
) -> anyhow::Result<Ledger> {
    let waits = config.registration.waits_besides_the_call() + config.humanity.waits();
    let Config { database, audit, cognito, .. } = config;
    let ledger = Ledger::open(database, *audit, cognito, migrate, metrics.clone()).await?;
    Ok(ledger.with_more_time(waits))
}

fn client_address(server: &config::Server) -> anyhow::Result<ClientAddress> {
    Ok(ClientAddress::new(server.trusted_proxies.clone(), &server.client_address_header)?)
}
