//! Docker as the lab's host plays it: two containers of one compose project.

use serde_json::json;

use super::{
    Machine,
    input::Input,
    psql,
    shell::{Ended, Voice},
};

/// The containers.
const SERVER: &str = "immich_server";
const POSTGRES: &str = "immich_postgres";

/// The compose services.
const SERVICES: [&str; 3] = ["immich-server", "immich-microservices", "database"];

/// Where the project's folder is in Immich's container.
const MOUNTED_AT: &str = "/config";

pub(super) async fn run(
    machine: &Machine,
    words: &[&str],
    input: &mut Input,
    voice: &Voice,
) -> Option<Ended> {
    if let ["exec", "-i", POSTGRES, "psql", options @ ..] = words {
        return psql::run(&machine.immich, options, input, voice).await;
    }
    input.all().await?;
    Some(match words {
        ["version", ..] => Ended::well("28.2.2\n"),
        ["ps", "--all", "--filter", filter, "--format", _] => ps(filter),
        ["inspect", "--type", "container", name] => inspect(machine, name).await,
        ["exec", "-i", name, "psql", ..] => match *name {
            SERVER => Ended::badly(127, "exec: \"psql\": executable file not found in $PATH"),
            other => no_container(other),
        },
        ["compose", "--project-directory", folder, rest @ ..] => {
            compose(machine, folder, rest).await
        }
        _ => {
            Ended::badly(1, format!("docker: the lab's Docker does not know: {}", words.join(" ")))
        }
    })
}

fn no_container(name: &str) -> Ended {
    Ended::badly(1, format!("Error response from daemon: No such container: {name}"))
}

fn ps(filter: &str) -> Ended {
    match filter.strip_prefix("label=com.docker.compose.service=") {
        Some("immich-server") => Ended::well(format!("{SERVER}\n")),
        Some("database") => Ended::well(format!("{POSTGRES}\n")),
        _ => Ended::default(),
    }
}

async fn inspect(machine: &Machine, name: &str) -> Ended {
    let service = match name {
        SERVER => "immich-server",
        POSTGRES => "database",
        other => return no_container(other),
    };
    let mut env = vec!["PATH=/usr/bin:/bin".to_owned()];
    let storage = machine.immich.storage();
    let file = storage.file().and_then(|file| file.file_name()?.to_str().map(str::to_owned));
    if let Some(file) = file.filter(|_| name == SERVER) {
        env.push(format!("IMMICH_CONFIG_FILE={MOUNTED_AT}/{file}"));
    }
    // A restart policy starts what ended again, and again.
    let (status, exit_code, restarts) = match name {
        SERVER if !machine.immich.is_serving().await => ("restarting", 1, 3),
        _ => ("running", 0, 0),
    };
    let container = json!([{
        "Id": "0f0e0d0c0b0a",
        "Name": format!("/{name}"),
        "State": {"Status": status, "Running": exit_code == 0, "ExitCode": exit_code},
        "RestartCount": restarts,
        "Config": {
            "Env": env,
            "Labels": {
                "com.docker.compose.project": "immich",
                "com.docker.compose.project.working_dir": machine.folder,
                "com.docker.compose.service": service,
            },
        },
        "Mounts": [{
            "Type": "bind",
            "Source": machine.folder,
            "Destination": MOUNTED_AT,
            "RW": true,
        }],
    }]);
    Ended::well(format!("{container:#}\n"))
}

async fn compose(machine: &Machine, folder: &str, words: &[&str]) -> Ended {
    if std::path::Path::new(folder) != machine.folder {
        return Ended::badly(14, "no configuration file provided: not found");
    }
    let unknown = |services: &[&str]| {
        let unknown = services.iter().find(|name| !SERVICES.contains(*name));
        unknown.map(|name| Ended::badly(1, format!("no such service: {name}")))
    };
    match words {
        ["restart", services @ ..] => {
            if let Some(ended) = unknown(services) {
                return ended;
            }
            if services.contains(&"immich-server")
                && let Err(error) = machine.immich.restart().await
            {
                return Ended::badly(1, error.to_string());
            }
            Ended { stderr: " Container immich_server  Started\n".into(), ..Ended::default() }
        }
        ["logs", "--no-color", "--tail", lines, service] => {
            if let Some(ended) = unknown(&[service]) {
                return ended;
            }
            let log = machine.immich.log();
            let skip = log.len().saturating_sub(lines.parse().unwrap_or(usize::MAX));
            let lines: Vec<String> =
                log.iter().skip(skip).map(|line| format!("{SERVER}  | {line}\n")).collect();
            Ended::well(lines.concat())
        }
        _ => Ended::badly(1, format!("unknown docker command: \"compose {}\"", words.join(" "))),
    }
}
