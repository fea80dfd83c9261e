"""Keep counts of large studies up to date, which suffice for scores and their errors."""
