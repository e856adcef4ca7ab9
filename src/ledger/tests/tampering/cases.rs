//! Each kind of tampering with one ledger, and what has to be said of it.

/// What is done, in SQL, and the sentences that are found; `*` stands for the id of a row.
pub(super) const TAMPERING: &[(&str, &str, &[&str])] = &[
    (
        "an altered outcome",
        "UPDATE attempts SET outcome = 'not_created' WHERE chain = '{a}' AND sequence = 3",
        &["Chain {a}, sequence 3, attempt *: the attempt, or a consent of it, was altered."],
    ),
    (
        "an altered time",
        "UPDATE attempts SET at = 1 WHERE chain = '{a}' AND sequence = 1",
        &["Chain {a}, sequence 1, attempt *: the attempt, or a consent of it, was altered."],
    ),
    (
        "an altered consent",
        "UPDATE consents SET version = '4' WHERE document = 'privacy' AND attempt =
                (SELECT id FROM attempts WHERE chain = '{a}' AND sequence = 4)",
        &["Chain {a}, sequence 4, attempt *: the attempt, or a consent of it, was altered."],
    ),
    (
        "a removed consent",
        "DELETE FROM consents WHERE document = 'privacy' AND attempt =
                (SELECT id FROM attempts WHERE chain = '{a}' AND sequence = 4)",
        &["Chain {a}, sequence 4, attempt *: the attempt, or a consent of it, was altered."],
    ),
    (
        "a consent that was added",
        "INSERT INTO consents SELECT id, 'ads', '1' FROM attempts
             WHERE chain = '{a}' AND sequence = 6",
        &["Chain {a}, sequence 6, attempt *: the attempt, or a consent of it, was altered."],
    ),
    (
        "a removed row",
        "DELETE FROM attempts WHERE chain = '{r}' AND sequence = 5",
        &["Chain {r}, sequence 5: an attempt is missing, and nothing says that this was lawful."],
    ),
    (
        "removed rows with their consents",
        "DELETE FROM consents WHERE attempt IN
                (SELECT id FROM attempts WHERE chain = '{a}' AND sequence IN (3, 4));
             DELETE FROM attempts WHERE chain = '{a}' AND sequence IN (3, 4)",
        &[
            "Chain {a}, sequences 3 to 4: attempts are missing, and nothing says that this was lawful.",
        ],
    ),
    (
        "a removed tail",
        "DELETE FROM attempts WHERE chain = '{a}' AND sequence = 6",
        &["Chain {a}, sequence 6: an attempt is missing, and nothing says that this was lawful."],
    ),
    (
        "a removed tail, the end changed",
        "DELETE FROM attempts WHERE chain = '{a}' AND sequence = 6;
             UPDATE chains SET length = 5, link =
                (SELECT link FROM attempts WHERE chain = '{a}' AND sequence = 5) WHERE id = '{a}'",
        &[
            "Chain {a}: what is said of it, or its end, is not as it was written.",
            "Chain {a} ends with sequence 5, but chain {r} has seen it go on to 6.",
        ],
    ),
    (
        "a removed tail, an older end put back",
        "DELETE FROM attempts WHERE chain = '{a}' AND sequence > 5;
        UPDATE chains SET length = 5, signature = '{older_end}', link =
            (SELECT link FROM attempts WHERE chain = '{a}' AND sequence = 5) WHERE id = '{a}'",
        &["Chain {a} ends with sequence 5, but chain {r} has seen it go on to 6."],
    ),
    (
        "swapped rows",
        "UPDATE attempts SET sequence = 60 WHERE chain = '{a}' AND sequence = 3;
             UPDATE attempts SET sequence = 3 WHERE chain = '{a}' AND sequence = 4;
             UPDATE attempts SET sequence = 4 WHERE chain = '{a}' AND sequence = 60",
        &[
            "Chain {a}, sequence 3, attempt *: it does not follow upon what is before it.",
            "Chain {a}, sequence 4, attempt *: it does not follow upon what is before it.",
            "Chain {a}, sequence 5, attempt *: it does not follow upon what is before it.",
        ],
    ),
    (
        "a forged tombstone",
        "INSERT INTO tombstones SELECT chain, sequence, digest, link, 1, 'forged' FROM attempts
                WHERE chain = '{r}' AND sequence = 5;
             DELETE FROM attempts WHERE chain = '{r}' AND sequence = 5",
        &[
            "Chain {r}, sequence 5: an attempt was deleted, and the tombstone was not signed with this database.key.",
        ],
    ),
    (
        "a tombstone with another's signature",
        "INSERT INTO tombstones SELECT chain, sequence, digest, link, 1,
                    (SELECT signature FROM tombstones WHERE chain = '{a}') FROM attempts
                WHERE chain = '{r}' AND sequence = 5;
             DELETE FROM attempts WHERE chain = '{r}' AND sequence = 5",
        &[
            "Chain {r}, sequence 5: an attempt was deleted, and the tombstone was not signed with this database.key.",
        ],
    ),
    (
        "a removed tombstone",
        "DELETE FROM tombstones WHERE chain = '{a}'",
        &["Chain {a}, sequence 2: an attempt is missing, and nothing says that this was lawful."],
    ),
    (
        "a forged checkpoint",
        "INSERT INTO checkpoints SELECT chain, sequence, link, 1, 'forged' FROM attempts
                WHERE chain = '{b}' AND sequence = 1",
        &["Chain {b}, sequence 1: its checkpoint was not signed with this database.key."],
    ),
    (
        "a checkpoint that was moved",
        "UPDATE checkpoints SET sequence = 4, link =
                (SELECT link FROM attempts WHERE chain = '{r}' AND sequence = 4);
             DELETE FROM attempts WHERE chain = '{r}' AND sequence = 4",
        &[
            "Chain {r}, sequence 4: its checkpoint was not signed with this database.key.",
            "Chain {r}, sequences 1 to 4: attempts are missing, and nothing says that this was lawful.",
        ],
    ),
    (
        "a removed checkpoint",
        "DELETE FROM checkpoints",
        &[
            "Chain {r}, sequences 1 to 3: attempts are missing, and nothing says that this was lawful.",
        ],
    ),
    (
        "a row before the checkpoint",
        "UPDATE attempts SET sequence = 2 WHERE chain = '{r}' AND sequence = 5",
        &[
            "Chain {r}, sequence 2, attempt *: there is another at this place, or the chain has aged out up to after it.",
            "Chain {r}, sequence 5: an attempt is missing, and nothing says that this was lawful.",
        ],
    ),
    (
        "a row and a tombstone at one place",
        "INSERT INTO tombstones SELECT chain, sequence, digest, link, 1, 'forged' FROM attempts
                WHERE chain = '{r}' AND sequence = 5",
        &[
            "Chain {r}, sequence 5: there is another at this place, or the chain has aged out up to after it.",
        ],
    ),
    (
        "a removed chain that another has noted",
        "DELETE FROM consents WHERE attempt IN (SELECT id FROM attempts WHERE chain = '{a}');
             DELETE FROM attempts WHERE chain = '{a}'; DELETE FROM tombstones WHERE chain = '{a}';
             DELETE FROM noted_ends WHERE chain = '{a}'; DELETE FROM chains WHERE id = '{a}'",
        &["Chain {a} is gone; chain {r} has noted it."],
    ),
    (
        "a removed chain, and what was noted of it",
        "DELETE FROM consents WHERE attempt IN (SELECT id FROM attempts WHERE chain = '{a}');
             DELETE FROM attempts WHERE chain = '{a}'; DELETE FROM tombstones WHERE chain = '{a}';
             DELETE FROM noted_ends; DELETE FROM chains WHERE id = '{a}'",
        &[
            "Chain {b}: what is said of it, or its end, is not as it was written.",
            "Chain {b}, sequence 1, attempt *: it does not follow upon what is before it.",
            "Chain {r}: what is said of it, or its end, is not as it was written.",
        ],
    ),
    (
        "rows whose chain was removed",
        "DELETE FROM chains WHERE id = '{b}'",
        &[
            "Chain {b} is not there, but has 1 attempt, * among them.",
            "Chain {b} is not there, but has 1 note, * among them.",
        ],
    ),
    (
        "a moved row",
        "UPDATE attempts SET chain = '{b}', sequence = 2 WHERE chain = '{r}' AND sequence = 6",
        &[
            "Chain {b}, sequence 2, attempt *: it does not follow upon what is before it.",
            "Chain {b}: it ends with sequence 1, but goes on to 2.",
            "Chain {r}, sequence 6: an attempt is missing, and nothing says that this was lawful.",
        ],
    ),
    (
        "accounts that are to age out like refusals",
        "UPDATE chains SET kind = 'refusals' WHERE id = '{b}'",
        &[
            "Chain {b}: what is said of it, or its end, is not as it was written.",
            "Chain {b}, sequence 1, attempt *: it does not follow upon what is before it.",
        ],
    ),
    (
        "a row that names another key",
        "UPDATE attempts SET pepper = 'another' WHERE chain = '{a}' AND sequence = 5",
        &["Chain {a}, sequence 5, attempt *: its key is not that of its chain."],
    ),
    (
        "a consent without an attempt",
        "INSERT INTO consents VALUES ('nobody', 'terms', '2026-10'), ('nobody', 'privacy', '3')",
        &[
            "The consent to privacy has no attempt nobody to belong to.",
            "The consent to terms has no attempt nobody to belong to.",
        ],
    ),
    (
        "a sentence that was put in",
        "UPDATE chains SET pepper = 'x\n\u{1b}[2J' WHERE id = '{b}'",
        &[
            "Chain {b} cannot be verified: it was written with another database.key, named x\u{fffd}\u{fffd}[2J.",
        ],
    ),
];
