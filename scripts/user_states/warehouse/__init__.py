"""The warehouse: connections, bulk transfer, the dbt project and the local server."""
