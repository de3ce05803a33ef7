"""Views: one module for each noun on screen."""
