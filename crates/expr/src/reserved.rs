//! Words of SQL that cannot name a column without quotes.
//!
//! Every accepted expression is SQL as it stands, so a dimension cannot have one of these names. [`crate::Columns`]
//! asks here when a dimension is declared.

/// Whether `word`, in lower case, is taken by SQL.
pub(crate) fn is_reserved(word: &str) -> bool {
    WORDS.binary_search(&word).is_ok()
}

/// What DuckDB refuses as a bare column name (reserved words and those of types and functions), and what else the
/// grammar here or DataFusion's parser reads as something other than a column. Sorted.
#[rustfmt::skip]
const WORDS: [&str; 109] = [
    "all", "analyse", "analyze", "and", "anti", "any", "array", "as", "asc", "asof", "asymmetric", "at",
    "authorization", "between", "binary", "both", "by", "case", "cast", "check", "collate", "collation", "column",
    "concurrently", "constraint", "create", "cross", "default", "deferrable", "desc", "describe", "distinct", "do",
    "else", "end", "except", "exists", "false", "fetch", "for", "foreign", "freeze", "from", "full", "glob",
    "group", "having", "ilike", "in", "initially", "inner", "intersect", "interval", "into", "is", "isnull", "join",
    "lambda", "lateral", "leading", "left", "like", "limit", "natural", "not", "notnull", "null", "offset", "on",
    "only", "or", "order", "outer", "overlaps", "pivot", "pivot_longer", "pivot_wider", "placing", "positional",
    "primary", "qualify", "references", "returning", "right", "select", "semi", "show", "similar", "some",
    "summarize", "symmetric", "table", "tablesample", "then", "to", "trailing", "true", "union", "unique", "unpack",
    "unpivot", "user", "using", "variadic", "verbose", "when", "where", "window", "with",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted_and_hold_every_keyword_of_the_grammar() {
        assert!(WORDS.is_sorted());
        for word in ["and", "or", "not", "in", "between", "is", "null", "like", "true", "false"] {
            assert!(is_reserved(word), "{word}");
        }
    }
}
