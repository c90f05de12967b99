"""Papers in their forms: LaTeX, PDF, S2ORC JSON, Markdown, arXiv."""
