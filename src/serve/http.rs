//! The HTTP endpoints: `/livez`, `/readyz`, `/metrics` and an index of them.

use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::readiness::Readiness;
use crate::stage::Shutdown;
use crate::telemetry::Metrics;

const INDEX: &str = "slugline\n\n\
    /livez    200 while the process runs\n\
    /readyz   200 when every role reads its partitions, 503 before and after; details as JSON\n\
    /metrics  Prometheus text format\n";

/// What the endpoints tell.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// The metrics to render.
    pub metrics: Metrics,
    /// The readiness to report.
    pub readiness: Readiness,
}

/// Opens the port.
///
/// # Errors
/// Fails when the address is taken or not this machine's.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: choose another http.listen, or --listen"))
}

/// Serves until a shutdown is requested.
///
/// # Errors
/// Returns what the listener says.
pub async fn serve(listener: TcpListener, endpoints: Endpoints, shutdown: Shutdown) -> anyhow::Result<()> {
    let router = Router::new()
        .route("/", get(|| async { INDEX }))
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(endpoints);
    let stop = async move { shutdown.requested().await };
    axum::serve(listener, router).with_graceful_shutdown(stop).await.context("the HTTP server failed")
}

async fn readyz(State(endpoints): State<Endpoints>) -> Response {
    let (ready, roles) = endpoints.readiness.report();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = serde_json::json!({ "ready": ready, "roles": roles });
    (status, [(header::CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response()
}

async fn metrics(State(endpoints): State<Endpoints>) -> Response {
    match endpoints.metrics.render() {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}
