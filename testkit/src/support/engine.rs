//! A Docker engine of the test's own, on a socket of its own, with an image
//! made of this machine's PostgreSQL: nothing is fetched.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{Running, must, until, until_or};

/// Where Debian keeps PostgreSQL's programs.
const POSTGRES: &str = "/usr/lib/postgresql/15";

/// Where tests/setup.sh puts Docker's plugins, below the project.
const PLUGINS: &str = "target/test-tools/docker";

/// The image: PostgreSQL, a shell and a few tools.
const IMAGE: &str = "immich-sso-test:postgres";

/// See the module.
pub struct Engine {
    daemon: Running,
    /// Where the engine keeps everything.
    pub folder: TempDir,
}

/// Immich's compose project, as far as its host is concerned.
const COMPOSE: &str = "\
version: '3'
services:
  database:
    image: IMAGE
    container_name: immich_postgres
    network_mode: none
    user: '999:999'
    stop_grace_period: 1s
    command: /start
  immich-server:
    image: IMAGE
    container_name: immich_server
    network_mode: none
    stop_grace_period: 1s
    environment:
      IMMICH_CONFIG_FILE: /config/immich.yaml
    volumes:
      - ./config:/config
    restart: always
    command: sh -c '[ ! -e /config/broken ] || exit 7; echo Immich Server is listening; exec sleep 1000000'
";

const CONFIG: &str = "# by hand\nffmpeg:\n  crf: 20 # small\n";

/// Makes a cluster at the first start, and serves it on a socket.
const START: &str = "#!/bin/sh
set -e
[ -e /data/cluster/PG_VERSION ] || initdb -D /data/cluster -U postgres -A trust --locale=C -E UTF8 >/dev/null
exec postgres -D /data/cluster -k /run/postgresql -c listen_addresses= -c fsync=off
";

impl Engine {
    /// Starts an engine, makes the image, and brings the project up.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let log = fs::File::create(at("dockerd.log")).unwrap();
        let daemon = Command::new("/usr/sbin/dockerd")
            .arg("--host")
            .arg(format!("unix://{}", at("docker.sock").display()))
            .arg("--data-root")
            .arg(at("data"))
            .arg("--exec-root")
            .arg(at("exec"))
            .arg("--pidfile")
            .arg(at("pid"))
            .args(["--bridge", "none", "--iptables=false", "--ip6tables=false"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("dockerd is installed by tests/setup.sh");
        let engine = Self { daemon: Running(daemon), folder };
        until("the Docker engine answers", || {
            engine.docker(&["info"]).output().unwrap().status.success()
        });
        engine.make_image();
        let project = engine.project();
        fs::create_dir_all(project.join("config")).unwrap();
        fs::write(project.join("config/immich.yaml"), CONFIG).unwrap();
        fs::write(project.join("docker-compose.yml"), COMPOSE.replace("IMAGE", IMAGE)).unwrap();
        engine.compose(&["up", "-d"]);
        let ask = || {
            let ready = ["exec", "immich_postgres", "psql", "-U", "postgres", "-c", "SELECT 1"];
            engine.docker(&ready).output().unwrap()
        };
        until_or(
            "PostgreSQL answers",
            || ask().status.success(),
            || {
                let log = engine.docker(&["logs", "immich_postgres"]).output().unwrap();
                let told = [log.stdout, log.stderr, ask().stderr].concat();
                String::from_utf8_lossy(&told).into_owned()
            },
        );
        engine
    }

    /// The folder of the compose project.
    pub fn project(&self) -> PathBuf {
        self.folder.path().join("immich")
    }

    /// The line of sshd's configuration that leads its users to this engine,
    /// where Docker has no plugins.
    pub fn environment(&self) -> String {
        format!("SetEnv DOCKER_HOST={}", self.socket())
    }

    /// The same with the compose plugin, if tests/setup.sh could bring it.
    pub fn environment_with_plugin(&self) -> Option<String> {
        let plugins = crate::project().join(PLUGINS);
        let there = plugins.join("cli-plugins/docker-compose").exists();
        if !there {
            println!("left out: the compose plugin is not at hand");
        }
        there.then(|| format!("{} DOCKER_CONFIG={}", self.environment(), plugins.display()))
    }

    fn socket(&self) -> String {
        format!("unix://{}", self.folder.path().join("docker.sock").display())
    }

    /// The `docker` command, on this engine.
    pub fn docker(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.env("DOCKER_HOST", self.socket()).args(arguments);
        command
    }

    /// Brings the project up or down with whichever compose there is.
    fn compose(&self, arguments: &[&str]) {
        let plugin = self.docker(&["compose", "version"]).output().unwrap().status.success();
        let mut command = if plugin {
            self.docker(&["compose"])
        } else {
            let mut old = Command::new("docker-compose");
            old.env("DOCKER_HOST", self.socket());
            old
        };
        must(command.args(arguments).current_dir(self.project()));
    }

    /// Runs SQL beside our own client.
    pub fn sql(&self, sql: &str) -> String {
        let arguments = [
            "exec",
            "immich_postgres",
            "psql",
            "-X",
            "-q",
            "-At",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-d",
            "immich",
            "-c",
            sql,
        ];
        let output = must(&mut self.docker(&arguments));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// A tree with PostgreSQL and what it needs, as an image.
    fn make_image(&self) {
        let root = self.folder.path().join("root");
        for folder in ["bin", "data", "run/postgresql", "etc", "tmp", "config"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        for folder in ["data", "run/postgresql", "tmp"] {
            must(Command::new("chmod").arg("777").arg(root.join(folder)));
        }
        fs::write(
            root.join("etc/passwd"),
            "root:x:0:0::/:/bin/sh\npostgres:x:999:999::/:/bin/sh\n",
        )
        .unwrap();
        fs::write(root.join("start"), START).unwrap();
        must(Command::new("chmod").arg("755").arg(root.join("start")));
        must(Command::new("ln").arg("-s").arg("/run").arg(root.join("var-run")));
        fs::create_dir_all(root.join("var")).unwrap();
        fs::rename(root.join("var-run"), root.join("var/run")).unwrap();
        for (program, name) in [("/bin/dash", "sh"), ("/bin/sleep", "sleep"), ("/bin/cat", "cat")] {
            fs::copy(program, root.join("bin").join(name)).unwrap();
            libraries(&root, Path::new(program));
        }
        for name in ["initdb", "postgres", "psql"] {
            let program = Path::new(POSTGRES).join("bin").join(name);
            bring(&root, &program);
            libraries(&root, &program);
        }
        let modules = Path::new(POSTGRES).join("lib");
        for module in ["plpgsql.so", "dict_snowball.so"] {
            bring(&root, &modules.join(module));
            libraries(&root, &modules.join(module));
        }
        let share =
            ["usr/share/postgresql/15", "usr/share/zoneinfo/UTC", "usr/share/zoneinfo/Etc/UTC"];
        let mut copy = Command::new("cp");
        copy.args(["-rL", "--parents"]).args(share).arg(&root).current_dir("/");
        must(&mut copy);
        let path = format!("ENV PATH={POSTGRES}/bin:/bin");
        let mut tar = Command::new("tar")
            .arg("-C")
            .arg(&root)
            .args(["-c", "."])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut import =
            self.docker(&["import", "--change", &path, "--change", "ENV TZ=UTC", "-", IMAGE]);
        must(import.stdin(tar.stdout.take().unwrap()));
        assert!(tar.wait().unwrap().success());
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The containers end before the engine that runs them.
        let _ = self.docker(&["rm", "-f", "immich_server", "immich_postgres"]).output();
        // It takes its mounts back only when it is asked to end.
        let pid = self.daemon.0.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let deadline = Instant::now() + Duration::from_secs(20);
        while matches!(self.daemon.0.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Copies a file to the same place below `root`.
fn bring(root: &Path, file: &Path) {
    let target = root.join(file.strip_prefix("/").unwrap());
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    fs::copy(file, target).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

/// Brings the libraries that a program is linked with.
fn libraries(root: &Path, program: &Path) {
    let output = must(Command::new("ldd").arg(program));
    let text = String::from_utf8(output.stdout).unwrap();
    for path in text.split_whitespace().filter(|word| word.starts_with('/')) {
        bring(root, Path::new(path));
    }
}
