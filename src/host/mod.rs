//! The Immich host. Not built in yet.
#![allow(missing_docs, clippy::all, clippy::pedantic, unused, reason = "a place holder")]
use crate::{net::SshAccess, secret::Secret, site::*};
#[derive(Clone, Debug)]
pub struct Host;
pub struct Psql<'a> {
    pub container: &'a str,
    pub user: &'a str,
    pub database: &'a str,
}
impl Host {
    pub async fn connect(a: &SshAccess, d: DockerAccess) -> Result<Host, Fault> {
        Err(absent())
    }
    pub async fn check(&self) -> Result<(), Fault> {
        Err(absent())
    }
    pub async fn compose_restart(&self, f: &str, s: &[String]) -> Result<(), Fault> {
        Err(absent())
    }
    pub async fn compose_logs(&self, f: &str, c: &str, n: usize) -> Result<String, Fault> {
        Err(absent())
    }
    pub async fn psql(&self, f: &Psql<'_>, sql: &str) -> Result<String, Fault> {
        Err(absent())
    }
    pub fn psql_command(&self, f: &Psql<'_>) -> String {
        String::new()
    }
    pub async fn config_file_path(&self, f: &str, s: &str) -> Result<String, Fault> {
        Err(absent())
    }
    pub async fn read_file(&self, f: &str) -> Result<Secret, Fault> {
        Err(absent())
    }
    pub async fn replace_file(&self, f: &str, s: &Secret) -> Result<String, Fault> {
        Err(absent())
    }
    pub fn replace_file_command(&self, f: &str) -> String {
        String::new()
    }
}
pub fn compose_restart_command(d: DockerAccess, f: &str, s: &[String]) -> String {
    String::new()
}
fn absent() -> Fault {
    Fault::new(System::Host, FaultKind::NotFound, "reach the Immich host")
        .answered("this is not built in yet")
}
