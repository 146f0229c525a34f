//! `exitpoll data`: orders, customers and responses as files.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};

use crate::clock::{Clock, Millis};
use crate::manage::export::{Export, Span, Wanted, What};
use crate::manage::import::{self, Format, Importer, Records, Rejected, moment};
use crate::store::imports::{ImportStatus, Kind};
use crate::store::sites::Site;
use crate::store::{Db, sites, surveys};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Bring in orders or customers; a second run of the same file goes on where the first one stopped
    #[command(after_help = "Exports of Shopify, WooCommerce and Klaviyo are recognised; every field is in docs/data.md.")]
    Import {
        /// orders or customers
        kind: Kind,
        /// CSV with a first line, or NDJSON; - reads standard input
        file: PathBuf,
        /// The site, st_…
        #[arg(long)]
        site: String,
        /// csv or ndjson; by the file's ending when not given
        #[arg(long)]
        format: Option<Format>,
        /// Which column holds a field, such as --map "total=Order amount"; repeat for several
        #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = mapping)]
        map: Vec<(String, String)>,
        /// Read and check everything, store nothing
        #[arg(long)]
        dry_run: bool,
        /// Read a file from its beginning that was brought in before
        #[arg(long)]
        again: bool,
    },
    /// Take out responses, customers or orders
    #[command(after_help = "It ends with the --after with which a later run goes on; every column is in docs/data.md.")]
    Export {
        /// responses, customers or orders
        what: Kinds,
        /// The site, st_…
        #[arg(long)]
        site: String,
        /// Responses of this survey only, by its key; a table is always of one survey
        #[arg(long)]
        survey: Option<String>,
        /// From this moment on, 2026-11-24 or 2026-11-24T14:05:00Z
        #[arg(long)]
        since: Option<String>,
        /// Before this moment
        #[arg(long)]
        until: Option<String>,
        #[arg(long, default_value = "ndjson")]
        format: Format,
        /// Go on after what an earlier run ended with
        #[arg(long, default_value = "", hide_default_value = true)]
        after: String,
        /// Where to; standard output when not given. With --after the file is continued
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Kinds {
    Responses,
    Customers,
    Orders,
}

fn mapping(text: &str) -> Result<(String, String), String> {
    let (field, column) = text.split_once('=').ok_or("write it as FIELD=COLUMN")?;
    Ok((field.trim().to_owned(), column.trim().to_owned()))
}

pub async fn run(db: &Db, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Import { kind, file, site, format, map, dry_run, again } => {
            let site = find(db, &site).await?;
            let job = Job { kind, file, format, map, dry_run, again };
            job.run(db, site).await
        }
        Command::Export { what, site, survey, since, until, format, after, output } => {
            let site = find(db, &site).await?;
            let span = span(&site, since.as_deref(), until.as_deref())?;
            let what = match (what, survey) {
                (Kinds::Responses, Some(key)) => {
                    let entry = surveys::by_key(db, site.id, &key).await?;
                    What::Responses(Some((
                        key.clone(),
                        entry.with_context(|| format!("{} has no survey {key:?}", site.name))?.id,
                    )))
                }
                (_, Some(_)) => bail!("--survey is for responses"),
                (Kinds::Responses, None) => What::Responses(None),
                (Kinds::Customers, None) => What::Customers,
                (Kinds::Orders, None) => What::Orders,
            };
            let begun = !after.is_empty();
            let export = Export::begin(db, site, Wanted { what, format, span, after }, "cli", Clock::system().now()).await?;
            write(db, export, begun, output.as_deref()).await
        }
    }
}

async fn find(db: &Db, key: &str) -> anyhow::Result<Site> {
    sites::by_key(db, key).await?.with_context(|| format!("there is no site {key}"))
}

fn span(site: &Site, since: Option<&str>, until: Option<&str>) -> anyhow::Result<Span> {
    let zone = jiff::tz::TimeZone::get(&site.time_zone)?;
    let read = |flag: &str, text: Option<&str>, otherwise: Millis| match text {
        Some(text) => moment(text, &zone).with_context(|| format!("{flag}: {text:?} is not a date such as 2026-11-24")),
        None => Ok(otherwise),
    };
    let all = Span::default();
    Ok(Span { since: read("--since", since, all.since)?, until: read("--until", until, all.until)? })
}

struct Job {
    kind: Kind,
    file: PathBuf,
    format: Option<Format>,
    map: Vec<(String, String)>,
    dry_run: bool,
    again: bool,
}

impl Job {
    async fn run(self, db: &Db, site: Site) -> anyhow::Result<()> {
        let (clock, stdin) = (Clock::system(), self.file.as_os_str() == "-");
        let name = if stdin { "standard input".to_owned() } else { file_name(&self.file) };
        let at = || self.file.display().to_string();
        let format = self.format.or_else(|| Format::of(&name)).with_context(|| format!("{name}: say --format csv or ndjson"))?;
        // What cannot be read twice cannot be recognised.
        let digest = match stdin {
            true => None,
            false => Some(import::fingerprint(&self.map, File::open(&self.file).with_context(at)?).with_context(at)?),
        };
        let size = if stdin { None } else { Some(std::fs::metadata(&self.file).with_context(at)?.len()) };
        let bar = progress(size);
        let source: Box<dyn Read + Send> = match stdin {
            true => Box::new(bar.wrap_read(std::io::stdin())),
            false => Box::new(bar.wrap_read(File::open(&self.file).with_context(at)?)),
        };
        let records = Records::open(source, format, self.kind, &self.map).with_context(at)?;
        if let Some(columns) = records.columns() {
            if let Some(vendor) = columns.vendor {
                eprintln!("These are {vendor}.");
            }
            if !columns.ignored().is_empty() {
                eprintln!("Not read: {}.", columns.ignored().join(", "));
            }
        }
        let mut import = match self.dry_run {
            true => import::unsaved(&site, self.kind, &name, clock.now()),
            false => import::begin(db, &site, self.kind, &name, digest, "cli", clock.now()).await?,
        };
        if self.again {
            (import.status, import.done, import.failed) = (ImportStatus::Running, 0, 0);
            import.flaws.clear();
        }
        if import.status == ImportStatus::Finished {
            println!(
                "{name} was brought in before: {}. Nothing to do; --again reads it anew.",
                summary(import.done, import.failed)
            );
            return Ok(());
        }
        if import.done > 0 {
            eprintln!("Going on after {} rows.", import.done);
        }
        let mut refused = Refused::new(&self.file, stdin, &records, import.done)?;
        let mut importer = Importer::new(site, records, import, self.dry_run).with_context(at)?;
        while let Some(step) = importer.next(db, clock.now()).await.with_context(at)? {
            // Before the batch counts as done: a row may be told twice after a crash, never not at all.
            refused.add(&step.rejected)?;
            importer.keep(db, &step, clock.now()).await?;
            bar.set_message(summary(importer.import.done, importer.import.failed));
            if bar.is_hidden() && importer.import.done % 10_000 < step.rows {
                eprintln!("{}", summary(importer.import.done, importer.import.failed));
            }
        }
        importer.finish(db, clock.now()).await?;
        bar.finish_and_clear();
        let import = &importer.import;
        let done = if self.dry_run { "read, nothing was stored" } else { "brought in" };
        println!("{name}: {done}: {}.", summary(import.done, import.failed));
        for flaw in import.flaws.iter().take(5) {
            eprintln!("line {}: {}", flaw.line, why(&flaw.field, &flaw.reason));
        }
        if let Some(path) = refused.path() {
            eprintln!("What was refused is in {}: mend it there and bring in that file.", path.display());
        }
        Ok(())
    }
}

fn file_name(file: &Path) -> String {
    file.file_name().map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn summary(done: i64, failed: i64) -> String {
    let rows = if done == 1 { "1 row".to_owned() } else { format!("{done} rows") };
    if failed == 0 { rows } else { format!("{rows}, {failed} of them refused") }
}

fn why(field: &str, reason: &str) -> String {
    if field.is_empty() { reason.to_owned() } else { format!("{field}: {reason}") }
}

/// On a terminal; elsewhere it is hidden, and lines are printed instead.
fn progress(size: Option<u64>) -> ProgressBar {
    let bar = match size {
        Some(size) => ProgressBar::new(size),
        None => ProgressBar::no_length(),
    };
    let style = ProgressStyle::with_template("{bar:32} {bytes} of {total_bytes}, {eta} left  {msg}");
    bar.with_style(style.expect("a template of ours"))
}

/// The rows that did not go in, as `FILE.rejected.csv`: line, field, reason, and the row, to be mended and brought in.
struct Refused {
    path: PathBuf,
    header: String,
    out: Option<File>,
}

impl Refused {
    /// `done` rows are behind us: what an earlier run said of later ones is said again.
    fn new(file: &Path, stdin: bool, records: &Records, done: i64) -> anyhow::Result<Self> {
        let names = records.columns().map_or_else(|| vec!["record".to_owned()], |columns| columns.names.clone());
        let header = crate::domain::table::row(["line", "field", "reason"].into_iter().chain(names.iter().map(String::as_str)));
        let mut name = if stdin { "import".into() } else { file.as_os_str().to_owned() };
        name.push(".rejected.csv");
        let path = PathBuf::from(name);
        if done == 0 && path.exists() && path != file {
            std::fs::remove_file(&path).with_context(|| path.display().to_string())?;
        }
        Ok(Self { path, header, out: None })
    }

    fn add(&mut self, rejected: &[Rejected]) -> anyhow::Result<()> {
        if rejected.is_empty() {
            return Ok(());
        }
        let path = &self.path;
        let out = match &mut self.out {
            Some(out) => out,
            None => {
                let mut file =
                    OpenOptions::new().create(true).append(true).open(path).with_context(|| path.display().to_string())?;
                if file.metadata()?.len() == 0 {
                    file.write_all(self.header.as_bytes())?;
                }
                self.out.insert(file)
            }
        };
        let mut text = String::new();
        for Rejected { flaw, raw } in rejected {
            for (at, row) in raw.iter().enumerate() {
                let line = (flaw.line + at as u64).to_string();
                let cells = [line.as_str(), &flaw.field, &flaw.reason].into_iter().chain(row.iter().map(String::as_str));
                text += &crate::domain::table::row(cells);
            }
        }
        out.write_all(text.as_bytes()).with_context(|| path.display().to_string())
    }

    /// Where they are, if there are any.
    fn path(&self) -> Option<&Path> {
        self.out.as_ref().map(|_| self.path.as_path())
    }
}

async fn write(db: &Db, mut export: Export, begun: bool, output: Option<&Path>) -> anyhow::Result<()> {
    let mut out: Box<dyn Write> = match output {
        Some(path) => {
            let mut options = OpenOptions::new();
            let options = if begun { options.append(true) } else { options.write(true).truncate(true) };
            Box::new(options.create(true).open(path).with_context(|| path.display().to_string())?)
        }
        None => Box::new(std::io::stdout().lock()),
    };
    if !begun {
        out.write_all(export.head().as_bytes())?;
    }
    let (mut rows, told) = (0, std::io::stderr().is_terminal());
    let ended = async {
        while let Some(text) = export.next(db).await? {
            out.write_all(text.as_bytes())?;
            rows += text.lines().count();
            if told {
                eprint!("\r{rows} lines");
            }
        }
        out.flush()?;
        anyhow::Ok(())
    }
    .await;
    if told {
        eprintln!();
    }
    if !export.after().is_empty() {
        eprintln!("To go on from here: --after {}", export.after());
    }
    ended
}
