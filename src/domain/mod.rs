//! The rules of the product: pure functions without I/O, clock or randomness. Time is always an argument.

/// What is unusual, and how often a store's people are told.
pub mod alert;
/// What a shopper answered: wire shapes, checks, and what roll-ups count.
pub mod answer;
/// When mail that keeps coming back costs an address.
pub mod bounce;
/// Which question follows which.
pub mod branching;
/// A cart's life, from events in any order.
pub mod cart;
/// Services that are told what happens in their own way.
pub mod connector;
/// Whether a person may be sent marketing mail.
pub mod consent;
/// Coupon pools and lists of codes.
pub mod coupon;
/// A known person, and which address is theirs.
pub mod customer;
/// Why a survey may not be shown, as a stable code and in words.
pub mod denial;
/// Spans of time as documents write them: `30s`, `15m`, `4h`, `7d`.
pub mod duration;
/// What is known about a visitor, a page, a cart or an order.
pub mod facts;
/// Follow-ups: the document, who enters, and what becomes of each step.
pub mod flow;
/// How often a person may be asked.
pub mod frequency;
/// Every rule between a visitor and a survey, one after the other, each with its verdict in words.
pub mod gates;
/// Amounts in minor units.
pub mod money;
/// Numbers as people read them.
pub mod numbers;
/// Regular expressions that mean the same to the server and to a browser.
pub mod pattern;
/// `{{answer.reason|this}}` in texts.
pub mod pipe;
/// Bots, the global privacy signal, and what a browser may store.
pub mod privacy;
/// Checking a document: every problem at once, with its place.
pub mod report;
/// Stable assignment of visitors to samples and experiment arms.
pub mod sample;
/// A survey's time window and calendar days in the site's time zone.
pub mod schedule;
/// What a key of the management interface may do.
pub mod scope;
/// NPS, CSAT and CES with their intervals.
pub mod score;
/// What a store's mail says of its sender.
pub mod sending;
/// What a store decides for all its surveys.
pub mod site;
/// Confidence intervals for shares, differences and means.
pub mod stats;
/// Which question a known customer is asked next, over several orders.
pub mod stream;
/// Lists of addresses that must not be written to.
pub mod suppression;
/// The survey document: shape, checks, languages and variants.
pub mod survey;
/// Cells of CSV files that spreadsheets open.
pub mod table;
/// To whom a survey applies.
pub mod targeting;
/// Calls to other services: what is told, signed, and tried again.
pub mod webhook;
/// When a store's people are told of its week.
pub mod weekly;
pub(crate) mod words;
