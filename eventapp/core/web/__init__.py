"""The request path: audiences, headers, errors, identifiers in URLs."""
