//! Stable assignment of visitors to samples and experiment arms: by hash, so that no state is needed to keep it.

use sha2::{Digest, Sha256};

/// A stable number in `0..1` for a visitor; another salt gives an independent one.
pub fn unit(visitor: &str, salt: &str) -> f64 {
    // The zero byte keeps ("ab", "c") and ("a", "bc") apart.
    let hash = Sha256::new().chain_update(salt).chain_update([0]).chain_update(visitor).finalize();
    let head = hash.iter().take(8).fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    // The 53 bits that a float holds exactly.
    (head >> 11) as f64 / (1u64 << 53) as f64
}

/// Whether the visitor is in a survey's sample. A larger share keeps everyone of a smaller one.
pub fn in_sample(visitor: &str, survey: &str, share: f64) -> bool {
    unit(visitor, &format!("sample/{survey}")) < share
}

/// Whether the visitor is withheld from an experiment, to be compared with those who are not. Independent of the sample
/// and of the arm, or else the holdout would consist of one arm's people.
pub fn in_holdout(visitor: &str, experiment: &str, share: f64) -> bool {
    unit(visitor, &format!("holdout/{experiment}")) < share
}

/// The visitor's arm in an experiment, as an index into the weights; `None` if no weight is positive.
pub fn arm(visitor: &str, experiment: &str, weights: &[f64]) -> Option<usize> {
    let positive = |weight: &f64| weight.is_finite() && *weight > 0.0;
    let total: f64 = weights.iter().filter(|weight| positive(weight)).sum();
    let mut left = unit(visitor, &format!("arm/{experiment}")) * total;
    let mut last = None;
    for (at, weight) in weights.iter().enumerate().filter(|(_, weight)| positive(weight)) {
        last = Some(at);
        left -= weight;
        if left < 0.0 {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stays_what_it_was() {
        // These values are part of the data: changing them would move people between arms.
        assert_eq!(format!("{:.12}", unit("visitor", "salt")), "0.526375718321");
        let arms = |visitor| arm(visitor, "why-leaving", &[1.0, 1.0]);
        assert_eq!(["a", "b", "c", "d", "e", "f"].map(arms), [1, 1, 0, 1, 1, 0].map(Some));
    }

    #[test]
    fn shares_come_out_and_salts_are_independent() {
        let visitors: Vec<String> = (0..20_000).map(|i| format!("v{i}")).collect();
        let share =
            |test: &dyn Fn(&str) -> bool| visitors.iter().filter(|visitor| test(visitor)).count() as f64 / visitors.len() as f64;
        assert!((share(&|v| in_sample(v, "a", 0.1)) - 0.1).abs() < 0.01);
        assert!((share(&|v| in_sample(v, "a", 0.5) && in_sample(v, "b", 0.5)) - 0.25).abs() < 0.015);
        assert!((share(&|v| in_sample(v, "a", 0.5) && in_holdout(v, "a", 0.5)) - 0.25).abs() < 0.015);
        assert!((share(&|v| in_holdout(v, "e", 0.5) && arm(v, "e", &[1.0, 1.0]) == Some(0)) - 0.25).abs() < 0.015);
        assert!((share(&|v| arm(v, "e", &[1.0, 0.0, 3.0]) == Some(2)) - 0.75).abs() < 0.015);
    }

    #[test]
    fn the_ends_are_exact() {
        assert!(in_sample("v", "s", 1.0) && !in_sample("v", "s", 0.0));
        assert_eq!(arm("v", "e", &[]), None);
        assert_eq!(arm("v", "e", &[0.0, -1.0, f64::NAN]), None);
        assert_eq!(arm("v", "e", &[0.0, 0.1]), Some(1));
    }

    proptest! {
        #[test]
        fn lies_between_zero_and_one(visitor: String, salt: String) {
            prop_assert!((0.0..1.0).contains(&unit(&visitor, &salt)));
        }

        #[test]
        fn a_larger_sample_keeps_the_smaller(visitor: String, a in 0.0..1.0, b in 0.0..1.0f64) {
            let (small, large) = if a < b { (a, b) } else { (b, a) };
            prop_assert!(!in_sample(&visitor, "s", small) || in_sample(&visitor, "s", large));
        }
    }
}
