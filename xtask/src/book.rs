//! `cargo xtask book`: the documentation as a book of HTML pages, made by mdBook.
//!
//! Pages link to what is outside of docs/ too: README.md, sources, other pages. mdBook knows one folder, so that it gets one
//! of its own, laid out as the repository is, with what the pages lead to and nothing else.

use crate::args::Args;
use crate::run::{Outcome, create_dir, program, read, root, run, target, write};
use crate::tools::Tool;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

const MDBOOK: Tool = Tool { name: "mdbook", version: "0.5.4", options: &["--no-default-features"] };
const SUMMARY: &str = "docs/SUMMARY.md";

/// The chore.
pub fn chore(args: Args) -> Outcome {
    args.finish()?;
    let book = target().join("book");
    if book.exists() {
        fs::remove_dir_all(&book).map_err(|error| format!("{}: {error}", book.display()))?;
    }
    let (sources, pages) = (book.join("source"), book.join("html"));
    lay_out(&sources)?;
    run(program(MDBOOK.provide()?).arg("build").arg(&sources).arg("--dest-dir").arg(&pages))?;
    println!("{}", pages.join("index.html").display());
    Ok(())
}

/// Copies the pages of the summary, and from there on whatever they lead to.
fn lay_out(sources: &Path) -> Outcome {
    let summary = read(&root().join(SUMMARY))?;
    let mut seen = BTreeSet::from([PathBuf::from(SUMMARY)]);
    let mut to_do = vec![PathBuf::from("README.md")];
    to_do.extend(targets(Path::new(SUMMARY), &summary));
    let mut others = Vec::new();
    while let Some(path) = to_do.pop() {
        if !seen.insert(path.clone()) || !root().join(&path).is_file() {
            continue;
        }
        let to = sources.join(&path);
        create_dir(to.parent().unwrap_or(&to))?;
        fs::copy(root().join(&path), &to).map_err(|error| format!("{}: {error}", path.display()))?;
        if path.extension().is_some_and(|extension| extension == "md") {
            let text = read(&root().join(&path))?;
            to_do.extend(targets(&path, &text));
            if !path.starts_with("docs") && path != Path::new("README.md") {
                others.push((path, title(&text)));
            }
        }
    }
    others.sort();
    write(&sources.join("SUMMARY.md"), &with_others(&summary, &others))?;
    write(&sources.join("book.toml"), &read(&root().join("docs/book.toml"))?)
}

/// The summary as seen from the top, with the front page before it and what stands outside of docs/ after it.
fn with_others(summary: &str, others: &[(PathBuf, String)]) -> String {
    let chapters = summary.replace("](", "](docs/").replacen("# Summary\n", "# Summary\n\n[rs_auth](README.md)\n", 1);
    let others: Vec<_> = others.iter().map(|(path, title)| format!("- [{title}]({})\n", path.display())).collect();
    format!("{chapters}\n# The repository\n\n{}", others.concat())
}

/// The first heading.
fn title(text: &str) -> String {
    let heading = text.lines().find_map(|line| line.strip_prefix("# "));
    heading.unwrap_or_default().to_owned()
}

/// Files that a page links to or includes, as paths from the top.
fn targets(page: &Path, text: &str) -> Vec<PathBuf> {
    let between = |open: &'static str, close: &'static [char]| {
        text.split(open).skip(1).filter_map(move |rest| rest.split(close).next())
    };
    let links = between("](", &[')', '#', ' ', '\n']);
    let includes = between("{{#include ", &['}', ':']);
    let local = links.chain(includes).filter(|target| !target.is_empty() && !target.contains(':'));
    local.map(|target| resolve(page, target)).collect()
}

/// A relative target of a page, from the top.
fn resolve(page: &Path, target: &str) -> PathBuf {
    let mut path = page.parent().unwrap_or(page).to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_leads_to() {
        let text = "see [a](errors.md#b), [c](https://example.com), [d](#e)\n{{#include ../../examples/login.c:f}} [g](../h.md)";
        let found = targets(Path::new("docs/integrate/c.md"), text);
        let found: Vec<_> = found.iter().map(|path| path.display().to_string()).collect();
        assert_eq!(found, ["docs/integrate/errors.md", "docs/h.md", "examples/login.c"]);
    }

    #[test]
    fn the_summary_is_seen_from_the_top() {
        let others = [(PathBuf::from("SECURITY.md"), title("text\n# Security\n# More"))];
        let summary = with_others("# Summary\n\n- [Keys](keys.md)\n", &others);
        assert_eq!(
            summary,
            "# Summary\n\n[rs_auth](README.md)\n\n- [Keys](docs/keys.md)\n\n# The repository\n\n- [Security](SECURITY.md)\n"
        );
    }
}
