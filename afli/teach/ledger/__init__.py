"""The claims of the text, one module for each part of the course."""
