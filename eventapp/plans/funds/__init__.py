"""Market development funds: the partner asks and claims with proof, the vendor decides and pays."""
