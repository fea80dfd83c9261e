"""Hold second analyses of the same votes, by grades and with covariates, to be shown beside the first."""
