"""Sections of the page; helpers and templates are named after their section."""
