//! A `slugline run` process under test, with topics and groups of its own.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::wait_for;

/// Names and settings of one scenario: nothing it uses is another's.
pub(crate) struct Scenario {
    pub(crate) brokers: String,
    pub(crate) name: String,
    pub(crate) directory: tempfile::TempDir,
    settings: String,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Scenario {
    /// Creates the topics; `settings` is TOML laid over the names, partitions as given.
    pub(crate) fn new(brokers: &str, name: &str, [articles, lanes, outputs]: [u32; 3], settings: &str) -> Self {
        let name = format!("{name}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let names = format!(
            "[kafka]\nbootstrap_servers = \"{brokers}\"\nsession_timeout = \"10s\"\n\
            [groups]\nintake = \"{name}-intake\"\nlane = \"{name}-lane\"\n\
            [topics]\narticles = [\"{name}.articles\"]\nlanes = \"{name}.lanes\"\nchanges = \"{name}.changes\"\n\
            latest = \"{name}.latest\"\nassignments = \"{name}.assignments\"\ndead_letters = \"{name}.dlq\"\n\
            [topics.create]\narticle_partitions = {articles}\nlane_partitions = {lanes}\noutput_partitions = {outputs}\n\
            articles_retention = \"3650d\"\n[http]\nlisten = \"127.0.0.1:0\"\n{settings}"
        );
        let scenario =
            Self { brokers: brokers.to_owned(), name, directory: tempfile::tempdir().unwrap(), settings: names };
        let created = scenario.command(&["topics", "--create"]).output().unwrap();
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        scenario
    }

    /// A topic's name.
    pub(crate) fn topic(&self, what: &str) -> String {
        format!("{}.{what}", self.name)
    }

    /// The configuration file.
    pub(crate) fn config(&self) -> PathBuf {
        let path = self.directory.path().join("slugline.toml");
        std::fs::write(&path, &self.settings).unwrap();
        path
    }

    /// A subcommand of the binary under test with this scenario's configuration.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slugline"));
        command.args(arguments).arg("--config").arg(self.config()).stdin(Stdio::null());
        command
    }

    /// Starts an instance of the service and waits until it is ready.
    pub(crate) fn start(&self, instance: &str, settings: &[&str]) -> Service {
        let service = self.spawn(instance, settings);
        wait_for("readiness", Duration::from_secs(60), || service.ready());
        service
    }

    /// Starts an instance of the service.
    pub(crate) fn spawn(&self, instance: &str, settings: &[&str]) -> Service {
        let log = self.directory.path().join(format!("{instance}.log"));
        let mut command = self.command(&["run"]);
        command.args(["--set", &format!("kafka.instance_id={}-{instance}", self.name)]);
        for setting in settings {
            command.args(["--set", setting]);
        }
        command.stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        Service { child: command.spawn().unwrap(), log }
    }
}

/// A running instance; killed when dropped.
pub(crate) struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The body of an HTTP answer and whether its status was 200.
    pub(crate) fn get(&self, path: &str) -> Result<(bool, String), String> {
        let log = self.log();
        let address = log.split("address=").nth(1).and_then(|rest| rest.split_whitespace().next());
        let address = address.ok_or_else(|| format!("no address yet: {log}"))?;
        get(address, path)
    }

    fn ready(&self) -> Result<(), String> {
        match self.get("/readyz")? {
            (true, _) => Ok(()),
            (false, body) => Err(format!("{body}\n{}", self.log())),
        }
    }

    /// The sum of a counter or gauge over the label sets that contain all of `labels`.
    pub(crate) fn metric(&self, name: &str, labels: &[&str]) -> u64 {
        let (_, text) = self.get("/metrics").unwrap();
        let mut sum = 0;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let (family, given) = series.split_once('{').unwrap_or((series, ""));
            if family == name && labels.iter().all(|label| given.contains(label)) {
                sum += value.parse::<u64>().unwrap();
            }
        }
        sum
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Asks it to end and waits for that.
    pub(crate) fn terminate(mut self) -> (ExitStatus, String) {
        self.signal("-TERM");
        let status = wait_for("the end of the service", Duration::from_secs(30), || {
            self.child.try_wait().unwrap().ok_or_else(|| self.log())
        });
        (status, self.log())
    }

    /// Waits until it ends by itself.
    pub(crate) fn ended(mut self) -> (ExitStatus, String) {
        let status = wait_for("the end of the service", Duration::from_secs(90), || {
            self.child.try_wait().unwrap().ok_or_else(|| self.log())
        });
        (status, self.log())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Already gone is fine.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A plain HTTP GET: the body, and whether the status was 200.
pub(crate) fn get(address: &str, path: &str) -> Result<(bool, String), String> {
    let mut stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").map_err(|e| e.to_string())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no HTTP answer")?;
    Ok((head.starts_with("HTTP/1.1 200"), body.to_owned()))
}
