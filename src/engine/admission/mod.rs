//! Admission: what an article's claims are worth before it is clustered.

pub mod furniture;

pub mod watermark;
