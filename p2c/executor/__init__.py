"""A repository becomes a report: checks, run in a sandbox, parsed into findings."""
