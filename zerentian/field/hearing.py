"""What ends the tokens of an account's devices, heard from the ledger in the same transaction."""

from __future__ import annotations

from zerentian.field.actions import end_tokens_of
from zerentian.ledger.models import Event
from zerentian.ledger.subscriptions import on
from zerentian.people.models import Post


@on("account.deactivated")
@on("account.password_reset")
@on("account.password_changed")
def _end_tokens(event: Event) -> None:
    end_tokens_of(event.subject)


@on("post.given")
@on("post.ended")
def _end_tokens_of_holder(event: Event) -> None:
    post = Post.objects.filter(pk=event.subject).first()
    if post is not None:
        end_tokens_of(str(post.account_id))
