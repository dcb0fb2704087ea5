"""The audit trail: who released, handed in, collected, graded or changed what, and when."""

from autograder.audit.actor import Actor, acting, present_actor
from autograder.audit.trail import Action, AuditError, AuditTrail, Checked

__all__ = [
    "Action",
    "Actor",
    "AuditError",
    "AuditTrail",
    "Checked",
    "acting",
    "present_actor",
]
