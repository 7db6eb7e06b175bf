//! Analysis: from an article's words to a weighted sparse vector.
//!
//! [`prepare`] needs the article alone and may run on any thread; [`Vocabulary`] and [`weights`] use the
//! lane's past and run in lane order.

pub mod tokens;

pub mod names;

pub mod language;

pub mod background;

pub mod terms;

pub mod prepared;

pub mod vocabulary;

pub mod weights;

pub mod sparse;

pub use prepared::{Prepared, PreparedEvent, prepare};
pub use sparse::SparseVector;
pub use vocabulary::Vocabulary;
