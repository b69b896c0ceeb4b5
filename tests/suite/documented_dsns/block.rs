//! A block of code in a page, and what its first line says that it is.

/// What a block is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A section of odbc.ini.
    Section,
    /// A connection string.
    Text,
    /// A URL.
    Url,
    /// What is asked for the DSN above.
    Requests,
    /// A file that the DSNs of the page need; `~` is the home directory.
    File(String),
    /// A policy of IAM, or an answer.
    Json,
    /// What is typed elsewhere: at a shell, at the database, into a form of the provider.
    Elsewhere,
    Other,
}

#[derive(Clone, Debug)]
pub struct Block {
    pub kind: Kind,
    /// What else its first line says: the plugin, and `device` where a code is typed elsewhere.
    pub words: Vec<String>,
    /// Of its first line of text, from 1.
    pub line: usize,
    pub text: String,
}

impl Kind {
    pub fn is_dsn(&self) -> bool {
        matches!(self, Self::Section | Self::Text | Self::Url)
    }

    fn of(language: &str, word: Option<&str>) -> Self {
        match (language, word) {
            ("ini", Some("dsn")) => Self::Section,
            ("text", Some("dsn")) => Self::Text,
            ("text", Some("jdbc")) => Self::Url,
            ("text", Some("requests")) => Self::Requests,
            (_, Some(word)) if word.starts_with("file=") => Self::File(word["file=".len()..].to_owned()),
            ("json", None) => Self::Json,
            ("sh" | "sql" | "powershell" | "xml", None) => Self::Elsewhere,
            _ => Self::Other,
        }
    }
}

/// The blocks of a page, in their order.
pub fn all(page: &str) -> Vec<Block> {
    let (mut blocks, mut open) = (Vec::<Block>::new(), false);
    for (index, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(info), false) => {
                let mut words = info.split_whitespace();
                let (language, word) = (words.next().unwrap_or_default(), words.next());
                let words = words.map(str::to_owned).collect();
                blocks.push(Block { kind: Kind::of(language, word), words, line: index + 2, text: String::new() });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let block = blocks.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) => {}
        }
    }
    assert!(!open, "a block has no end");
    blocks
}
