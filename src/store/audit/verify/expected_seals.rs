//! The seals in the output of `vestibule audit verify`, which `--expect` compares.
//!
//! A line `number:digest` covers all seals up to that number. A line `number:open` says that the
//! seal exists.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::store::audit::seals::Seal;

/// The seals in the output of an earlier run.
#[derive(Clone, Debug, Default)]
pub struct ExpectedSeals(BTreeMap<i64, Option<String>>);

/// The seals in the output as JSON.
#[derive(Deserialize)]
struct JsonOutput {
    seals: Vec<String>,
}

impl ExpectedSeals {
    /// Reads the output of an earlier run, in any format. Returns `None` if there is no seal in the
    /// output.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let seal = |line: &str| {
            let (number, state) = line.trim().split_once(':')?;
            let number = number.parse().ok().filter(|number| *number > 0)?;
            let digest = (state != "open").then(|| state.to_owned());
            let is_line = digest.as_ref().is_none_or(|digest| digest.len() == 43);
            is_line.then_some((number, digest))
        };
        let json = serde_json::from_str::<JsonOutput>(text).ok();
        let lines = json.map(|output| output.seals.join("\n"));
        let text = lines.as_deref().unwrap_or(text);
        let seals: BTreeMap<_, _> = text.lines().filter_map(seal).collect();
        (!seals.is_empty()).then_some(Self(seals))
    }
}

/// The digests of the seals, each over all seals up to it.
#[derive(Debug, Default)]
pub(super) struct SealChain {
    digests: Vec<(i64, [u8; 32])>,
    last: i64,
    is_ended: bool,
}

impl SealChain {
    /// Adds the next seal. The first seal that is unfinished ends the chain.
    pub(super) fn push(&mut self, seal: &Seal, is_unfinished: bool) {
        self.last = seal.id;
        self.is_ended |= is_unfinished;
        if self.is_ended {
            return;
        }
        let mut digest = Sha256::new();
        digest.update(self.digests.last().map(|(_, digest)| *digest).unwrap_or_default());
        digest.update(seal.id.to_be_bytes());
        digest.update(seal.mac);
        digest.update(seal.key.as_bytes());
        self.digests.push((seal.id, digest.finalize().into()));
    }

    /// Returns the number of each seal that differs from the earlier run, with a sentence.
    pub(super) fn compare(&self, expected: &ExpectedSeals) -> Vec<(i64, String)> {
        let finding = |(number, digest): (&i64, &Option<String>)| {
            if *number > self.last {
                let sentence = format!("Seal {number}: missing, but an earlier run found it.");
                return Some((*number, sentence));
            }
            let digest = digest.as_ref()?;
            let sentence = match self.digests.binary_search_by_key(number, |(seal, _)| *seal) {
                Ok(index) if encoded(&self.digests[index].1) == *digest => return None,
                Ok(_) => format!(
                    "Seal {number}, or an earlier seal, is not the seal that an earlier run found."
                ),
                Err(_) => format!(
                    "Seal {number}, or an earlier seal, is open or missing, but an earlier run found it closed."
                ),
            };
            Some((*number, sentence))
        };
        expected.0.iter().filter_map(finding).collect()
    }

    /// Returns the lines for the next run.
    pub(super) fn lines(&self) -> Vec<String> {
        let closed = self.digests.last();
        let covered = closed.map(|(number, digest)| format!("{number}:{}", encoded(digest)));
        let is_open = self.last != closed.map_or(0, |(number, _)| *number);
        let open = is_open.then(|| format!("{}:open", self.last));
        covered.into_iter().chain(open).collect()
    }
}

fn encoded(digest: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_seals_of_an_earlier_run() {
        let digest = "a".repeat(43);
        let printed = format!(
            "The audit log is intact: 1 attempt.\n7:{digest}\r\n  9:open\n0:{digest}\nx:{digest}\n8:short\n"
        );

        let seals = ExpectedSeals::read(&printed).unwrap();

        let expected = BTreeMap::from([(7, Some(digest.clone())), (9, None)]);
        assert_eq!(seals.0, expected);
        let json = format!("{{\n\"findings\":[],\"seals\":[\"7:{digest}\",\"9:open\"]\n}}\n");
        assert_eq!(ExpectedSeals::read(&json).unwrap().0, expected);
        assert!(ExpectedSeals::read("nothing\nof:the:kind\n").is_none());
    }
}
