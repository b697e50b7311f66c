"""The function that says who was denied what, from where: a digest after each alarm.

It runs on what Lambda's Python ships: the standard library, and boto3 in the handler alone. The
pure parts take records and give texts; `handler` reads, publishes, and knows the time.
"""
