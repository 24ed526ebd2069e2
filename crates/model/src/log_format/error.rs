//! What can be wrong with a declared log format.

/// Why a log format cannot be read. Columns count characters from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogFormatError {
    /// Neither a name nor a declaration.
    #[error("this is not the name of a log format, and has no `$variables`")]
    Unknown,
    /// Longer than any real declaration.
    #[error("a log format has at most {max} bytes, this one has {bytes}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// More variables than any real declaration.
    #[error("a log format has at most {max} variables")]
    TooManyVariables {
        /// The bound.
        max: usize,
    },
    /// The directive was copied with its name or its quotes.
    #[error(
        "a log format is the text alone: leave out `log_format`, its name, and the quotes around its parts, as in `$remote_addr [$time_local] \"$request\" $status`"
    )]
    Directive,
    /// A `$` without a name after it.
    #[error("column {column}: `$` is followed by a variable's name in lower case, such as `$status` or `${{status}}`")]
    NoName {
        /// Where the `$` is.
        column: usize,
    },
    /// `${` without `}`.
    #[error("column {column}: `${{` has no `}}` after it; write `${{status}}`")]
    Unclosed {
        /// Where the `$` is.
        column: usize,
    },
    /// Two variables with nothing between them.
    #[error(
        "column {column}: nothing stands between `${first}` and `${second}`, so that it cannot be told where one ends; put a space or quotes between them"
    )]
    Adjacent {
        /// Where the second begins.
        column: usize,
        /// The first variable.
        first: String,
        /// The second variable.
        second: String,
    },
    /// A variable whose values hold spaces, ended by a space.
    #[error(
        "column {column}: `${name}` has spaces in it, so that it cannot be told where it ends; write `\"${name}\"`"
    )]
    Unquoted {
        /// Where it begins.
        column: usize,
        /// The variable.
        name: String,
    },
    /// No time.
    #[error("the log format has no time: it needs `$msec`, `$time_iso8601` or `$time_local`")]
    NoTime,
    /// No request.
    #[error("the log format has no request: it needs `\"$request\"`, or `$request_method` and `$request_uri`")]
    NoRequest,
    /// No status.
    #[error("the log format has no status: it needs `$status`")]
    NoStatus,
}
