"""How people come to companies: by the domain of a proven address, by asking, or by telling the vendor."""
