//! What a `Cargo.toml` says: the package's name and its dependencies. It resolves no versions and asks no registry.

use toml::{Table, Value};

/// The facts of one manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// `package.name`.
    pub package: Option<String>,
    /// Every dependency in every section, for every target.
    pub dependencies: Vec<Dependency>,
}

/// One line of a dependency section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The name it has in the section.
    pub key: String,
    /// The package behind the name, where the section or the workspace says another one.
    pub package: String,
    /// Which kind of section it stands in.
    pub section: Section,
    /// Whether its default features are on, the workspace's line included.
    pub default_features: bool,
}

/// The sections that Cargo knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// `[dependencies]`, and the same under `[target]`.
    Normal,
    /// `[dev-dependencies]`.
    Dev,
    /// `[build-dependencies]`.
    Build,
}

const SECTIONS: [(&str, Section); 3] = [
    ("dependencies", Section::Normal),
    ("dev-dependencies", Section::Dev),
    ("build-dependencies", Section::Build),
];

impl Manifest {
    /// Reads a manifest; `root` is the text of the workspace's own, for lines that say `workspace = true`.
    ///
    /// # Errors
    /// The TOML parser's own words, when one of the two is not TOML.
    pub fn parse(text: &str, root: &str) -> Result<Manifest, String> {
        let table: Table = text.parse().map_err(|e: toml::de::Error| e.message().to_owned())?;
        let root: Table =
            root.parse().map_err(|e: toml::de::Error| format!("root manifest: {}", e.message()))?;
        let shared = root.get("workspace").and_then(|w| w.get("dependencies")).and_then(Value::as_table);
        let mut dependencies = section_lines(&table, shared);
        let targets = table.get("target").and_then(Value::as_table);
        for target in targets.into_iter().flat_map(Table::values).filter_map(Value::as_table) {
            dependencies.extend(section_lines(target, shared));
        }
        let package = table.get("package").and_then(|p| p.get("name")).and_then(Value::as_str);
        Ok(Manifest { package: package.map(str::to_owned), dependencies })
    }
}

fn section_lines(table: &Table, shared: Option<&Table>) -> Vec<Dependency> {
    let mut found = Vec::new();
    for (name, section) in SECTIONS {
        let lines = table.get(name).and_then(Value::as_table);
        found.extend(lines.into_iter().flatten().map(|(key, line)| dependency(key, line, section, shared)));
    }
    found
}

fn dependency(key: &str, line: &Value, section: Section, shared: Option<&Table>) -> Dependency {
    let inherits = line.get("workspace").and_then(Value::as_bool) == Some(true);
    let base = shared.filter(|_| inherits).and_then(|lines| lines.get(key));
    let says = |what: &str| line.get(what).or_else(|| base?.get(what));
    let package = says("package").and_then(Value::as_str).unwrap_or(key);
    let off = |line: &Value| line.get("default-features").and_then(Value::as_bool) == Some(false);
    let default_features = match base {
        Some(base) => !off(base) || line.get("default-features").and_then(Value::as_bool) == Some(true),
        None => !off(line),
    };
    Dependency { key: key.to_owned(), package: package.to_owned(), section, default_features }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_takes_from_the_workspace_what_it_does_not_say() {
        let root =
            "[workspace.dependencies]\nk = { package = \"real\", version = \"1\", default-features = false }";
        let text = "[package]\nname = \"p\"\n[dependencies]\nk.workspace = true\n[target.x.dev-dependencies]\nd = \"1\"";
        let manifest = Manifest::parse(text, root).unwrap();
        assert_eq!(manifest.package.as_deref(), Some("p"));
        let expected = [("real", Section::Normal, false), ("d", Section::Dev, true)];
        let got: Vec<_> = manifest
            .dependencies
            .iter()
            .map(|d| (d.package.as_str(), d.section, d.default_features))
            .collect();
        assert_eq!(got, expected);
    }
}
