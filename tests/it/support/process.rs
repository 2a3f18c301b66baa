//! Doorward in a process of its own: the very binary, on the database of a test, asked over HTTP.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use super::TestApp;

/// A running binary. It ends with the last who can ask it.
struct Process {
    child: Child,
    socket: PathBuf,
    log: PathBuf,
    host: HeaderValue,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

impl TestApp {
    /// Another replica, as [`TestApp::replica`] gives one, but whoever asks it asks another process. That lives by the clock of the
    /// machine, sends mails only to its log, and takes from our configuration what `settings` names (variables without `DOORWARD_`).
    pub(crate) async fn process(&self, settings: &[(&str, &str)]) -> Self {
        let mut replica = self.replica().await;
        let config = &self.app.config;
        let id = self.app.new_id().unwrap();
        let (socket, log) = (config.data_dir.join(format!("{id}.sock")), config.data_dir.join(format!("{id}.log")));
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOORWARD_")) {
            command.env_remove(name);
        }
        command
            .arg("serve")
            .current_dir(&config.data_dir)
            .env("DOORWARD_ISSUER", format!("https://{}", config.issuer.host()))
            .env("DOORWARD_LISTEN", format!("unix:{}", socket.display()))
            .env("DOORWARD_DATA_DIR", &config.data_dir)
            .env("DOORWARD_MASTER_KEY", config.master_key.as_ref().unwrap().expose())
            .env("DOORWARD_DATABASE__MAX_CONNECTIONS", "8");
        if let Some(url) = &config.database.url {
            command.env("DOORWARD_DATABASE__URL", url.expose());
        }
        for (name, value) in settings {
            command.env(format!("DOORWARD_{name}"), value);
        }
        let out = File::create(&log).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out).spawn().unwrap();
        let said = || std::fs::read_to_string(&log).unwrap_or_default();
        let deadline = Instant::now() + Duration::from_secs(60);
        while UnixStream::connect(&socket).await.is_err() {
            assert_eq!(child.try_wait().unwrap(), None, "it ended: {}", said());
            assert!(Instant::now() < deadline, "it does not listen after a minute: {}", said());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let host = HeaderValue::from_str(config.issuer.host()).unwrap();
        let process = Process { child, socket, log, host };
        replica.router = Router::new().fallback(pass).with_state(Arc::new(process));
        assert_eq!(replica.get("/readyz").await.status, 200);
        replica
    }
}

async fn pass(State(process): State<Arc<Process>>, mut request: Request) -> Response {
    request.headers_mut().insert(header::HOST, process.host.clone());
    let said = || std::fs::read_to_string(&process.log).unwrap_or_default();
    let stream = UnixStream::connect(&process.socket).await.unwrap_or_else(|e| panic!("{e}: {}", said()));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let answer = sender.send_request(request).await.unwrap_or_else(|e| panic!("{e}: {}", said()));
    answer.map(Body::new)
}
