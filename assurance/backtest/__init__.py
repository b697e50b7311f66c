"""What a stack's alarms would have done over a history of denied calls, and other settings too."""
