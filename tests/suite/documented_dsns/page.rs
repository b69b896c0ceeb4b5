//! A page of the documentation with the DSNs in it.

use super::block::{self, Block, Kind};
use super::run;
use std::path::{Path, PathBuf};
use std::{env, fs};

pub struct Page {
    /// Below the repository.
    pub path: String,
    pub text: String,
    pub blocks: Vec<Block>,
}

/// A DSN of a page.
pub struct Dsn<'a> {
    pub block: &'a Block,
    pub plugin: String,
    /// Nobody can show a browser: a code is typed elsewhere.
    pub by_device: bool,
    pub requests: Option<&'a Block>,
    /// The files of its page.
    pub files: Vec<(&'a str, &'a str)>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All pages of docs.
pub fn all() -> Vec<Page> {
    let mut folders = vec![root().join("docs")];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let below: PathBuf = path.strip_prefix(root()).unwrap().into();
                pages.push(Page::read(below.to_str().unwrap(), &fs::read_to_string(path).unwrap()));
            }
        }
    }
    pages
}

impl Page {
    pub fn read(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), blocks: block::all(text) }
    }

    pub fn is_of_provider(&self) -> bool {
        self.path.starts_with("docs/providers/")
    }

    pub fn dsns(&self) -> impl Iterator<Item = Dsn<'_>> {
        let files: Vec<_> = self
            .blocks
            .iter()
            .filter_map(|block| match &block.kind {
                Kind::File(path) => Some((path.as_str(), block.text.as_str())),
                _ => None,
            })
            .collect();
        let at = self.blocks.iter().enumerate().filter(|(_, block)| block.kind.is_dsn());
        at.map(move |(index, block)| {
            let words: Vec<_> = block.words.iter().map(String::as_str).collect();
            let (plugin, by_device) = match words[..] {
                [plugin] => (plugin, false),
                [plugin, "device"] => (plugin, true),
                _ => panic!("{}:{}: which plugin?", self.path, block.line),
            };
            let mut after = self.blocks[index + 1..].iter().take_while(|block| !block.kind.is_dsn());
            let requests = after.find(|block| block.kind == Kind::Requests);
            Dsn { block, plugin: plugin.to_owned(), by_device, requests, files: files.clone() }
        })
    }

    /// Logs in with each DSN: what is wrong with the page.
    pub fn try_all(&self) -> Vec<String> {
        let (mut faults, mut made) = (Vec::new(), Vec::new());
        for dsn in self.dsns() {
            let place = format!("{}:{}", self.path, dsn.block.line);
            match run::log_in(&dsn) {
                Ok(told) => {
                    let written = dsn.requests.filter(|block| block.text != told);
                    made.extend(written.map(|block| (block, told)));
                }
                Err(fault) => faults.push(format!("{place}: {fault}")),
            }
        }
        if env::var_os("RS_AUTH_BLESS").is_some() && root().join(&self.path).exists() {
            self.write(&made);
        } else {
            let stale = |(block, told): &(&Block, String)| {
                format!("{}:{}: the requests are not current (RS_AUTH_BLESS=1):\n{told}", self.path, block.line)
            };
            faults.extend(made.iter().map(stale));
        }
        faults
    }

    /// Writes the page with these texts in these blocks.
    fn write(&self, made: &[(&Block, String)]) {
        let mut lines: Vec<String> = self.text.lines().map(str::to_owned).collect();
        for (block, told) in made.iter().rev() {
            let first = block.line - 1;
            lines.splice(first..first + block.text.lines().count(), told.lines().map(str::to_owned));
        }
        if !made.is_empty() {
            fs::write(root().join(&self.path), lines.join("\n") + "\n").unwrap();
        }
    }
}
