//! Changes seeds: what a fuzzer does, without its knowledge of what a change led to.

/// Numbers that the seed alone decides: xorshift64*.
pub struct Dice(u64);

impl Dice {
    /// Any seed will do.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `limit`; 0 for 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap();
        number.checked_rem(limit).unwrap_or_default()
    }

    fn range(&mut self, length: usize) -> (usize, usize) {
        let (one, other) = (self.below(length + 1), self.below(length + 1));
        (one.min(other), one.max(other).min(one.min(other) + 64))
    }
}

/// A seed after a few changes, at most as long as `most`.
pub fn mutated(seeds: &[Vec<u8>], tokens: &[Vec<u8>], dice: &mut Dice, most: usize) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(5) {
        change(&mut bytes, seeds, tokens, dice);
    }
    bytes.truncate(most);
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], tokens: &[Vec<u8>], dice: &mut Dice) {
    const ODD: [u8; 10] = [0, 0xff, 0x80, b'{', b'}', b'"', b'%', b'=', b'\n', b';'];
    let (start, end) = dice.range(bytes.len());
    let at = dice.below(bytes.len().max(1)).min(bytes.len());
    match dice.below(9) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
        1 if !bytes.is_empty() => bytes[at] = ODD[dice.below(ODD.len())],
        2 => bytes.truncate(at),
        3 => drop(bytes.drain(start..end)),
        4 => drop(bytes.splice(at..at, bytes[start..end].to_vec())),
        5 => {
            let other = &seeds[dice.below(seeds.len())];
            let (from, to) = dice.range(other.len());
            bytes.splice(start..end, other[from..to].to_vec());
        }
        6 => {
            let other = &seeds[dice.below(seeds.len())];
            bytes.splice(at.., other[dice.below(other.len())..].iter().copied());
        }
        _ if !tokens.is_empty() => {
            let token = tokens[dice.below(tokens.len())].clone();
            let end = if dice.below(2) == 0 { at } else { end.max(at) };
            bytes.splice(at..end, token);
        }
        _ => bytes.push(u8::try_from(dice.below(256)).unwrap()),
    }
}

/// The words of a dictionary as libFuzzer reads them: `"text"` a line, `\xAB`, `\\` and `\"` in it.
pub fn dictionary(text: &str) -> Vec<Vec<u8>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(word).collect()
}

fn word(line: &str) -> Vec<u8> {
    let inside = line.strip_prefix('"').and_then(|line| line.strip_suffix('"'));
    let mut rest = inside.unwrap_or_else(|| panic!("{line} is not in quotes")).as_bytes();
    let mut word = Vec::new();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, rest.first()) {
            (b'\\', Some(b'x')) => {
                word.push(u8::from_str_radix(str::from_utf8(&rest[1..3]).unwrap(), 16).unwrap());
                rest = &rest[3..];
            }
            (b'\\', Some(escaped)) => {
                word.push(*escaped);
                rest = &rest[1..];
            }
            _ => word.push(*first),
        }
    }
    word
}

#[test]
fn words_are_read_as_libfuzzer_reads_them() {
    assert_eq!(dictionary("# x\n\n\"a\\\"b\\\\c\\x0a\"\n"), [b"a\"b\\c\n"]);
}

#[test]
fn a_seed_decides_every_change() {
    let seeds = [b"one seed".to_vec(), b"another".to_vec()];
    let made = |seed| {
        let mut dice = Dice::new(seed);
        (0..500).map(|_| mutated(&seeds, &[b"token".to_vec()], &mut dice, 100)).collect::<Vec<_>>()
    };
    assert_eq!(made(7), made(7));
    assert_ne!(made(7), made(9));
    let distinct: std::collections::BTreeSet<_> = made(7).into_iter().collect();
    assert!(distinct.len() > 200 && distinct.iter().all(|bytes| bytes.len() <= 100));
}
