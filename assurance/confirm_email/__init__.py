"""Confirm an email subscription so that nobody can unsubscribe it by a click."""
