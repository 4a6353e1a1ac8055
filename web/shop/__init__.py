"""The pages of the consumer: products, configurator, quote, order. Translation only; the services give every answer."""
