"""What was promised, sold and released: quotes, orders, work orders, documents."""
