"""What every feature stands on: database, web, forms, tables, exports, calendar, jobs. Knows no feature."""
