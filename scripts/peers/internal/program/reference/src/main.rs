//! The function that cold starts are held against: GET /health answers Healthy.

use axum::{Router, routing::get};
use lambda_http::{Error, run};

async fn health() -> &'static str {
    "Healthy"
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(Router::new().route("/health", get(health))).await
}
