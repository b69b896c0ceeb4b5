//! Files of ours as fuzzing reads them.

use super::failure::Failure;
use super::notes::Notes;
use super::{Sort, document, key_file, sort_of};

/// A moment of 2026, at which the seeds hold.
const NOW: i64 = 1_767_225_600_000;

/// What is read of a document is what was written, whoever wrote it.
pub(crate) fn document(bytes: &[u8]) {
    for now in [NOW, 0, i64::MAX, i64::MIN] {
        if let Ok(identity) = document::identity(bytes, now) {
            assert!(identity.by_person && identity.expires_at().is_some());
            let written = document::of_identity(&identity);
            let again = document::identity(&written, now).map(|again| document::of_identity(&again));
            assert!(again.is_ok_and(|again| *again == *written), "{identity:?}");
            assert!(document::text(bytes, now).is_err(), "one document is two things");
        }
        if let Ok(text) = document::text(bytes, now) {
            assert!(document::text(&document::of_text(&text, None, now), now).is_ok());
        }
    }
}

/// Notes of other processes, and their failures.
pub(crate) fn notes(bytes: &[u8]) {
    if let Ok(notes) = serde_json::from_slice::<Notes>(bytes) {
        let again = serde_json::to_vec(&notes).ok().and_then(|text| serde_json::from_slice::<Notes>(&text).ok());
        assert_eq!(again.as_ref(), Some(&notes));
        // An error is the same one process further.
        if let Some(error) = notes.failed.and_then(|(_, failure)| failure.error()) {
            let told = Failure::of(&error).error().map(|error| format!("{error:?}"));
            assert_eq!(told, Some(format!("{error:?}")));
        }
    }
}

/// A key has its length; a name tells what a file is for.
pub(crate) fn key_and_name(bytes: &[u8]) {
    assert_eq!(key_file::of_bytes(bytes).is_some(), bytes.len() == 32);
    let Ok(name) = str::from_utf8(bytes) else { return };
    let rest = name.split_once('.').map(|(_, rest)| rest);
    match sort_of(name) {
        Some(Sort::Key) => assert!(name.starts_with("key")),
        Some(Sort::Lock) => assert!(name.len() == 69 && rest == Some("lock")),
        Some(Sort::Document) => assert!(name.len() >= 64 && rest != Some("lock")),
        None => {}
    }
}
