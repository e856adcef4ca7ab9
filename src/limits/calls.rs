//! The budget for calls to Cognito, whose quota all pools of an AWS account share.

use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::{
    Admission, Limits, Store,
    patience::Patience,
    turns::{Pace, Turn},
};
use crate::config::{self, LimitsMode};

/// The longest that a call waits for its turn.
pub(super) const LONGEST: Duration = Duration::from_mins(1);

/// A kind of call to Cognito, each with a budget of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Call {
    Register,
    Confirm,
    Resend,
}

/// How much of a budget is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part(u32);

/// There is no turn soon enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTurn {
    /// When there would have been one.
    pub retry_after: Duration,
}

/// The budgets by the settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calls {
    paces: [Pace; 3],
    mode: LimitsMode,
}

/// A turn that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub(super) call: Call,
    pub(super) pace: Pace,
    /// How long it may be until then.
    pub(super) longest: Duration,
}

impl Limits {
    /// Takes the next turn to call Cognito, at this part of the budget, and waits for it: at
    /// most this long.
    ///
    /// # Errors
    /// Where that would be later, or too many wait for theirs already.
    pub async fn turn(
        &self,
        admission: Option<&Admission>,
        call: Call,
        part: Part,
        longest: Duration,
    ) -> Result<(), NoTurn> {
        let Calls { paces, mode } = self.calls;
        if mode == LimitsMode::Off {
            return Ok(());
        }
        let pace = paces[call as usize].part(part.0, Part::ALL.0);
        let ask = Ask { call, pace, longest: longest.min(LONGEST) };
        let started = Instant::now();
        let turn = match &self.store {
            Store::Local(local) => local.turn(ask),
            Store::Shared(shared) => {
                let own = Patience::new(self.patience);
                let patience = admission.map_or(&own, |admission| &admission.patience);
                patience.spend(async |patience| shared.turn(ask, patience).await).await
            }
        };
        match turn {
            Turn::None(retry_after) => {
                self.note(call.name(), mode);
                if mode == LimitsMode::Enforce { Err(NoTurn { retry_after }) } else { Ok(()) }
            }
            Turn::In(wait) => {
                self.metrics.turn(call.name(), wait);
                if mode == LimitsMode::Enforce && !wait.is_zero() {
                    sleep_until((started + wait).into()).await;
                }
                Ok(())
            }
        }
    }
}

impl Calls {
    pub(super) fn new(settings: &config::Limits) -> Self {
        let config::CallLimit { register, confirm, resend, queue, mode, .. } = settings.cognito;
        let mode = match settings.mode {
            LimitsMode::Off => LimitsMode::Off,
            of_all => mode.unwrap_or(of_all),
        };
        Self { paces: [register, confirm, resend].map(|most| Pace::new(most, queue)), mode }
    }
}

impl Call {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Register, Self::Confirm, Self::Resend];

    /// The name in metrics and logs, and in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Register => "cognito_register",
            Self::Confirm => "cognito_confirm",
            Self::Resend => "cognito_resend",
        }
    }
}

impl Part {
    /// All of it.
    pub const ALL: Self = Self(64);

    /// The least that is left, however often Cognito says that it is too much.
    pub const LEAST: Self = Self(4);

    /// Half as much.
    #[must_use]
    pub fn halved(self) -> Self {
        Self((self.0 / 2).max(Self::LEAST.0))
    }

    /// More by so much of all of it as this is of that.
    #[must_use]
    pub fn grown(self, time: Duration, until_all: Duration) -> Self {
        let more = time.as_millis() * u128::from(Self::ALL.0) / until_all.as_millis().max(1);
        let more = u32::try_from(more).unwrap_or(Self::ALL.0);
        Self(self.0.saturating_add(more).min(Self::ALL.0))
    }
}
