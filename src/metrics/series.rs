//! Metrics with a fixed set of label values. Every series exists from the start. Otherwise,
//! `increase()` would miss the first event of a series.

use std::sync::Arc;

use prometheus_client::{
    metrics::{counter::Counter, family::Family},
    registry::{Metric, Registry},
};

/// A label with all of its values.
pub(super) type Label = (&'static str, &'static [&'static str]);

/// One metric for each combination of values. A lookup takes neither a lock nor a hash.
#[derive(Clone, Debug)]
pub(crate) struct Series<M> {
    labels: Arc<[Label]>,
    /// The last label changes fastest.
    metrics: Arc<[M]>,
}

impl<M: Metric + Clone> Series<M> {
    pub(super) fn register(
        registry: &mut Registry,
        name: &str,
        help: &str,
        labels: &[Label],
        new: fn() -> M,
    ) -> Self
    where
        Family<Vec<(&'static str, &'static str)>, M, fn() -> M>: Metric,
    {
        let family = Family::<_, M, fn() -> M>::new_with_constructor(new);
        let mut rows = vec![Vec::new()];
        for (label, values) in labels {
            let with = |row: &Vec<_>, value| [row.as_slice(), &[(*label, value)]].concat();
            rows = rows
                .iter()
                .flat_map(|row| values.iter().map(move |value| with(row, *value)))
                .collect();
        }
        let metrics = rows.iter().map(|row| family.get_or_create_owned(row)).collect();
        registry.register(name, help, family);
        Self { labels: labels.into(), metrics }
    }

    /// Returns the metric with one value for each label, or `None` if a value is unknown.
    pub(super) fn get(&self, values: &[&str]) -> Option<&M> {
        let mut index = 0;
        for ((_, known), value) in self.labels.iter().zip(values) {
            let position = known.iter().position(|known| known == value);
            debug_assert!(position.is_some(), "`{value}` is not in {known:?}");
            index = index * known.len() + position?;
        }
        self.metrics.get(index)
    }
}

impl Series<Counter> {
    /// Counts an event with this value of the only label.
    pub(crate) fn count(&self, value: &str) {
        if let Some(counter) = self.get(&[value]) {
            counter.inc();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_begins_at_zero() {
        let mut registry = Registry::default();
        let labels: [Label; 2] = [("a", &["1", "2"]), ("b", &["x", "y", "z"])];
        let series =
            Series::<Counter>::register(&mut registry, "n", "N", &labels, Counter::default);

        for _ in 0..3 {
            series.get(&["2", "y"]).unwrap().inc();
        }

        let mut text = String::new();
        prometheus_client::encoding::prometheus_text::encode(&mut text, &registry).unwrap();
        for a in ["1", "2"] {
            for b in ["x", "y", "z"] {
                let value = if (a, b) == ("2", "y") { 3 } else { 0 };
                let line = format!("n_total{{a=\"{a}\",b=\"{b}\"}} {value}\n");
                assert!(text.contains(&line), "{line}: {text}");
            }
        }
    }
}
