//! Description: the name of a story, its terms and the article that stands for it.

pub mod label;

pub mod representative;

pub mod top_terms;

pub use label::Label;
