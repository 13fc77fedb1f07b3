// A stand-in: it has the routes of the public worker and nothing behind them.
use axum::routing::{get, post};
use axum::Router;

#[tokio::main]
async fn main() {
    stand_in::check_environment().expect("environment");
    let app = Router::new()
        .route("/health", get(health))
        .route("/config/validate", post(validate))
        .route("/jobs/run", post(run_job));
    let port = std::env::var("PORT").unwrap_or_else(|_| "8080".into());
    let listener = tokio::net::TcpListener::bind(format!("0.0.0.0:{port}")).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
