"""What a product engineer should know of a product before customers do: audits, differences of versions. Pure."""
