"""The tasks of the assignments, one module for each assignment."""
