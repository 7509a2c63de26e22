"""The partner list: companies, their people, and the import that fills it."""
