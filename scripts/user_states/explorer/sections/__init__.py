"""Sections of the page: each a module, named like its template and its helpers."""
