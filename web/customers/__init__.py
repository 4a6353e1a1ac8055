"""The sales desk's pages of customers: contacts, companies, price groups; merged, exported, erased."""

from web.customers import companies, company_merging, duplicates, merging, price_book, price_groups
from web.customers.views import blueprint

__all__ = ["blueprint", "companies", "company_merging", "duplicates", "merging", "price_book", "price_groups"]
