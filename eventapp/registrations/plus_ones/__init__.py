"""People whom somebody registered brings along; they need no address of their own."""
