//! Accounts, roles, groups and tokens as authentik has them: looked up by
//! primary key, changed, deleted.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::TokenError;
use crate::{
    authentik::{
        Client, Me,
        answers::{Unreadable, nonsense},
        call::Call,
        path,
    },
    net::{Answer, Fills, Hole, Request},
    secret::Secret,
    site::Fault,
};

/// A token, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// The primary key.
    pub pk: String,
    /// The name by which it is reached.
    pub identifier: String,
    /// The primary key of the user whose it is.
    pub user: i64,
    /// When it ends, by authentik's own word; `None`: not by itself.
    pub expires: Option<Timestamp>,
}

/// A user, as far as access goes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccountRow {
    /// The primary key.
    pub pk: i64,
    /// The user name.
    pub username: String,
    /// When it was made; some releases do not say.
    #[serde(default)]
    pub date_joined: Option<Timestamp>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RoleRow {
    /// The primary key.
    pub pk: String,
    /// The name.
    pub name: String,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GroupRow {
    /// The primary key.
    pub pk: String,
    /// The name.
    pub name: String,
    /// The primary keys of its members.
    #[serde(default, deserialize_with = "or_none")]
    pub users: Vec<i64>,
    /// The primary keys of its roles.
    #[serde(default, deserialize_with = "or_none")]
    pub roles: Vec<String>,
}

/// A list that may be `null`.
fn or_none<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(from)?.unwrap_or_default())
}

impl TokenRow {
    fn read(body: &Value) -> Option<Self> {
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let expires = body.get("expiring").and_then(Value::as_bool).unwrap_or(true);
        Some(Self {
            pk: text("pk")?.to_owned(),
            identifier: text("identifier")?.to_owned(),
            user: body.get("user")?.as_i64()?,
            // A time is shown also where it does not apply.
            expires: text("expires").filter(|_| expires).and_then(|at| at.parse().ok()),
        })
    }

    pub(super) fn of(tried: &str, answer: &Answer) -> Result<Self, Fault> {
        let body = answer.json().unwrap_or_default();
        Self::read(&body).ok_or_else(|| nonsense(tried, answer, Unreadable::NoToken))
    }
}

impl Client {
    /// The token of that identifier, if whoever asks may see it.
    pub async fn token_row(&self, identifier: &str) -> Result<Option<TokenRow>, Fault> {
        let tried = say!("look up the token `{identifier}`", identifier);
        let Some((_, answer)) = self.find(&tried, &path::token(identifier)).await? else {
            return Ok(None);
        };
        TokenRow::of(&tried, &answer).map(Some)
    }

    /// The API tokens of a user, as far as whoever asks may see them.
    pub async fn tokens_of(&self, user: i64) -> Result<Vec<TokenRow>, Fault> {
        let mut rows = self.api_tokens().await?;
        rows.retain(|row| row.user == user);
        Ok(rows)
    }

    async fn api_tokens(&self) -> Result<Vec<TokenRow>, Fault> {
        let rows =
            self.rows(word!("list the tokens"), &format!("{}?intent=api&", path::TOKENS)).await?;
        Ok(rows.iter().filter_map(TokenRow::read).collect())
    }

    /// Whose token this client works with, and the API tokens of that user, as
    /// far as they may be seen. Both are asked for at once.
    ///
    /// # Errors
    /// When either cannot be read.
    pub async fn my_tokens(&self) -> Result<(Me, Vec<TokenRow>), Fault> {
        let (me, mut rows) = tokio::try_join!(self.me(), self.api_tokens())?;
        rows.retain(|row| row.user == me.pk);
        Ok((me, rows))
    }

    /// Changes a token by [`Call::change_token`].
    ///
    /// # Errors
    /// Also when the token has another user afterwards.
    pub async fn change_token(&self, token: &TokenRow, call: &Call) -> Result<TokenRow, Fault> {
        let fills = Fills::default().with(Hole::TokenUser, token.user);
        let answer = self.carry_out(call, &fills).await?;
        let after = TokenRow::of(call.what(), &answer)?;
        if after.user == token.user {
            return Ok(after);
        }
        Err(Fault::of(&TokenError::ChangedHands, call.what()))
    }

    /// A user by primary key.
    pub async fn account_row(&self, pk: i64) -> Result<Option<AccountRow>, Fault> {
        let tried = say!("look up the user number {pk}", pk);
        let row: Option<AccountRow> = self.row_at(&tried, &path::user(pk)).await?;
        asked_for(row, |row| row.pk.to_string(), &pk.to_string(), &tried)
    }

    /// A role by primary key.
    pub async fn role_row(&self, pk: &str) -> Result<Option<RoleRow>, Fault> {
        let tried = word!("look up the role");
        let row: Option<RoleRow> = self.row_at(tried, &path::role(pk)).await?;
        asked_for(row, |row| row.pk.clone(), pk, tried)
    }

    /// A group by primary key.
    pub async fn group_row(&self, pk: &str) -> Result<Option<GroupRow>, Fault> {
        let tried = word!("look up the group");
        let row: Option<GroupRow> = self.row_at(tried, &path::group(pk)).await?;
        asked_for(row, |row| row.pk.clone(), pk, tried)
    }

    /// The user of exactly that name.
    pub async fn account_named(&self, name: &str) -> Result<Option<AccountRow>, Fault> {
        let list = format!("{}?username={}&", path::USERS, path::query(name));
        let rows: Vec<AccountRow> = self.list(word!("look for the account"), &list).await?;
        Ok(rows.into_iter().find(|row| row.username == name))
    }

    /// The role of exactly that name.
    pub async fn role_named(&self, name: &str) -> Result<Option<RoleRow>, Fault> {
        let list = format!("{}?name={}&", path::ROLES, path::query(name));
        let rows: Vec<RoleRow> = self.list(word!("look for the role"), &list).await?;
        Ok(rows.into_iter().find(|row| row.name == name))
    }

    /// The group of exactly that name.
    pub async fn group_named(&self, name: &str) -> Result<Option<GroupRow>, Fault> {
        let list = format!("{}?name={}&", path::GROUPS, path::query(name));
        let rows: Vec<GroupRow> = self.list(word!("look for the group"), &list).await?;
        Ok(rows.into_iter().find(|row| row.name == name))
    }

    /// The groups that have a role.
    pub async fn groups_with_role(&self, role: &str) -> Result<Vec<GroupRow>, Fault> {
        let list = format!("{}?include_users=false&", path::GROUPS);
        let rows: Vec<GroupRow> = self.list(word!("list the groups"), &list).await?;
        Ok(rows.into_iter().filter(|row| row.roles.iter().any(|pk| pk == role)).collect())
    }

    /// The row of the API token whose text is `token`, among those of whoever
    /// asks. Not everybody may see the text of their own: then the one among
    /// `known` primary keys is taken for it, if there is just one.
    pub async fn identify(
        &self,
        token: &Secret,
        known: &[String],
    ) -> Result<Option<TokenRow>, Fault> {
        let tried = word!("find out which token this is");
        let (_, own) = self.my_tokens().await?;
        for row in &own {
            let request = Request::get(path::token_key(&row.identifier));
            // One that it may not see is not the one that it made.
            let Ok(answer) = self.succeed(tried, request).await else { continue };
            let body = answer.json().unwrap_or_default();
            if body.get("key").and_then(Value::as_str).map(Secret::new).as_ref() == Some(token) {
                return Ok(Some(row.clone()));
            }
        }
        let mut ours = own.into_iter().filter(|row| known.contains(&row.pk));
        Ok(ours.next().filter(|_| ours.next().is_none()))
    }

    async fn row_at<T: for<'de> Deserialize<'de>>(
        &self,
        tried: &str,
        path: &str,
    ) -> Result<Option<T>, Fault> {
        let Some((body, answer)) = self.find(tried, path).await? else { return Ok(None) };
        let row = serde_json::from_value(body);
        row.map(Some).map_err(|why| nonsense(tried, &answer, Unreadable::Row(why)))
    }
}

/// A row that has the primary key that was asked for.
fn asked_for<T>(
    row: Option<T>,
    pk: impl Fn(&T) -> String,
    asked: &str,
    tried: &str,
) -> Result<Option<T>, Fault> {
    match row.as_ref().map(pk) {
        Some(pk) if pk != asked => Err(Fault::of(&TokenError::OtherRow { pk }, tried)),
        _ => Ok(row),
    }
}
