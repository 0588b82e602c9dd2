"""What customers do besides rides: events, CRM records, and who is who."""
