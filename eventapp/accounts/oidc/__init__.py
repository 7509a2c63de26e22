"""Signing in at an OpenID Connect provider: the vendor's own, or that of a company."""
