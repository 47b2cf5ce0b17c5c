//! One route, GET /health, on Axum and lambda_http: the function that
//! coldcrank's cold starts are held against.

use axum::{Router, routing::get};
use lambda_http::{Error, run};

async fn health() -> &'static str {
    "Healthy"
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(Router::new().route("/health", get(health))).await
}
