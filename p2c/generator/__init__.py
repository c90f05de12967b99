"""A paper becomes a repository: reading, planning, analysis, coding."""
