//! Working out what a token takes.

use super::{
    AccessPart, KnownAccess, TokenError, TokenLife, TokenOwner, TokenPart, TokenPlan, TokenWish,
};
use crate::{
    authentik::{Client, Me, Permission, path},
    site::Fault,
};

/// How many numbers are tried where a name is taken.
const NUMBERS: u32 = 50;

impl Client {
    /// Plans a token with least rights: for a superuser a role with exactly
    /// the permissions and a service account of its own, for anybody else a
    /// token of the user's, which permits what the user may do. What is known
    /// and there is used again. Reads only.
    ///
    /// # Errors
    /// [`NotAllowed`](crate::site::FaultKind::NotAllowed) for somebody who may not do what the token is
    /// for: nothing is made for them.
    pub async fn plan_token(&self, wish: &TokenWish) -> Result<TokenPlan, Fault> {
        let me = self.me().await?;
        if me.is_superuser { self.dedicated(wish).await } else { self.own(wish, me).await }
    }

    /// A token of whoever asks, if they may do what it is for.
    async fn own(&self, wish: &TokenWish, me: Me) -> Result<TokenPlan, Fault> {
        let needs: Vec<Permission> = wish
            .permissions
            .iter()
            .copied()
            // It helps to see; a set-up does not need it.
            .filter(|need| *need != Permission::ViewUser)
            .collect();
        let missing = self.preflight(&needs).await?;
        if !missing.is_empty() {
            let list: Vec<String> = missing.iter().map(ToString::to_string).collect();
            let error = TokenError::NotPermitted { user: me.username, lacks: list.join(", ") };
            return Err(Fault::of(&error, word!("create a token")));
        }
        let identifier = self.free_name(wish, &[Kind::Token]).await?;
        let token = TokenPart {
            identifier,
            owner: TokenOwner::Caller { name: me.username.clone() },
            life: wish.life,
        };
        Ok(TokenPlan { parts: Vec::new(), token })
    }

    /// A token of a service account with a role that permits just what is
    /// needed.
    async fn dedicated(&self, wish: &TokenWish) -> Result<TokenPlan, Fault> {
        let known = self.still_there(&wish.known).await?;
        let mut fresh = Vec::new();
        let missing = [
            (known.account.is_none(), Kind::Account),
            (known.role.is_none(), Kind::Role),
            (known.group.is_none(), Kind::Group),
        ];
        fresh.extend(missing.into_iter().filter(|(is, _)| *is).map(|(_, kind)| kind));
        let name = if fresh.is_empty() {
            wish.identifier.clone()
        } else {
            self.free_name(wish, &[fresh.as_slice(), &[Kind::Token]].concat()).await?
        };
        let identifier = if fresh.is_empty() {
            self.free_name(wish, &[Kind::Token]).await?
        } else {
            name.clone()
        };
        let permissions = wish.permissions.iter().map(|need| need.codename().to_owned()).collect();
        let account = known.account.as_ref().map(|(pk, _)| *pk);
        let owner = known.account.as_ref().map_or_else(|| name.clone(), |(_, name)| name.clone());
        let mut parts = Vec::new();
        if account.is_none() {
            let expiring = wish.life.expires();
            parts.push(AccessPart::MakeAccount { name: name.clone(), expiring });
        }
        let role = self.role_part(&name, &known, permissions).await?;
        parts.push(role);
        if let Some(group) = self.group_part(&name, account, &known).await? {
            parts.push(group);
        }
        let token = TokenPart {
            identifier,
            owner: TokenOwner::Account { name: owner, account },
            life: wish.life,
        };
        Ok(TokenPlan { parts, token })
    }

    async fn role_part(
        &self,
        name: &str,
        known: &KnownAccess,
        permissions: Vec<String>,
    ) -> Result<AccessPart, Fault> {
        let row = match &known.role {
            Some((pk, _)) => self.role_row(pk).await?,
            None => None,
        };
        let name = row.as_ref().map_or_else(|| name.to_owned(), |row| row.name.clone());
        Ok(AccessPart::MakeRole { name, known: row.map(|row| row.pk), permissions })
    }

    /// `None`: the group gives the account the role already.
    async fn group_part(
        &self,
        name: &str,
        account: Option<i64>,
        known: &KnownAccess,
    ) -> Result<Option<AccessPart>, Fault> {
        let row = match &known.group {
            Some((pk, _)) => self.group_row(pk).await?,
            None => None,
        };
        let role = known.role.as_ref().map(|(pk, _)| pk.clone());
        let Some(row) = row else {
            return Ok(Some(AccessPart::MakeGroup {
                name: name.to_owned(),
                known: None,
                account,
                role,
                users: Vec::new(),
                roles: Vec::new(),
            }));
        };
        let has = account.is_some_and(|pk| row.users.contains(&pk))
            && role.as_ref().is_some_and(|pk| row.roles.contains(pk));
        Ok((!has).then_some(AccessPart::MakeGroup {
            name: row.name,
            known: Some(row.pk),
            account,
            role,
            users: row.users,
            roles: row.roles,
        }))
    }

    /// What is known and there still. An account by number and name: a new
    /// authentik counts from the beginning.
    async fn still_there(&self, known: &KnownAccess) -> Result<KnownAccess, Fault> {
        let mut there = KnownAccess { retired: known.retired.clone(), ..KnownAccess::default() };
        if let Some((pk, name)) = &known.account {
            let row = self.account_row(*pk).await?;
            there.account = row.filter(|row| row.username == *name).map(|_| (*pk, name.clone()));
        }
        if let Some((pk, name)) = &known.role
            && let Some(row) = self.role_row(pk).await?
        {
            there.role = Some((pk.clone(), same_name(name, row.name)?));
        }
        if let Some((pk, name)) = &known.group
            && let Some(row) = self.group_row(pk).await?
        {
            there.group = Some((pk.clone(), same_name(name, row.name)?));
        }
        Ok(there)
    }

    /// The first of `name`, `name-2`, `name-3` that nothing of these kinds has.
    async fn free_name(&self, wish: &TokenWish, kinds: &[Kind]) -> Result<String, Fault> {
        let name = &wish.identifier;
        for number in 1..=NUMBERS {
            let candidate = if number == 1 { name.clone() } else { format!("{name}-{number}") };
            if !self.is_taken(&candidate, wish, kinds).await? {
                return Ok(candidate);
            }
        }
        let error = TokenError::NoFreeName { name: name.clone(), numbers: NUMBERS };
        Err(Fault::of(&error, word!("find a name for the token")))
    }

    async fn is_taken(&self, name: &str, wish: &TokenWish, kinds: &[Kind]) -> Result<bool, Fault> {
        for kind in kinds {
            let taken = match kind {
                Kind::Account => self.account_named(name).await?.is_some(),
                Kind::Role => self.role_named(name).await?.is_some(),
                Kind::Group => self.group_named(name).await?.is_some(),
                Kind::Token if wish.known.retired.iter().any(|retired| retired == name) => false,
                Kind::Token => {
                    let list = format!("{}?identifier={}&", path::TOKENS, path::query(name));
                    let rows = self.rows(word!("find a name for the token"), &list).await?;
                    rows.iter().any(|row| row.get("identifier").is_some_and(|id| id == name))
                }
            };
            if taken {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The name, if it is the one that it was made with. A primary key is not given
/// twice: what has another name now was renamed, or is not ours.
fn same_name(made: &str, now: String) -> Result<String, Fault> {
    if made == now {
        return Ok(now);
    }
    let error = TokenError::Renamed { name: made.to_owned(), now };
    Err(Fault::of(&error, word!("create a token")))
}

/// What has a name.
#[derive(Clone, Copy)]
enum Kind {
    Account,
    Role,
    Group,
    Token,
}

impl TokenPlan {
    /// The same plan for a token that ends otherwise.
    #[must_use]
    pub fn lasting(mut self, life: TokenLife) -> Self {
        self.token.life = life;
        for part in &mut self.parts {
            if let AccessPart::MakeAccount { expiring, .. } = part {
                *expiring = life.expires();
            }
        }
        self
    }
}
