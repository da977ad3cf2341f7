"""The answers to the exercises, computed, one module for each part of the course."""
