//! What was done between the recorded requests.

use serde_json::{Value, json};

use super::Names;
use crate::http::Asker;

/// What was done on the recorded servers without being recorded.
pub(super) async fn aside(before: &str, admin: &Asker, names: &mut Names) {
    let rows = async |path: &str| -> Vec<Value> {
        admin.get(path).await.json()["results"].as_array().cloned().unwrap_or_default()
    };
    let providers = "/api/v3/providers/oauth2/";
    let flow = async |slug: &str| admin.pk_of_flow(slug).await;
    match before {
        "3.delete-sample" => {
            for row in rows(&format!("{providers}?page_size=100")).await {
                if row["name"] != "immich-provider" {
                    admin
                        .send("DELETE", &format!("{providers}{}/", row["pk"]), &[], None)
                        .await
                        .unwrap();
                }
            }
        }
        "4.used_by" | "8.noperm-app-list" => {
            for row in rows("/api/v3/policies/bindings/").await {
                let path = format!("/api/v3/policies/bindings/{}/", row["pk"].as_str().unwrap());
                admin.send("DELETE", &path, &[], None).await.unwrap();
            }
            if before == "8.noperm-app-list" {
                let target =
                    admin.get("/api/v3/core/applications/immich/").await.json()["pk"].clone();
                let group = rows("/api/v3/core/groups/?name=immich-users").await[0]["pk"].clone();
                let binding = json!({"target": target, "group": group, "order": 0});
                admin.json("POST", "/api/v3/policies/bindings/", &binding).await;
            }
        }
        "4.tx-provider-after-app-delete" => {
            for row in rows("/api/v3/core/applications/?superuser_full_list=true").await {
                if row["slug"] != "immich" {
                    let path =
                        format!("/api/v3/core/applications/{}/", row["slug"].as_str().unwrap());
                    admin.send("DELETE", &path, &[], None).await.unwrap();
                }
            }
        }
        "3.corrupt-list-after" => {
            // The list is broken, and so is this one: only its number helps.
            let path = names.text(&format!("{providers}17/"));
            admin.json("PATCH", &path, &json!({"redirect_uris": []})).await;
        }
        "8.sa-prov-page1" => {
            for row in rows(&format!("{providers}?name=hs")).await {
                admin
                    .send("DELETE", &format!("{providers}{}/", row["pk"]), &[], None)
                    .await
                    .unwrap();
            }
        }
        "5.authorize-tofu-noapp" => {
            let body = json!({
                "name": "tofu", "client_id": "tofu", "redirect_uris": [],
                "authorization_flow": flow("default-provider-authorization-explicit-consent").await,
                "invalidation_flow": flow("default-provider-invalidation-flow").await,
            });
            let made = admin.json("POST", providers, &body).await.json();
            for old in 18..=22 {
                names.providers.insert(old, made["pk"].as_i64().unwrap());
            }
        }
        "8.extraperm-flows" => {
            admin.send("DELETE", "/api/v3/core/applications/perm-app/", &[], None).await.unwrap();
            for row in rows(&format!("{providers}?name=perm-prov")).await {
                admin
                    .send("DELETE", &format!("{providers}{}/", row["pk"]), &[], None)
                    .await
                    .unwrap();
            }
        }
        "5b.rotate-new" | "5b.emptysecret" | "5b.public-wrong" | "5b.noapp-token" => {
            let change = match before {
                "5b.rotate-new" => json!({"client_id": "hs", "client_secret": "new-one"}),
                "5b.emptysecret" => json!({"client_secret": ""}),
                "5b.public-wrong" => json!({"client_type": "public"}),
                _ => json!({"client_type": "confidential"}),
            };
            for row in rows(&format!("{providers}?name=hs")).await {
                admin.json("PATCH", &format!("{providers}{}/", row["pk"]), &change).await;
            }
        }
        _ => {}
    }
}
