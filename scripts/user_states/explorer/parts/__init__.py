"""The parts of the page: each a module and its template."""
