"""Certificates: issued, printed, shown to whoever asks, signed as badges, renewed, revoked."""
