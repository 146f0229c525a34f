//! Puts every file of `static/` into the binary, compressed once at build time, with a hash for its ETag and address.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest as _, Sha256};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=static");
    println!("cargo::rerun-if-changed=migrations");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("static");
    let out = PathBuf::from(env::var("OUT_DIR").expect("set by cargo"));
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut table = String::from("pub static ASSETS: &[Asset] = &[\n");
    for (n, path) in files.iter().enumerate() {
        let name = path.strip_prefix(&root).expect("below static").to_string_lossy().replace('\\', "/");
        let plain = fs::read(path)?;
        let hash: String = Sha256::digest(&plain).iter().take(6).map(|b| format!("{b:02x}")).collect();
        let mime = mime(path);
        let (brotli, gzip) = match compressible(mime) {
            true => (pack(&out, n, "br", &brotli(&plain)?)?, pack(&out, n, "gz", &gzip(&plain)?)?),
            false => ("None".into(), "None".into()),
        };
        writeln!(
            table,
            "    Asset {{ name: {name:?}, mime: {mime:?}, hash: {hash:?}, plain: include_bytes!({path:?}), brotli: {brotli}, gzip: {gzip} }},"
        )
        .expect("a string takes all");
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        match path.is_dir() {
            true => collect(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}

fn mime(path: &Path) -> &'static str {
    match path.extension().and_then(|e| e.to_str()).unwrap_or("") {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        other => panic!("static/: what is a .{other} file? Add it to build.rs"),
    }
}

fn compressible(mime: &str) -> bool {
    mime.starts_with("text/") || mime.ends_with("+xml") || mime.ends_with("json")
}

fn pack(out: &Path, n: usize, kind: &str, bytes: &[u8]) -> io::Result<String> {
    let path = out.join(format!("asset{n}.{kind}"));
    fs::write(&path, bytes)?;
    Ok(format!("Some(include_bytes!({path:?}))"))
}

fn brotli(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, size_hint: plain.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &plain[..], &mut packed, &params)?;
    Ok(packed)
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}
