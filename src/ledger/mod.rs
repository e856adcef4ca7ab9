//! What is remembered of sign-ups, so that nobody is told something untrue about theirs.

mod keys;
mod recent;

pub use self::{
    keys::Keys,
    recent::{Attempt, Earlier, Ending, RecentSignUps},
};
