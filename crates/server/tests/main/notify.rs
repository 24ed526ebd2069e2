//! Who is told of burns: real servers on this machine, that note what they hear.

mod https;
