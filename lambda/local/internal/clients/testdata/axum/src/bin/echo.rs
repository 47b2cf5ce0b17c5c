//! What the tests ask of every runtime client, on Axum and lambda_http.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, RawQuery},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{AppendHeaders, IntoResponse},
    routing::{any, get, post},
};
use lambda_http::{Error, run};

async fn hello() -> &'static str {
    "hello"
}

/// Gives the body back with its type.
async fn echo(headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let kind = headers.get(header::CONTENT_TYPE).cloned();
    let mut answer = body.into_response();
    if let Some(kind) = kind {
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    answer
}

async fn fail() -> StatusCode {
    panic!("asked to fail")
}

/// Says in lines what the router was given.
async fn see(
    method: Method,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> impl IntoResponse {
    let mut lines = format!("{method} {} {}\n", uri.path(), query.unwrap_or_default());
    let mut seen = BTreeMap::<&str, Vec<&str>>::new();
    for (name, value) in &headers {
        seen.entry(name.as_str())
            .or_default()
            .push(value.to_str().unwrap_or("?"));
    }
    for (name, values) in seen {
        lines += &format!("{name}: {}\n", values.join(" | "));
    }
    (
        AppendHeaders([
            (header::SET_COOKIE, "a=1"),
            (header::SET_COOKIE, "b=2; Path=/"),
        ]),
        lines,
    )
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let router = Router::new()
        .route("/hello", get(hello))
        .route("/echo", post(echo))
        .route("/fail", get(fail))
        .route("/see/{*rest}", any(see))
        .layer(DefaultBodyLimit::disable()); // Lambda's limit is the one that holds
    run(router).await
}
