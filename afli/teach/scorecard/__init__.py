"""The scores of the score card, a module a source."""
