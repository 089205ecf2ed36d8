"""Kills, hangs, outages and crowds, with the product's own processes."""
