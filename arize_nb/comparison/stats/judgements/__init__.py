"""Judges and preferences: agreement, prediction-powered estimates, Bradley-Terry."""
