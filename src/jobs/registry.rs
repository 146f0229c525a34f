//! From the name of a kind to the code that works it.

use std::collections::HashMap;
use std::pin::Pin;

use serde_json::Value;

use super::{Context, Job, JobError, Outcome};
use crate::clock::Millis;

type Working<'a> = Pin<Box<dyn Future<Output = Result<Outcome<Value>, JobError>> + Send + 'a>>;

/// A kind of work without its type.
#[derive(Clone, Copy)]
pub struct Kind {
    pub max_attempts: i64,
    pub pause: fn(i64) -> Millis,
    pub run: for<'a> fn(Value, &'a Context) -> Working<'a>,
}

#[derive(Default, Clone)]
pub struct Registry(HashMap<&'static str, Kind>);

impl Registry {
    pub fn with<J: Job>(mut self) -> Self {
        let kind = Kind { max_attempts: J::MAX_ATTEMPTS, pause: J::pause, run: run::<J> };
        let taken = self.0.insert(J::KIND, kind);
        assert!(taken.is_none(), "two jobs are called {}", J::KIND);
        self
    }

    /// In no order.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    pub fn get(&self, kind: &str) -> Option<Kind> {
        self.0.get(kind).copied()
    }
}

fn run<J: Job>(payload: Value, context: &Context) -> Working<'_> {
    Box::pin(async move {
        let job: J = serde_json::from_value(payload).map_err(|e| JobError::GiveUp(e.into()))?;
        Ok(match job.run(context).await? {
            Outcome::Done(tx) => Outcome::Done(tx),
            // A job is a struct of plain values.
            Outcome::Again(tx, job, at) => Outcome::Again(tx, serde_json::to_value(&job).expect("plain values"), at),
        })
    })
}
