"""The warehouse: connections, the dbt project, bulk transfer, the local server."""
