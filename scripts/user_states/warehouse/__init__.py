"""The warehouse: connections, the dbt project and the local server."""
