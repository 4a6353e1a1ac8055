"""What this customer chose: exact domains, price, parts, operations and footprint."""
