//! What can be said for an iteration space.

use std::ops::Range;

use shiver_queue::{Dim, Space};

use crate::Error;

/// Something that stands for an iteration space: a number of iterations, a range, a [`Space`], or a
/// tuple with one number or range per index, outermost first.
///
/// ```
/// use shiver::IntoSpace;
/// assert_eq!((10, 5..20).into_space().unwrap().shape(), [10, 15]);
/// ```
pub trait IntoSpace {
    /// The space.
    ///
    /// # Errors
    ///
    /// [`Error::Space`] for more than 2⁶³−1 iterations.
    fn into_space(self) -> Result<Space, Error>;
}

/// Something that stands for the values of one index.
pub trait IntoDim {
    /// The values.
    ///
    /// # Errors
    ///
    /// [`Error::Space`] for more than 2⁶³−1 values.
    fn into_dim(self) -> Result<Dim, Error>;
}

impl IntoDim for Dim {
    fn into_dim(self) -> Result<Dim, Error> {
        Ok(self)
    }
}

macro_rules! numbers {
    ($($ty:ty),*) => {$(
        impl IntoDim for $ty {
            fn into_dim(self) -> Result<Dim, Error> {
                Ok(Dim::new(0, self as i128, 1)?)
            }
        }
        impl IntoDim for Range<$ty> {
            fn into_dim(self) -> Result<Dim, Error> {
                Ok(Dim::new(self.start as i128, self.end as i128, 1)?)
            }
        }
        impl IntoSpace for $ty {
            fn into_space(self) -> Result<Space, Error> {
                Ok(Space::new([self.into_dim()?])?)
            }
        }
        impl IntoSpace for Range<$ty> {
            fn into_space(self) -> Result<Space, Error> {
                Ok(Space::new([self.into_dim()?])?)
            }
        }
    )*};
}
numbers!(i32, i64, u32, u64, usize);

impl IntoSpace for Dim {
    fn into_space(self) -> Result<Space, Error> {
        Ok(Space::new([self])?)
    }
}

impl IntoSpace for Space {
    fn into_space(self) -> Result<Space, Error> {
        Ok(self)
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: IntoDim),*> IntoSpace for ($($name,)*) {
            fn into_space(self) -> Result<Space, Error> {
                #[expect(non_snake_case, reason = "the type parameters name the values too")]
                let ($($name,)*) = self;
                Ok(Space::new([$($name.into_dim()?),*])?)
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
