"""Running a study: computing cells, in this process or in others."""
