"""The studio: a local web page that shows runs, a room for each view.

Pages are made on this machine, with no build step and nothing loaded from elsewhere. A view is one
module with its routes, and a template; ``views.py`` lists them.
"""
