//! Compressed answers: which of those that lie ready a client takes.

use axum::http::{HeaderMap, header};

/// The content in the coding the client likes best of ours, and that coding's name.
pub fn pick<B>(request: &HeaderMap, plain: B, brotli: Option<B>, gzip: Option<B>) -> (B, Option<&'static str>) {
    let accepts = request.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
    let takes = |coding: &str| {
        accepts.split(',').any(|one| {
            let (name, params) = one.split_once(';').unwrap_or((one, ""));
            name.trim() == coding && !params.replace(' ', "").contains("q=0,") && params.trim() != "q=0"
        })
    };
    match (brotli, gzip) {
        (Some(brotli), _) if takes("br") => (brotli, Some("br")),
        (_, Some(gzip)) if takes("gzip") => (gzip, Some("gzip")),
        _ => (plain, None),
    }
}
