//! Making what was planned.

use serde_json::Value;

use super::{
    AccessIds, AccessPart, MadeNote, MadeToken, TokenCalls, TokenError, TokenLife, TokenOwner,
    TokenPart, TokenPlan, TokenRow,
};
use crate::{
    authentik::{
        Client,
        answers::{Unreadable, nonsense},
        call::{Call, When},
    },
    net::Fills,
    secret::Secret,
    site::{Fault, FaultKind},
};

impl Client {
    /// Makes or changes one object that a token needs, and returns its primary
    /// key with what did not go as planned.
    ///
    /// # Errors
    /// The first refusal. Where the object was made and something after it was
    /// refused, the fault says that it may be there.
    pub async fn make_part(
        &self,
        part: &AccessPart,
        ids: &AccessIds,
    ) -> Result<(Value, Vec<MadeNote>), Fault> {
        let (mut pk, mut ids) = (part.known().map(Value::from), ids.clone());
        let mut notes = Vec::new();
        for call in part.calls() {
            let answer = match self.carry_out(&call, &ids.fills()).await {
                Ok(answer) => answer,
                Err(why) if call.is_sent() == When::Harmless => {
                    if why.kind != FaultKind::NotFound {
                        notes.push(MadeNote::failed(call.what(), &why));
                    }
                    continue;
                }
                // The object is there: this is not the whole of it.
                Err(why) if pk.is_some() && part.known().is_none() => {
                    return Err(Fault { kind: FaultKind::NotKept, ..why });
                }
                Err(why) => return Err(why),
            };
            if pk.is_none() {
                let key =
                    if matches!(part, AccessPart::MakeAccount { .. }) { "user_pk" } else { "pk" };
                let body = answer.json().unwrap_or_default();
                let found = body.get(key).filter(|pk| pk.is_i64() || pk.is_string()).cloned();
                let found = found
                    .ok_or_else(|| nonsense(call.what(), &answer, Unreadable::NoField(key)))?;
                if let AccessPart::MakeRole { .. } = part {
                    ids.role = found.as_str().map(str::to_owned);
                }
                pk = Some(found);
            }
        }
        Ok((pk.unwrap_or_default(), notes))
    }

    /// Makes the token, reads its text, and asks once with it.
    ///
    /// # Errors
    /// The first refusal; the token is deleted again then, and where that
    /// fails, too, the fault says that it may be there.
    pub async fn make_token(&self, part: &TokenPart, ids: &AccessIds) -> Result<MadeToken, Fault> {
        let calls = part.calls();
        let answer = self.carry_out(&calls.create, &ids.fills()).await?;
        let row = TokenRow::of(calls.create.what(), &answer)
            .map_err(|why| Fault { kind: FaultKind::NotKept, ..why })?;
        let made = self.finish_token(part, ids, row.clone(), &calls).await;
        match made {
            Ok(made) => Ok(made),
            Err(why) => Err(self.withdraw_token(&row, why).await),
        }
    }

    /// Deletes a token that is of no use, and returns why it is of none. Where
    /// that fails the token is there still, and the fault says so.
    pub async fn withdraw_token(&self, row: &TokenRow, why: Fault) -> Fault {
        match self.carry_out(&Call::delete_token(&row.identifier), &Fills::default()).await {
            Ok(_) => why,
            Err(gone) if gone.kind == FaultKind::NotFound => why,
            Err(_) => Fault { kind: FaultKind::NotKept, ..why },
        }
    }

    async fn finish_token(
        &self,
        part: &TokenPart,
        ids: &AccessIds,
        mut row: TokenRow,
        calls: &TokenCalls,
    ) -> Result<MadeToken, Fault> {
        let tried = say!("create the token `{name}`", name = part.identifier);
        let mut notes = Vec::new();
        // Whoever is no administrator gets an end without asking for one.
        if let Some(keep) = calls.keep.as_ref().filter(|_| row.expires.is_some()) {
            match self.change_token(&row, keep).await {
                Ok(changed) => row = changed,
                Err(why) => notes.push(MadeNote::failed(&why.tried, &why)),
            }
        }
        let body = self.carry_out(&calls.read, &Fills::default()).await?.json().unwrap_or_default();
        let Some(token) = body.get("key").and_then(Value::as_str).map(Secret::new) else {
            return Err(Fault::of(&TokenError::NotShown, tried));
        };
        let me = Self::new(self.http().clone(), Some(token.clone())).me().await;
        me.map_err(|why| Fault { tried: tried.clone(), ..why })?;
        if let TokenOwner::Account { account, .. } = &part.owner
            && account.or(ids.account) != Some(row.user)
        {
            return Err(Fault::of(&TokenError::OfAnother, tried));
        }
        notes.extend(unlike(part.life, &row));
        Ok(MadeToken { token, row, username: part.owner.name().to_owned(), notes })
    }

    /// Makes all that was planned, one after another.
    ///
    /// # Errors
    /// The first refusal. What was made until then stays.
    pub async fn make_all(&self, plan: &TokenPlan) -> Result<MadeToken, Fault> {
        let mut ids = AccessIds::default();
        for part in &plan.parts {
            let (pk, _) = self.make_part(part, &ids).await?;
            match part {
                AccessPart::MakeAccount { .. } => ids.account = pk.as_i64(),
                AccessPart::MakeRole { .. } => ids.role = pk.as_str().map(str::to_owned),
                AccessPart::MakeGroup { .. } => {}
            }
        }
        self.make_token(&plan.token, &ids).await
    }
}

/// What to say where a token ends otherwise than asked for.
const fn unlike(life: TokenLife, row: &TokenRow) -> Option<MadeNote> {
    match (life, row.expires) {
        (TokenLife::Unlimited, Some(at)) => Some(MadeNote::Ends(at)),
        (TokenLife::Limited, None) => Some(MadeNote::Endless),
        _ => None,
    }
}
