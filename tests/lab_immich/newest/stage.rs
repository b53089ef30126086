//! A site for one recorded request, and what the request becomes in it.

use immich_sso_lab::{Person, authentik::Authentik};
use reqwest::{Client, header};
use serde_json::{Value, json};

use crate::{
    http::Asker,
    recordings::{Got, Recording},
    site::{Site, browser},
};

/// The scopes of the mappings that a provider has.
const SCOPES: [&str; 3] = ["openid", "email", "profile"];

/// See the module.
pub struct Stage {
    pub site: Site,
    /// The path to ask, with ids of this site.
    pub path: String,
    /// The recorded headers, with keys of this site; no cookies.
    pub headers: Vec<(String, String)>,
    pub body: Value,
    /// Whether the cookies of the site's browser go along.
    pub has_cookies: bool,
}

impl Stage {
    /// A site of that release, set up as the wizard sets it up, and the request
    /// by the administrator's key.
    pub async fn of(version: &str, one: &Recording) -> Self {
        let site = Site::start(version, |_| ()).await;
        let key = site.immich.admin_key();
        let mut headers = Vec::new();
        for (name, value) in &one.headers {
            match name.as_str() {
                "Cookie" => {}
                "x-api-key" => headers.push((name.clone(), key.expose().to_owned())),
                _ => headers.push((name.clone(), value.as_str().unwrap().to_owned())),
            }
        }
        let body = one.body.clone();
        Self { site, path: one.path.clone(), headers, body, has_cookies: false }
    }

    /// Sends the request.
    pub async fn send(&self, one: &Recording) -> Got {
        let client = if self.has_cookies { self.site.browser.clone() } else { browser() };
        let url = format!("{}{}", self.site.immich.url(), self.path);
        let mut request = client.request(one.method.parse().unwrap(), url);
        let is_form =
            self.headers.iter().any(|(_, value)| value == "application/x-www-form-urlencoded");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request = match &self.body {
            Value::Null => request,
            Value::String(text) => request.body(text.clone()),
            Value::Object(fields) if is_form => {
                let pairs = fields.iter().map(|(key, value)| (key, value.as_str().unwrap()));
                let form = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(pairs)
                    .finish();
                request.body(form)
            }
            body => request.body(body.to_string()),
        };
        Got::from(request.send().await.unwrap(), &self.names()).await
    }

    /// The addresses of this site, and what recordings call them.
    pub fn names(&self) -> Vec<(String, &'static str)> {
        vec![
            (self.site.authentik.url(), "http://auth.example.com"),
            (
                self.site.authentik.url().replace("127.0.0.1", "localhost"),
                "http://auth.example.com",
            ),
            (self.site.immich.url(), "http://photos.example.com"),
        ]
    }

    /// Sends the request with this key instead of the administrator's.
    pub fn with_key(&mut self, key: &str) {
        self.put_header("x-api-key", key.to_owned());
    }

    /// Sends the request in the session of this token.
    pub fn with_token(&mut self, token: &str) {
        self.put_header("Authorization", format!("Bearer {token}"));
    }

    fn put_header(&mut self, name: &str, value: String) {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value));
    }

    /// Puts this id where the recorded path has one.
    pub fn with_id(&mut self, id: &str) {
        let parts: Vec<&str> = self
            .path
            .split('/')
            .map(|part| if part.len() == 36 && !part.contains('.') { id } else { part })
            .collect();
        self.path = parts.join("/");
    }

    /// Asks Immich with the administrator's key.
    pub async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}/api{path}", self.site.immich.url());
        let key = self.site.immich.admin_key();
        let mut request = browser().request(method.parse().unwrap(), url);
        request = request.header("x-api-key", key.expose());
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Changes the oauth block of Immich's settings.
    pub async fn set(&self, change: impl FnOnce(&mut Value)) {
        let mut config = self.ask("GET", "/system-config", &Value::Null).await.1;
        change(&mut config["oauth"]);
        let (status, told) = self.ask("PUT", "/system-config", &config).await;
        assert_eq!(status, 200, "{told}");
    }

    /// Asks authentik as its administrator.
    pub fn authentik(&self) -> Asker {
        let token = self.site.authentik.admin_token();
        Asker::new(&self.site.authentik.url(), Some(token.expose()))
    }

    /// Changes the provider.
    pub async fn provider(&self, change: &Value) {
        let pk = self.site.authentik.providers()[0]["pk"].clone();
        let path = format!("/api/v3/providers/oauth2/{pk}/");
        let answer = self.authentik().json("PATCH", &path, change).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Has the provider say this of everybody beside what it says. A mapping of
    /// an earlier call gives way.
    pub async fn claim(&self, scope: &str, expression: &str) {
        let number = self.site.authentik.requests().len();
        let own = json!({
            "name": format!("own {number}"), "scope_name": scope, "expression": expression,
        });
        let path = "/api/v3/propertymappings/provider/scope/";
        let made = self.authentik().json("POST", path, &own).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let mut keys = self.managed(&SCOPES).await;
        keys.push(made.json()["pk"].clone());
        self.provider(&json!({ "property_mappings": keys })).await;
    }

    /// The keys of authentik's own mappings of these scopes.
    pub async fn managed(&self, scopes: &[&str]) -> Vec<Value> {
        let rows = self.authentik().get("/api/v3/propertymappings/provider/scope/").await.json();
        let wanted = |row: &&Value| {
            scopes.contains(&row["scope_name"].as_str().unwrap()) && !row["managed"].is_null()
        };
        let rows = rows["results"].as_array().unwrap();
        rows.iter().filter(wanted).map(|row| row["pk"].clone()).collect()
    }

    /// The user of that name at authentik.
    async fn person(&self, username: &str) -> String {
        let path = format!("/api/v3/core/users/?username={username}");
        let found = self.authentik().get(&path).await.json();
        format!("/api/v3/core/users/{}/", found["results"][0]["pk"])
    }

    /// Changes the e-mail address of somebody at authentik.
    pub async fn has_email(&self, username: &str, email: &str) {
        let path = self.person(username).await;
        let changed = self.authentik().json("PATCH", &path, &json!({ "email": email })).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
    }

    /// Makes a user at authentik with the password `password`.
    pub async fn make_person(&self, username: &str, email: &str) {
        let asker = self.authentik();
        let user = json!({ "username": username, "name": username, "email": email });
        let made = asker.json("POST", "/api/v3/core/users/", &user).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let path = format!("{}set_password/", self.person(username).await);
        let set = asker.json("POST", &path, &json!({ "password": "password" })).await;
        assert_eq!(set.status, 204, "{}", set.text);
    }

    /// Begins a login at Immich and signs somebody in at authentik: where the
    /// browser is sent.
    pub async fn arrive(&self, client: &Client, begin: &Value, who: &str, stop: &str) -> String {
        let url = format!("{}/api/oauth/authorize", self.site.immich.url());
        let begun = client.post(url).json(begin).send().await.unwrap();
        assert_eq!(begun.status(), 201);
        let begun: Value = begun.json().await.unwrap();
        let password = Authentik::password(who);
        let password = if password.expose().is_empty() { "password".into() } else { password };
        let person = Person::new(who, password);
        person.sign_in(begun["url"].as_str().unwrap(), stop).await.unwrap()
    }

    /// A login of somebody from the button to Immich's answer, in a browser of
    /// their own.
    pub async fn log_in(&self, who: &str) -> Value {
        let client = browser();
        let web = crate::site::WEB;
        let arrived = self.arrive(&client, &json!({ "redirectUri": web }), who, web).await;
        let url = format!("{}/api/oauth/callback", self.site.immich.url());
        let answer = client.post(url).json(&json!({ "url": arrived })).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        answer.json().await.unwrap()
    }

    /// Makes a user of Immich's own with the password `password`: their id.
    pub async fn make_local(&self, email: &str, must_change_it: bool) -> String {
        let user = json!({
            "email": email, "name": "Local", "password": "password",
            "shouldChangePassword": must_change_it,
        });
        let (status, made) = self.ask("POST", "/admin/users", &user).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    /// Logs such a user in: their token.
    pub async fn log_in_locally(&self, email: &str, password: &str) -> String {
        let url = format!("{}/api/auth/login", self.site.immich.url());
        let body = json!({ "email": email, "password": password });
        let answer = browser().post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let answer: Value = answer.json().await.unwrap();
        answer["accessToken"].as_str().unwrap().to_owned()
    }

    /// Whether the recorded request has a header of that name.
    pub fn has(&self, name: &header::HeaderName) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name.as_str()))
    }
}
