"""Hold the rules that requests are checked by: hosts, routes, rates and limits."""
