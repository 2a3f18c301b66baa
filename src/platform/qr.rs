//! QR codes as the one path of an SVG, so that a page can hold them without a picture and without a style.

use std::fmt::Write;

use qrcodegen::{QrCode, QrCodeEcc};

/// A QR code: a square of `size` modules, and where it is dark.
#[derive(Debug, Clone)]
pub struct Qr {
    /// How many modules each side has.
    pub size: i32,
    /// The `d` of an SVG path that covers the dark modules.
    pub path: String,
}

/// The code of a text; nothing where it is too long for one.
#[must_use]
pub fn code(text: &str) -> Option<Qr> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let start = x;
            while x < size && code.get_module(x, y) {
                x += 1;
            }
            if x > start {
                let _infallible = write!(path, "M{start} {y}h{}v1H{start}z", x - start);
            }
            x += 1;
        }
    }
    Some(Qr { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "otpauth://totp/Doorward:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Doorward";

    #[test]
    fn the_path_has_the_three_corners_and_nothing_beyond() {
        let qr = code(TEXT).unwrap();
        let right = qr.size - 7;
        assert!(qr.path.starts_with("M0 0h7v1H0z"), "{}", qr.path);
        assert!(qr.path.contains(&format!("M{right} 0h7v1H{right}z")));
        assert!(qr.path.contains(&format!("M0 {}h7v1H0z", qr.size - 1)));
        // Drawn again, the path is the code.
        let mut dark = std::collections::BTreeSet::new();
        for run in qr.path.split('M').skip(1) {
            let number = |text: &str| text.parse::<i32>().unwrap();
            let (at, rest) = run.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let width = rest.split_once('v').unwrap().0;
            dark.extend((0..number(width)).map(|step| (number(x) + step, number(y))));
        }
        let code = QrCode::encode_text(TEXT, QrCodeEcc::Medium).unwrap();
        let all = (0..qr.size).flat_map(|y| (0..qr.size).map(move |x| (x, y)));
        assert!(all.into_iter().all(|(x, y)| code.get_module(x, y) == dark.contains(&(x, y))));
        assert!(qr.path.len() < 12_000, "{}", qr.path.len());
        assert!(super::code(&"x".repeat(5000)).is_none());
    }
}
