"""The audit: does this account pass the control, step by step?"""
