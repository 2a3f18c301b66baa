//! Every target over its corpus and over inputs made from it, without cargo-fuzz and without a nightly compiler. The same inputs each
//! time; `FUZZ_RUNS` says how many for each target (10 000 unless set).

use std::panic::catch_unwind;
use std::path::Path;

use doorward_fuzz::TARGETS;

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let roll = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        roll as usize % end.max(1)
    }
}

/// What parsers stumble over.
const TOKENS: [&[u8]; 32] = [
    b"",
    b"&",
    b"=",
    b"%",
    b"%00",
    b"%zz",
    b";",
    b",",
    b":",
    b"//",
    b"@",
    b"\\",
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b".",
    b" ",
    b"\t",
    b"\r",
    b"\n",
    b"\0",
    b"\x7f",
    b"\xff",
    b"\xc3\xa9",
    b"null",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"::1",
];

fn mutated(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut data = corpus[dice.below(corpus.len())].clone();
    for _ in 0..=dice.below(4) {
        let at = dice.below(data.len() + 1);
        let end = (at + dice.below(8)).min(data.len());
        match dice.below(6) {
            0 if at < data.len() => data[at] ^= 1 << dice.below(8),
            1 => data.truncate(at),
            2 => drop(data.splice(at..end, TOKENS[dice.below(TOKENS.len())].iter().copied())),
            3 => {
                // From another seed, or once more from this one.
                let other = &corpus[dice.below(corpus.len())];
                let from = dice.below(other.len() + 1);
                let part = other[from..(from + dice.below(40)).min(other.len())].to_vec();
                drop(data.splice(at..end, part));
            }
            4 => {
                let part = data[at..end].repeat(1 + dice.below(30));
                drop(data.splice(at..at, part));
            }
            _ => drop(data.splice(at..end, [dice.below(256) as u8])),
        }
    }
    data
}

#[test]
fn every_target_holds_over_its_corpus_and_what_is_made_from_it() {
    let runs: usize = std::env::var("FUZZ_RUNS").map_or(10_000, |runs| runs.parse().expect("FUZZ_RUNS is a number"));
    let mut failed = Vec::new();
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let mut files: Vec<_> =
            folder.read_dir().expect("each target has a corpus").map(|file| file.expect("a file").path()).collect();
        files.sort();
        let corpus: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).expect("a file")).collect();
        assert!(!corpus.is_empty(), "{name} has seeds");
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let made = std::iter::repeat_with(|| mutated(&corpus, &mut dice)).take(runs);
        let bad = corpus.iter().cloned().chain(made).find(|data| catch_unwind(|| target(data)).is_err());
        println!("{name}: {} seeds, {runs} more: {}", corpus.len(), if bad.is_none() { "ok" } else { "FAILED" });
        failed.extend(bad.map(|data| format!("{name}: {:?}", String::from_utf8_lossy(&data))));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_target_is_one_of_cargo_fuzz() {
    let manifest = include_str!("../Cargo.toml");
    for (name, _) in TARGETS {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name} has no [[bin]]");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
}
