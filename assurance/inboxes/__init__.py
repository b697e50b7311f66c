"""Inboxes on loopback, one for each recipient of a rehearsed stack.

How each kind of recipient is stood in for, and what of it is real:

- https, pagerduty: the emulator's SNS posts to an HTTP server here. Real: the confirmation, the
  request, the filter policy, the body. Not: TLS, the signature, retries and dead letters.
- sqs: a queue at the very ARN, on the emulator, takes the messages. (An ARN of a partition that the
  emulator does not know is stood in for by HTTP.)
- email, emailJson, sms, lambda: the emulator would only note that it has sent something. So SNS
  delivers to the HTTP server as to an https recipient, and `notifications.seen_by` renders what the
  recipient would see. A stand-in for a function also exists under its ARN, to be given permissions.
- slack has no subscription of the stack's and so no inbox.

On AWS email, emailJson and https wait for someone to confirm: `Inbox.confirm` is that someone. The
others confirm by themselves, here as there.
"""

from assurance.inboxes.inbox import HttpInbox, Inbox, QueueInbox
from assurance.inboxes.inboxes import Inboxes

__all__ = ["HttpInbox", "Inbox", "Inboxes", "QueueInbox"]
