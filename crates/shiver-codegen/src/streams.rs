//! Which memory a nest reaches, as data: formulas that whoever starts a loop computes from its frame.
//!
//! They travel as text in the object, so that an object out of the cache has them too: a line per
//! array, `written` or `other`, with the word of the frame that holds its address, a number of bytes,
//! and the formula in prefix notation.

use std::fmt::{self, Display};
use std::str::{FromStr, SplitAsciiWhitespace};

/// What a streaming nest tells of its accesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streams {
    /// Which of the written arrays this nest streams, a bit for each.
    pub streamed: u8,
    /// The arrays that could be streamed, in the order of the code. Each iteration writes as many
    /// bytes in a row, and the next one, along the last index, those behind them.
    pub written: Vec<Access>,
    /// Everything else that is read or written through the frame's pointers.
    pub others: Vec<Access>,
}

/// What an iteration reaches through one of the frame's pointers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The word of the frame that holds the pointer.
    pub word: usize,
    /// The number of bytes.
    pub bytes: u64,
    /// Where they begin, in bytes from the pointer; `None` where that is not known before the loop
    /// runs.
    pub offset: Option<Formula>,
}

/// A number of an iteration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula {
    /// Always the same.
    Number(i64),
    /// The value of index `k`.
    Index(usize),
    /// The trip of index `k`.
    Trip(usize),
    /// A word of the frame, of which so many low bits count.
    Word {
        /// Its position in the frame.
        position: usize,
        /// How many bits.
        bits: u32,
        /// Whether the highest of them is a sign.
        signed: bool,
    },
    /// A sum.
    Add(Box<[Formula; 2]>),
    /// A product.
    Multiply(Box<[Formula; 2]>),
}

/// The least and the greatest value of something.
pub type Bounds = (i128, i128);

impl Formula {
    /// The bounds of its value, from those of each index and of each trip, and from the frame.
    ///
    /// ```
    /// use shiver_codegen::Formula;
    /// let row: Formula = "+ * 80 i0 * 8 i1".parse().unwrap();
    /// let bounds = row.bounds(&[], &|k| [(0, 9), (1, 4)][k], &|_| unreachable!());
    /// assert_eq!(bounds, (8, 752));
    /// ```
    pub fn bounds(
        &self,
        frame: &[u64],
        index: &dyn Fn(usize) -> Bounds,
        trip: &dyn Fn(usize) -> Bounds,
    ) -> Bounds {
        let of = |formula: &Formula| formula.bounds(frame, index, trip);
        match self {
            Formula::Number(number) => ((*number).into(), (*number).into()),
            Formula::Index(k) => index(*k),
            Formula::Trip(k) => trip(*k),
            Formula::Word { position, bits, signed } => {
                let unused = 64 - bits;
                let high = frame[*position] << unused;
                let value = match signed {
                    true => (high as i64 >> unused).into(),
                    false => (high >> unused).into(),
                };
                (value, value)
            }
            Formula::Add(parts) => {
                let ((a, b), (c, d)) = (of(&parts[0]), of(&parts[1]));
                (a.saturating_add(c), b.saturating_add(d))
            }
            Formula::Multiply(parts) => {
                let ((a, b), (c, d)) = (of(&parts[0]), of(&parts[1]));
                let corners = [(a, c), (a, d), (b, c), (b, d)].map(|(x, y)| x.saturating_mul(y));
                let [w, x, y, z] = corners;
                (w.min(x).min(y).min(z), w.max(x).max(y).max(z))
            }
        }
    }

    /// The sum of two.
    pub(crate) fn plus(self, other: Formula) -> Formula {
        match (self, other) {
            (Formula::Number(0), other) | (other, Formula::Number(0)) => other,
            (one, other) => Formula::Add(Box::new([one, other])),
        }
    }

    /// The product of two.
    pub(crate) fn times(self, other: Formula) -> Formula {
        match (self, other) {
            (Formula::Number(1), other) | (other, Formula::Number(1)) => other,
            (one, other) => Formula::Multiply(Box::new([one, other])),
        }
    }

    fn read(words: &mut SplitAsciiWhitespace<'_>) -> Option<Formula> {
        let word = words.next()?;
        let two = |words: &mut _| Some(Box::new([Formula::read(words)?, Formula::read(words)?]));
        let number = || word[1..].parse().ok();
        Some(match word.as_bytes()[0] {
            b'+' => Formula::Add(two(words)?),
            b'*' => Formula::Multiply(two(words)?),
            b'i' => Formula::Index(number()?),
            b't' => Formula::Trip(number()?),
            b'w' => {
                let (position, kind) = word[1..].split_once(':')?;
                let (sign, bits) = kind.split_at_checked(1)?;
                let bits = bits.parse().ok().filter(|bits| (1..=64).contains(bits))?;
                Formula::Word { position: position.parse().ok()?, bits, signed: sign == "s" }
            }
            _ => Formula::Number(word.parse().ok()?),
        })
    }
}

/// A text that is not what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl FromStr for Formula {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Formula, Unreadable> {
        let mut words = text.split_ascii_whitespace();
        let formula = Formula::read(&mut words).ok_or(Unreadable)?;
        if words.next().is_some() { Err(Unreadable) } else { Ok(formula) }
    }
}

impl Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Formula::Number(number) => write!(f, "{number}"),
            Formula::Index(k) => write!(f, "i{k}"),
            Formula::Trip(k) => write!(f, "t{k}"),
            Formula::Word { position, bits, signed } => {
                write!(f, "w{position}:{}{bits}", if *signed { 's' } else { 'u' })
            }
            Formula::Add(parts) => write!(f, "+ {} {}", parts[0], parts[1]),
            Formula::Multiply(parts) => write!(f, "* {} {}", parts[0], parts[1]),
        }
    }
}

impl FromStr for Streams {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Streams, Unreadable> {
        let mut lines = text.lines();
        let streamed = lines.next().and_then(|line| line.parse().ok()).ok_or(Unreadable)?;
        let mut streams = Streams { streamed, ..Streams::default() };
        for line in lines {
            let mut parts = line.splitn(4, ' ');
            let mut part = || parts.next().ok_or(Unreadable);
            let list = match part()? {
                "written" => &mut streams.written,
                "other" => &mut streams.others,
                _ => return Err(Unreadable),
            };
            let word = part()?.parse().map_err(|_| Unreadable)?;
            let bytes = part()?.parse().map_err(|_| Unreadable)?;
            let offset = match part()? {
                "?" => None,
                formula => Some(formula.parse()?),
            };
            list.push(Access { word, bytes, offset });
        }
        Ok(streams)
    }
}

impl Display for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.streamed)?;
        for (kind, list) in [("written", &self.written), ("other", &self.others)] {
            for Access { word, bytes, offset } in list {
                write!(f, "{kind} {word} {bytes} ")?;
                match offset {
                    Some(formula) => writeln!(f, "{formula}")?,
                    None => writeln!(f, "?")?,
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn formulas() -> impl Strategy<Value = Formula> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Formula::Number),
            (-9i64..9).prop_map(Formula::Number),
            (0usize..3).prop_map(Formula::Index),
            (0usize..3).prop_map(Formula::Trip),
            (0usize..4, 1u32..=64, any::<bool>())
                .prop_map(|(position, bits, signed)| Formula::Word { position, bits, signed }),
        ];
        leaf.prop_recursive(5, 30, 2, |inner| {
            let two = prop::array::uniform2(inner);
            prop_oneof![
                two.clone().prop_map(|parts| Formula::Add(Box::new(parts))),
                two.prop_map(|parts| Formula::Multiply(Box::new(parts))),
            ]
        })
    }

    fn accesses() -> impl Strategy<Value = Vec<Access>> {
        let access = (0usize..9, 1u64..99, prop::option::of(formulas()))
            .prop_map(|(word, bytes, offset)| Access { word, bytes, offset });
        prop::collection::vec(access, 0..4)
    }

    /// The slow way: one value for each index, trip and word.
    fn value(formula: &Formula, frame: &[u64], indices: &[i128], trips: &[i128]) -> i128 {
        let of = |formula: &Formula| value(formula, frame, indices, trips);
        match formula {
            Formula::Number(number) => (*number).into(),
            Formula::Index(k) => indices[*k],
            Formula::Trip(k) => trips[*k],
            Formula::Word { position, bits, signed } => {
                let low = i128::from(frame[*position]) & ((1i128 << bits) - 1);
                if *signed && low >> (bits - 1) != 0 { low - (1i128 << bits) } else { low }
            }
            Formula::Add(parts) => of(&parts[0]).saturating_add(of(&parts[1])),
            Formula::Multiply(parts) => of(&parts[0]).saturating_mul(of(&parts[1])),
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            streamed: u8,
            written in accesses(),
            others in accesses(),
        ) {
            let streams = Streams { streamed, written, others };
            prop_assert_eq!(streams.to_string().parse(), Ok(streams));
        }

        #[test]
        fn bounds_hold_every_value(
            formula in formulas(),
            frame in prop::array::uniform4(any::<u64>()),
            least in prop::array::uniform3(-50i128..50),
            lengths in prop::array::uniform3(1i128..9),
            at in prop::array::uniform3(0i128..9),
        ) {
            let trips: Vec<_> = (0..3).map(|k| at[k] % lengths[k]).collect();
            let indices: Vec<_> = (0..3).map(|k| least[k] + trips[k]).collect();
            let (low, high) = formula.bounds(
                &frame,
                &|k| (least[k], least[k] + lengths[k] - 1),
                &|k| (0, lengths[k] - 1),
            );
            let value = value(&formula, &frame, &indices, &trips);
            prop_assert!((low..=high).contains(&value), "{} not in {}..={}", value, low, high);
        }
    }

    #[test]
    fn damage_is_seen() {
        for text in [
            "",
            "x",
            "1\nwritten",
            "1\nread 0 8 i0",
            "1\nwritten 0 8 + i0",
            "1\nwritten 0 8 w1:s65",
        ] {
            assert_eq!(text.parse::<Streams>(), Err(Unreadable), "{text:?}");
        }
        assert_eq!("i0 i1".parse::<Formula>(), Err(Unreadable));
    }
}
