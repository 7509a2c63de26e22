"""Pages over several features, read only: home, dashboards, health, doctor."""
