//! Links of Immich's accounts in a real PostgreSQL.

use immich_sso::{
    immich::{Accounts, Relink},
    site::{FaultKind, Version},
};

use crate::host::Place;

/// What quoting by hand gets wrong.
const HOSTILE: &str = "a'b\"c\\d$e$$f;--\né\u{1f600} $wz_$";

const TABLE: &str = "(id uuid PRIMARY KEY, email varchar NOT NULL, name varchar NOT NULL, \
     \"oauthId\" varchar NOT NULL DEFAULT '', \"deletedAt\" timestamptz)";

const IDS: [&str; 4] = [
    "00000000-0000-4000-8000-000000000001",
    "00000000-0000-4000-8000-000000000002",
    "00000000-0000-4000-8000-000000000003",
    "00000000-0000-4000-8000-000000000004",
];

/// Ended all at once or not at all, each guarded by what it was; and put back.
pub async fn links(place: &Place) {
    for (table, version) in
        [("users", Version::new(1, 106, 4)), ("\"user\"", Version::new(2, 7, 5))]
    {
        place.engine.sql(&format!("CREATE TABLE {table} {TABLE}"));
        for (id, row) in IDS.iter().zip([
            "'alice@example.com', 'Alice', 'one', NULL",
            "'bob@example.com', 'Bob', 'two', NULL",
            "'carol@example.com', 'Carol', '', NULL",
            "'gone@example.com', 'Gone', 'three', now()",
        ]) {
            place.engine.sql(&format!("INSERT INTO {table} VALUES ('{id}', {row})"));
        }
        let accounts = Accounts::new(&place.host, &place.profile, &version);
        let linked = accounts.linked().await.unwrap();
        let seen: Vec<_> =
            linked.iter().map(|user| (user.email.as_str(), user.oauth_id.as_str())).collect();
        assert_eq!(seen, [("alice@example.com", "one"), ("bob@example.com", "two")]);

        let change = |id: &str, from: &str, to: &str| Relink {
            id: id.into(),
            email: String::new(),
            from: from.into(),
            to: to.into(),
        };
        // One of them moved: none is changed.
        let both = [change(IDS[0], "one", ""), change(IDS[1], "another", "")];
        let fault = accounts.relink(&both).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Moved, "{fault}");
        let missing = [change(IDS[0], "one", ""), change(&IDS[0].replace('1', "9"), "x", "")];
        assert_eq!(accounts.relink(&missing).await.unwrap_err().kind, FaultKind::Moved);
        assert_eq!(accounts.linked().await.unwrap().len(), 2);

        let both = [change(IDS[0], "one", ""), change(IDS[1], "two", HOSTILE)];
        accounts.relink(&both).await.unwrap();
        let linked = accounts.linked().await.unwrap();
        assert_eq!(linked.len(), 1);
        assert_eq!(linked[0].oauth_id, HOSTILE);
        let back = [change(IDS[0], "", "one"), change(IDS[1], HOSTILE, "two")];
        accounts.relink(&back).await.unwrap();
        let kept = place.engine.sql(&format!("SELECT \"oauthId\" FROM {table} ORDER BY id"));
        assert_eq!(kept.split('\n').collect::<Vec<_>>(), ["one", "two", "", "three"], "{table}");
        place.engine.sql(&format!("DROP TABLE {table}"));
    }
}
