"""Charts and a dashboard of the marts in a BI client, Apache Superset."""
