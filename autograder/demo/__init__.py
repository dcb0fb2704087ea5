"""The class that is played: students who work, hand in and are graded."""
