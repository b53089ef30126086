//! What goes wrong on purpose.

use std::time::Duration;

use axum::http::Method;

use super::wire::{Call, Reply};
use crate::Gate;

/// One request that is to go wrong: the next one that fits.
#[derive(Clone, Debug)]
pub struct Mishap {
    method: Option<Method>,
    path: String,
    kind: MishapKind,
    /// How many that fit go well before.
    passes: usize,
}

/// How it goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MishapKind {
    /// 405 with an empty body: how authentik answers when it crashes at
    /// anything but a `GET`. Nothing is done.
    Crash,
    /// 500 with a page. Nothing is done.
    ServerError,
    /// 502 with the page of a proxy whose server is gone. Nothing is done.
    BadGateway,
    /// That status in authentik's JSON, with `Retry-After: 1` where it says
    /// "too many". Nothing is done.
    Refuse(u16),
    /// Carried out, but the answer ends in its middle.
    Truncate,
    /// Answered, but only after this long.
    Delay(Duration),
    /// The connection breaks before the request was looked at.
    Drop,
    /// The request is carried out, and the connection breaks before the
    /// answer is out.
    DropAfter,
    /// Answered as if it were carried out, and no provider or application is
    /// stored.
    Forget,
    /// Waits at the gate before it is looked at. If whoever asks is gone
    /// meanwhile, nothing is done.
    HeldBefore(Gate),
    /// Carried out, and the answer waits at the gate.
    HeldAfter(Gate),
}

impl Mishap {
    /// For the next request of any method whose path contains `path`.
    pub fn new(path: impl Into<String>, kind: MishapKind) -> Self {
        Self { method: None, path: path.into(), kind, passes: 0 }
    }

    /// Only for this method.
    #[must_use]
    pub fn on(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Lets that many requests that fit go well first.
    #[must_use]
    pub const fn after(mut self, requests: usize) -> Self {
        self.passes = requests;
        self
    }

    fn fits(&self, call: &Call) -> bool {
        self.method.as_ref().is_none_or(|method| *method == call.method)
            && call.path.contains(&self.path)
    }

    /// Takes the first one that fits out of those that wait.
    pub(super) fn take(waiting: &mut Vec<Self>, call: &Call) -> Option<MishapKind> {
        let at = waiting.iter().position(|mishap| mishap.fits(call) && mishap.passes == 0);
        for mishap in waiting.iter_mut().filter(|mishap| mishap.fits(call)) {
            mishap.passes = mishap.passes.saturating_sub(1);
        }
        at.map(|at| waiting.remove(at).kind)
    }
}

impl MishapKind {
    /// The answer in place of authentik's, if there is one.
    pub(super) fn reply(&self) -> Option<Reply> {
        match self {
            Self::Crash => Some(Reply::html(405, String::new()).with("allow", "GET, HEAD, OPTIONS")),
            Self::ServerError => {
                Some(Reply::html(500, super::page::message("Server Error", "")))
            }
            Self::BadGateway => Some(Reply::html(
                502,
                "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n".into(),
            )),
            Self::Refuse(status) => {
                let text = if *status == 429 {
                    "Request was throttled. Expected available in 1 second."
                } else {
                    "You do not have permission to perform this action."
                };
                let reply = Reply::json(*status, &serde_json::json!({ "detail": text }));
                Some(if *status == 429 { reply.with("retry-after", "1") } else { reply })
            }
            Self::Delay(_)
            | Self::Drop
            | Self::DropAfter
            | Self::Forget
            | Self::Truncate
            | Self::HeldBefore(_)
            | Self::HeldAfter(_) => None,
        }
    }
}
