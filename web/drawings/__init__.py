"""Parametric drawings of products and options as SVG; pure, for pages and documents alike. Imports no framework."""

from web.drawings.catalog import draw_option, draw_product

__all__ = ["draw_option", "draw_product"]
