//! `slugline run`.

use std::process::ExitCode;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use super::args::RunArguments;
use crate::app::{self, Shared};
use crate::engine::params::MODEL_VERSION;
use crate::serve::http;
use crate::stage::Shutdown;
use crate::telemetry::logging;

pub(super) fn run(arguments: &RunArguments) -> anyhow::Result<ExitCode> {
    let mut flags = Vec::new();
    flags.extend(arguments.roles.as_ref().map(|roles| format!("run.roles={roles}")));
    flags.extend(arguments.listen.as_ref().map(|address| format!("http.listen={address}")));
    let config = arguments.config.load(&flags)?;
    logging::start(config.log_level)?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        model = MODEL_VERSION,
        brokers = %config.kafka.bootstrap_servers,
        instance = %config.kafka.instance_id,
        "slugline starts"
    );
    let runtime = runtime()?;
    runtime.block_on(async {
        let shared = Shared::new()?;
        let listener = http::bind(config.listen).await?;
        tracing::info!(address = %listener.local_addr()?, "health and metrics");
        stop_on_signals(shared.shutdown.clone())?;
        app::run(&config, listener, shared).await
    })?;
    tracing::info!("slugline has ended as asked");
    Ok(ExitCode::SUCCESS)
}

/// A runtime for the endpoints and the signals; the stages have threads of their own.
pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// Requests a shutdown on SIGTERM and SIGINT.
pub(super) fn stop_on_signals(shutdown: Shutdown) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "finishing: the batches at hand are committed, then the groups are left");
        shutdown.request();
    });
    Ok(())
}
