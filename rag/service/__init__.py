"""The web service: routes of our own, and the page."""
