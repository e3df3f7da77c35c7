"""Storing a study: the file format, damaged files, and merging."""
