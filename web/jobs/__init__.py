"""Background work: the job table is the truth, messages only wake workers."""

from web.jobs.queue import (
    JobNotFound,
    LeaseLost,
    QueueFull,
    enqueue,
    find_job,
    get_job,
    request_stop,
)

__all__ = ["JobNotFound", "LeaseLost", "QueueFull", "enqueue", "find_job", "get_job", "request_stop"]
