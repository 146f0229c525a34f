//! An answer that is sent often, compressed when it is made.

use std::io::Write as _;

use bytes::Bytes;

pub struct Packed {
    pub plain: Bytes,
    pub brotli: Bytes,
    pub gzip: Bytes,
}

impl Packed {
    pub fn new(plain: String) -> Self {
        let mut brotli = Vec::new();
        let params = brotli::enc::BrotliEncoderParams { quality: 9, lgwin: 16, size_hint: plain.len(), ..Default::default() };
        brotli::BrotliCompress(&mut plain.as_bytes(), &mut brotli, &params).expect("memory can be written to");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(plain.as_bytes()).expect("memory can be written to");
        let gzip = gzip.finish().expect("memory can be written to");
        Self { plain: plain.into(), brotli: brotli.into(), gzip: gzip.into() }
    }
}
