"""The plugin inside TensorBoard. Imports nothing: ``loader.py`` does, inside its guard."""
